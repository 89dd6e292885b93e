import { mkdirSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Run } from '../../src/client/index.ts';
import { agent } from '../support/plan/builders.ts';
import { openCrashStage } from '../support/crash/stage.ts';
import { violations } from '../support/invariants/invariants.ts';
import { descendantsOf, stillAlive } from '../support/base/processes.ts';
import { patient } from '../support/base/patience.ts';
import { until } from '../support/base/until.ts';
import { yamlPlan } from '../support/plan/yaml-plan.ts';

// Issue 4, section 5: counted at the model server.
const size = 50;
const abortedWithinMs = patient(5000);

describe.each([{ mode: 'child' }, { mode: 'inline' }])('a cancel with 50 tasks in flight, tasks $mode', ({ mode }) => {
  const stage = openCrashStage({
    settings: { unsandboxedShell: true },
    script: {
      rules: [
        {
          name: 'shell',
          when: (c) => c.prompt.startsWith('Shell') && c.turn === 0,
          answer: (c) => ({
            tools: [{ name: 'bash', input: { command: `touch on-${c.prompt.slice(6, -1)}; sleep 605` } }],
          }),
        },
        // It goes on asking, turn after turn, until somebody stops it.
        {
          name: 'busy',
          when: (c) => c.prompt.startsWith('Busy'),
          answer: (c) => ({
            tools: [{ name: 'issue', input: { action: 'create', title: `${c.prompt} ${c.turn}` } }],
            latencyMs: 400,
          }),
        },
        { name: 'slow', when: () => true, answer: () => ({ text: 'late', latencyMs: 600_000 }) },
      ],
    },
  });

  it('starts nothing more, aborts calls, ends processes, and says what they cost', async () => {
    const { env, worker } = stage;
    const runId = `many-${mode}`;
    const workspace = join(env.workspace, runId);
    mkdirSync(workspace);
    const prompts = Array.from(
      { length: size + 10 },
      (_, index) => `${['Slow', 'Busy', 'Shell'][index % 3]} ${index}.`,
    );
    const tasks = prompts.map((prompt, index) => `  - { id: t${index}, prompt: ${prompt} }`);
    const plan = yamlPlan(`limits: { tasks: ${mode}, max_parallel: ${size} }\ntasks:\n${tasks.join('\n')}\n`, {
      workspace,
      agents: [agent({ tools: ['bash', 'issue'], maxTurns: 200 })],
    });
    const handle = await env.start(plan, { runId });
    const shells = prompts.slice(0, size).filter((prompt) => prompt.startsWith('Shell')).length;
    await until(
      () => {
        const open = callsOf(handle).filter(({ outcome }) => outcome === 'pending');
        const begun = begunIn(workspace).join(' ');
        return `all are in flight; asked: ${[...asked(handle)].join(' ')}; open: ${open.length}; begun: ${begun}`;
      },
      () => asked(handle).size === size && begunIn(workspace).length === shells,
      40_000,
    );
    // A shell goes on before the program that it forked has become what it is.
    const sleeping = () => descendantsOf(worker.pid).filter((one) => one.command === 'sleep 605');
    await until('every command runs', () => sleeping().length === shells);
    const before = descendantsOf(worker.pid);
    const cancelledAt = Date.now();
    await handle.cancel();
    const left = await stillAlive(before, abortedWithinMs);
    expect(left).toEqual([]);
    const isOpen = () => callsOf(handle).some((call) => call.outcome === 'pending');
    await until('every call is aborted', () => !isOpen(), abortedWithinMs - (Date.now() - cancelledAt));
    const abortedMs = Date.now() - cancelledAt;
    const result = await handle.result();
    console.log(`${mode}: all gone ${abortedMs} ms after the cancel, ended after ${Date.now() - cancelledAt} ms`);
    expect(result.status).toBe('cancelled');
    expect(Object.values(result.tasks).filter((task) => task.status === 'cancelled')).toHaveLength(size);
    expect(Object.values(result.tasks).filter((task) => task.status === 'skipped')).toHaveLength(10);
    expect(await violations(env, handle.runKey, [], { plan, cancelledAt })).toEqual([]);
    const cut = (await env.story(runId)).filter(
      (event) => event.type === 'agent:answer' && event.preview.includes('cut off'),
    );
    expect(cut.length).toBeGreaterThanOrEqual(
      prompts.slice(0, size).filter((prompt) => prompt.startsWith('Slow')).length,
    );
    for (const event of cut) expect(event).toMatchObject({ costUsd: expect.any(Number) });
    expect(result.tasks['t0']!.costUsd).toBeGreaterThan(0);
  });

  function callsOf({ runKey }: Run) {
    return stage.env.model.requests.filter((request) => request.callKey?.startsWith(`${runKey}/`));
  }

  // Where there is a sandbox, what it covers stands there too while commands run.
  function begunIn(workspace: string): string[] {
    return readdirSync(workspace).filter((name) => name.startsWith('on-'));
  }

  function asked(handle: Run): Set<string> {
    return new Set(callsOf(handle).map((call) => call.callKey!.slice(handle.runKey.length + 1).split('~')[0]!));
  }
});
