import { mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { findCrew, hasRunner, lackedTools } from '../../../src/runners/crew-place.ts';
import { describeProgram } from '../../../src/runners/find-program.ts';
import type { Runner } from '../../../src/runners/runner.ts';
import { agent, plan } from '../../support/plan/builders.ts';

const runner = (more: Partial<Runner>): Runner => ({
  ...{ kind: 'acp', asks: 'deferred', takesServers: false, tools: ['bash', 'filesystem', 'web'] },
  ...{ ownOf: ({ own }) => own, find: undefined as never, start: undefined as never, resume: undefined as never },
  ...more,
});
const program = { path: '/p', argv: ['/p'], version: null, reads: [] };

describe('a program that brings tools which its agent does not have', () => {
  const hand = { ...agent({ name: 'hand' }), runner: { kind: 'acp' as const }, tools: ['filesystem' as const] };
  const of = plan({ agents: { hand } });
  const place = (one: Runner) => ({
    ...{ sandboxProblem: null, hasGateway: true, env: {} },
    find: () => Promise.resolve({ runner: one, program }),
  });

  it('is asked about each call, and those are refused', async () => {
    if (!hasRunner(hand)) throw new Error('it has one');
    expect(lackedTools(hand, runner({}))).toEqual(['bash', 'web']);
    expect(await findCrew(of, hand, place(runner({})))).toMatchObject({ decides: true });
    // One that is given its agent's tools alone needs nobody to decide where no rule has a say.
    expect(await findCrew(of, hand, place(runner({ narrows: true })))).toMatchObject({ decides: false });
  });
});

describe('a refusal', () => {
  const edo = { ...agent({ name: 'doer' }), runner: { kind: 'command' as const, command: ['edo', '{prompt}'] } };
  const rules = [{ tool: 'bash', pattern: null, action: 'ask' as const, agents: [] }];
  const found = () => Promise.resolve({ runner: runner({ kind: 'command', asks: 'never' }), program });
  const place = { sandboxProblem: null, hasGateway: true, env: {}, find: found };

  it('names agent, program and the way out', async () => {
    if (!hasRunner(edo)) throw new Error('it has one');
    const of = { ...plan({ agents: { doer: edo } }), policy: rules } as unknown as ReturnType<typeof plan>;
    expect(await findCrew(of, edo, place)).toMatch(/^agent doer runs edo, which cannot be asked.*: leave these out/);
    expect(await findCrew(of, edo, { ...place, hasGateway: false })).toContain('agent doer runs edo, and the gateway');
  });
});

describe('what a program finds of the folder that it lies in', () => {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'gaffer-program-')));
  afterAll(() => rmSync(folder, { recursive: true }));

  it('is itself, where somebody named it by its path', () => {
    const file = join(folder, 'agent.sh');
    writeFileSync(file, '#!/bin/sh\n', { mode: 0o755 });
    writeFileSync(join(folder, '.env'), 'KEY=secret');
    expect(describeProgram(file).reads).toEqual([file]);
  });
});
