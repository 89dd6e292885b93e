import { writeFileSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { execute as init } from '../../../../src/cli/commands/init.ts';
import { execute as plan } from '../../../../src/cli/commands/plan.ts';
import { checkNode } from '../../../../src/cli/work/doctor-checks.ts';
import { testContext } from '../../../support/command/test-context.ts';

let cwd: string;
beforeEach(() => void (cwd = mkdtempSync(join(tmpdir(), 'gaffer-plan-'))));
afterEach(() => rmSync(cwd, { recursive: true }));

describe('gaffer plan', () => {
  it('prints limits, agents, and tasks by phase', async () => {
    await init(testContext(cwd).context);
    const { context, out } = testContext(cwd);
    expect(await plan(context, ['workflow.yaml'], { maxUsd: '0.25' })).toBe(0);
    expect(out()).toContain('2 phases · 2 tasks · 1 agent · 1 context\nAt most $0.25, 20 min, 10 tasks at once');
    expect(out()).toMatch(/Improve \(sequential\)\nTask .*\nimprove +coder +coder +the phase before/);
  });

  it('prints a graph without a word of phases, and how often each task runs', async () => {
    await init(testContext(cwd).context);
    const tasks = [
      'outputs: { last: tasks.b.output, first: size(tasks.a.output) }',
      'tasks:',
      "  - { id: a, profile: coder, prompt: x, for_each: { items: [1, 2], size: 1 }, when: 'size(inputs) == 0' }",
      "  - { id: b, profile: coder, prompt: x, depends_on: [a], repeat: { until: 'true', max: 4 } }",
    ];
    writeFileSync(join(cwd, 'graph.yaml'), tasks.join('\n'));
    const { context, out } = testContext(cwd);
    expect(await plan(context, ['graph.yaml'], {})).toBe(0);
    expect(out()).toContain('\n2 tasks · 1 agent · 2 contexts\n');
    expect(out()).toMatch(/\nTasks\nTask .*Runs/);
    expect(out()).toMatch(/a +coder .*if size\(inputs\) == 0; for each item, 1 at once/);
    expect(out()).toMatch(/b +coder .*up to 4 times/);
    expect(out()).toContain('\nOutputs: last, first\n');
    expect(out()).not.toContain('phase');
  });

  it('gives the whole plan as JSON', async () => {
    await init(testContext(cwd).context);
    const { context, out, err } = testContext(cwd);
    await plan(context, ['workflow.yaml'], { json: true, input: ['goal=the tests'] });
    const { plan: printed, warnings } = JSON.parse(out()) as {
      plan: { inputs: object; tasks: unknown[] };
      warnings: unknown[];
    };
    expect(printed.inputs).toEqual({ goal: 'the tests' });
    expect(printed.tasks).toHaveLength(2);
    expect(warnings).toEqual([]);
    expect(err()).toBe('');
  });

  it('starts nothing and leaves nothing behind when the file is wrong', async () => {
    writeFileSync(join(cwd, 'workflow.yaml'), 'phasess: []\n');
    const { context, out } = testContext(cwd);
    await expect(plan(context, ['workflow.yaml'], {})).rejects.toThrow('phasess');
    expect(out()).toBe('');
  });
});

describe('checkNode', () => {
  it.each([
    ['18.20.0', 'fail'],
    ['20.18.1', 'fail'],
    ['20.19.0', 'ok'],
    ['22.0.0', 'ok'],
    ['24.1.0', 'ok'],
  ])('calls Node %s %s', (version, status) => {
    expect(checkNode(version).status).toBe(status);
  });
});
