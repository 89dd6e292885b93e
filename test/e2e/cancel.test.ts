import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Run } from '../../src/client/index.ts';
import { isLastEvent } from '../../src/domain/run/run-events.ts';
import { agent, plan, task, phase } from '../support/plan/builders.ts';
import { lookAtFlight } from '../support/invariants/invariants.ts';
import { descendantsOf, stillAlive } from '../support/base/processes.ts';
import type { RunEnv } from '../support/run/run-env.ts';
import { openRunEnv } from '../support/run/run-env.ts';
import { until } from '../support/base/until.ts';
import type { WorkerProcess } from '../support/run/worker-process.ts';
import { buildIfStale, spawnWorker } from '../support/run/worker-process.ts';

// Issue 3, section 4: what runs is stopped, and nothing starts afterwards.
const longestStopMs = 5000;
const command = '(sleep 600 & sleep 601) & setsid sleep 602 & touch started; sleep 603';

describe('a cancel', () => {
  let env: RunEnv;
  let worker: WorkerProcess | null = null;

  beforeAll(async () => {
    buildIfStale();
    env = await openRunEnv({ withWorker: false, settings: { unsandboxedShell: true } });
  });
  beforeEach(async () => {
    worker ??= await spawnWorker(env.settings);
  });
  afterAll(async () => {
    await worker?.kill();
    await env.close();
  });

  // One task is in a shell command, one in a model call, one waits for both.
  async function startBusyRun(runId: string): Promise<Run> {
    env.model.setScript({
      rules: [
        {
          name: 'shell',
          when: ({ prompt, turn }) => prompt === 'Do shell.' && turn === 0,
          answer: () => ({ tools: [{ name: 'bash', input: { command } }] }),
        },
        { name: 'slow', when: () => true, answer: () => ({ text: 'late', latencyMs: 120_000 }) },
      ],
    });
    const phases = [phase('First', 'parallel'), phase('Second', 'parallel')];
    const tasks = [
      task({ id: 'shell', phase: 0 }),
      task({ id: 'call', phase: 0 }),
      task({ id: 'later', phase: 1, afterPhase: 0 }),
    ];
    const agents = { worker: agent({ tools: ['bash'] }) };
    const workspace = join(env.workspace, runId);
    mkdirSync(workspace);
    const handle = await env.start(plan({ workspace, phases, tasks, agents }), { runId });
    await until('the command runs', () => existsSync(join(workspace, 'started')));
    const isThere = (name: string) => descendantsOf(worker!.pid).some((one) => one.command === name);
    // The shell goes on before the programs that it forked have become what they are.
    await until('all of it runs', () => ['sleep 600', 'sleep 601', 'sleep 602', 'sleep 603'].every(isThere));
    await until('the call is out', () => callsIn(handle).some((call) => call.rule === 'slow'));
    return handle;
  }

  function callsIn({ runKey }: Run) {
    return env.model.requests.filter((request) => request.callKey?.startsWith(`${runKey}/`));
  }

  async function expectCancelled(handle: Run, leftBehind: Iterable<string> = []): Promise<void> {
    expect(await handle.result()).toMatchObject({
      status: 'cancelled',
      tasks: { shell: { status: 'cancelled' }, call: { status: 'cancelled' }, later: { status: 'skipped' } },
    });
    await until('the workflow is closed', async () => (await handle.describe()).status === 'cancelled');
    const story = await env.story(handle.id);
    expect(story.filter(isLastEvent)).toEqual([story.at(-1)]);
    expect(await lookAtFlight(env.store, handle.runKey)).toMatchObject({ inFlight: new Set(leftBehind) });
  }

  it('ends a shell command with everything it started, and aborts the model call in flight', async () => {
    const handle = await startBusyRun('cancel-busy');
    const tools = descendantsOf(worker!.pid);
    expect(tools.map((one) => one.command)).toContain('sleep 602');
    await handle.cancel();
    expect(await stillAlive(tools, longestStopMs)).toEqual([]);
    await until('the call is aborted', () => callsIn(handle).some((call) => call.outcome === 'aborted'), longestStopMs);
    await expectCancelled(handle);
    const calls = callsIn(handle).length;
    const events = (await env.story(handle.id)).length;
    // A worker that ends by itself has nothing left to do: what was to start has started by then.
    expect(descendantsOf(worker!.pid)).toEqual([]);
    expect(await worker!.stop()).toBe(0);
    worker = null;
    expect(callsIn(handle).length).toBe(calls);
    expect((await env.story(handle.id)).length).toBe(events);
  });

  it('of a run whose worker was killed starts nothing when the next worker comes', async () => {
    const handle = await startBusyRun('cancel-orphaned');
    const tools = descendantsOf(worker!.pid);
    const calls = callsIn(handle).length;
    const { inFlight } = await lookAtFlight(env.store, handle.runKey);
    await worker!.kill();
    worker = null;
    await handle.cancel();
    worker = await spawnWorker(env.settings);
    expect(await stillAlive(tools, longestStopMs)).toEqual([]);
    await until('the run ends', async () => (await handle.describe()).status !== 'running', 30_000);
    await expectCancelled(handle, inFlight);
    expect(callsIn(handle).length).toBe(calls);
    expect(descendantsOf(worker.pid)).toEqual([]);
  });
});
