import { describe, expect, it, vi } from 'vitest';
import { RunCutOffError } from '../../../../src/client/errors.ts';
import type { Servers } from '../../../../src/client/connection/session.ts';
import type { Run } from '../../../../src/client/run.ts';
import { followRun, type FollowSettings } from '../../../../src/cli/work/follow-run.ts';
import type { RunEvent, RunEventBody } from '../../../../src/domain/run/run-events.ts';
import type { RunEnd, RunResult } from '../../../../src/domain/run/run-result.ts';
import type { WorkerStore } from '../../../../src/store/open-store.ts';
import { numbered, startedRun } from '../../../support/run/event-stream.ts';
import { noteWorker } from '../../../../src/client/crew/worker-files.ts';
import type { LaunchInfo } from '../../../../src/domain/run/launch.ts';
import { tempFolder } from '../../../support/base/temp-folder.ts';
import { testContext } from '../../../support/command/test-context.ts';

const resultOf = (status: RunEnd): RunResult => ({
  runId: 'demo-1',
  workflow: 'demo',
  status,
  reason: null,
  summary: {
    totalTasks: 1,
    successfulTasks: 1,
    failedTasks: 0,
    cancelledTasks: 0,
    skippedTasks: 0,
    reusedTasks: 0,
    compensatedTasks: 0,
    totalTokens: 1,
    totalDuration: 1,
    costUsd: 0,
    sessions: 1,
    contexts: 1,
  },
  compensations: [],
  tasks: {},
});

const unasked = (): Promise<never> => Promise.reject(new Error('nobody asks for this here'));
const untold = {
  state: unasked,
  view: unasked,
  contexts: unasked,
  transcript: unasked,
  output: unasked,
  checkpoints: unasked,
  sharedState: unasked,
  messages: unasked,
  stateHistory: unasked,
};
const noControls = {
  ...{ pause: unasked, resume: unasked, skip: unasked, retryTask: unasked, setLimits: unasked, send: unasked },
  ...{ approve: unasked, reject: unasked, answer: unasked, addTasks: unasked, waiting: unasked, takeUp: unasked },
};

/** A run that ends as told: at once, or when it is cancelled. */
function run(end: RunEnd, endsBy: 'itself' | 'cancel'): Run & { cancels: number } {
  let finish = (): void => undefined;
  const finished = new Promise<void>((resolve) => (finish = resolve));
  if (endsBy === 'itself') finish();
  const handle = {
    ...untold,
    ...noControls,
    id: 'demo-1',
    runKey: 'demo-1/x',
    webUrl: () => Promise.resolve('http://127.0.0.1:8233/namespaces/default/workflows/demo-1/x'),
    cancels: 0,
    async *events(): AsyncIterable<RunEvent> {
      yield* numbered(...startedRun(['plan']));
      await finished;
    },
    export(): AsyncIterable<string> {
      throw new Error('nobody asks for this here');
    },
    result: () => Promise.resolve(resultOf(end)),
    closed: () => Promise.resolve(),
    cancel() {
      handle.cancels++;
      finish();
      return Promise.resolve();
    },
    setPriority: () => Promise.resolve(),
    evaluations: () => Promise.resolve([]),
    remove: () => Promise.resolve({ snapshots: 0 }),
    cutOff: (): ReturnType<Run['cutOff']> => Promise.resolve(null),
    describe: () => Promise.resolve({ status: 'running', stuck: null }),
  };
  return handle;
}

const asked: RunEventBody[] = [
  {
    ...{ type: 'approval:requested', approvalId: 'before/plan', taskId: 'plan', what: 'start', detail: '' },
    ...{ by: [], needed: 1, deadline: null },
  },
  { type: 'run:waiting', cause: 'approval', detail: 'start' },
];

function settings(
  handle: Run,
  over: { environment?: Record<string, string>; ownsStack?: boolean; isEmbedded?: boolean; json?: boolean } = {},
) {
  const controller = new AbortController();
  const { context, out, err } = testContext('/', over.environment);
  const webUi = over.isEmbedded ? String : null;
  const servers = { ownsStack: over.ownsStack ?? false, stack: { temporal: { webUi } } } as Servers;
  const home = tempFolder();
  const store = { runs: { find: () => Promise.resolve(null) } } as unknown as WorkerStore;
  const session = { servers: () => Promise.resolve(servers), store, home } as unknown as FollowSettings['session'];
  const follow: FollowSettings = {
    context,
    session,
    run: handle,
    interruption: { signal: controller.signal, lastWords: null, release: () => undefined },
    workerFailed: [],
    isScripted: false,
    limitUsd: 5,
    json: over.json ?? false,
    next: ['gaffer show demo-1'],
  };
  return { follow, home, out, err, interrupt: () => controller.abort(new Error('SIGINT')) };
}

describe('followRun', () => {
  it.each([
    ['succeeded', 0],
    ['failed', 1],
    ['cancelled', 3],
    ['stopped', 5],
    ['partial', 10],
  ] as const)('ends a run that %s with exit code %d', async (end, exitCode) => {
    const { follow, out } = settings(run(end, 'itself'));
    expect(await followRun(follow)).toBe(exitCode);
    expect(out()).toContain(`demo-1 ${end}`);
  });

  it('writes the result alone to standard output with --json', async () => {
    const { follow, out, err } = settings(run('succeeded', 'itself'), { json: true });
    await followRun(follow);
    expect(JSON.parse(out())).toEqual(resultOf('succeeded'));
    expect(err()).toContain('● plan started coder');
  });

  it('says where to look and what to try next', async () => {
    const { follow, err } = settings(run('succeeded', 'itself'));
    await followRun(follow);
    expect(err()).toContain('Web UI: http://127.0.0.1:8233/namespaces/default/workflows/demo-1/x');
    expect(err()).toContain('gaffer show demo-1');
    expect(err()).not.toContain('gaffer retry');
  });

  it('names no address that is gone with the command', async () => {
    const { follow, err } = settings(run('succeeded', 'itself'), { ownsStack: true });
    await followRun(follow);
    expect(err()).not.toContain('http');
    expect(err()).toContain('gaffer ui demo-1');
  });

  it('names no address that ends with a command in another terminal, but one of servers that stay', async () => {
    const { follow, home, err } = settings(run('succeeded', 'itself'), { isEmbedded: true });
    await followRun(follow);
    expect(err()).not.toContain('http');
    expect(err()).toContain('gaffer ui demo-1');
    const remove = await noteWorker(home, 'dev', { taskQueue: 'gaffer' } as LaunchInfo);
    await followRun(follow);
    remove();
    expect(err()).toContain('Web UI: http://127.0.0.1:8233/');
  });

  it.each([
    { waits: false, code: 6 },
    { waits: true, code: 0 },
  ])(
    'leaves a run that needs a person where none can answer, unless it is to wait ($waits)',
    async ({ waits, code }) => {
      const handle = run('succeeded', 'itself');
      let answer = (): void => undefined;
      const answered = new Promise<void>((resolve) => (answer = resolve));
      handle.events = async function* () {
        const [start, ...rest] = numbered(...startedRun(['plan']), ...asked);
        yield start!;
        yield* rest;
        await answered;
      };
      const { follow } = settings(handle);
      vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
      const ended = followRun({ ...follow, waits });
      // Long enough for whoever is to leave it.
      await vi.advanceTimersByTimeAsync(60_000);
      vi.useRealTimers();
      answer();
      expect(await ended).toBe(code);
    },
  );

  it('says how to go on with what did not succeed', async () => {
    const { follow, err } = settings(run('failed', 'itself'));
    await followRun(follow);
    expect(err()).toMatch(/Next:\n(.*\n)*\s+gaffer retry demo-1\n/);
  });

  it.each([
    { where: 'in this process', workerFailed: [new Promise<never>(() => undefined)], waits: 1 },
    { where: 'elsewhere', workerFailed: [], waits: 0 },
  ])('lets a worker $where close the workflow before it leaves', async ({ workerFailed, waits }) => {
    const handle = run('succeeded', 'itself');
    let waited = 0;
    handle.closed = async () => void waited++;
    const { follow } = settings(handle);
    expect(await followRun({ ...follow, workerFailed })).toBe(0);
    expect(waited).toBe(waits);
  });

  it('parks the run on Ctrl-C when the stack is its own', async () => {
    const handle = run('succeeded', 'cancel');
    const { follow, out, interrupt } = settings(handle, { ownsStack: true });
    const code = followRun(follow);
    interrupt();
    expect(await code).toBe(130);
    expect(follow.interruption.lastWords).toBe('Parked. `gaffer watch demo-1` goes on where it was.');
    expect(handle.cancels).toBe(0);
    expect(out()).toBe('');
  });

  it('only detaches on Ctrl-C when the stack and the worker are elsewhere', async () => {
    const { follow, interrupt } = settings(run('succeeded', 'cancel'));
    const code = followRun(follow);
    interrupt();
    expect(await code).toBe(130);
    expect(follow.interruption.lastWords).toContain('Detached: the run goes on.');
  });

  it('cancels the run on a signal in CI, and waits for its end', async () => {
    const handle = run('cancelled', 'cancel');
    const { follow, interrupt } = settings(handle, { environment: { CI: 'true' }, ownsStack: true });
    const code = followRun(follow);
    interrupt();
    expect(await code).toBe(3);
    expect(handle.cancels).toBe(1);
  });

  it.each([
    { what: 'parks', over: { ownsStack: true } },
    { what: 'detaches from', over: {} },
    { what: 'cancels', over: { environment: { CI: 'true' } } },
  ])('never $what a run on a signal that was terminated', async ({ over }) => {
    const handle = run('succeeded', 'cancel');
    handle.cutOff = () => Promise.resolve(new RunCutOffError('demo-1', 'terminated', 'boom'));
    const { follow, err, interrupt } = settings(handle, over);
    const code = followRun(follow);
    interrupt();
    expect(await code).toBe(1);
    expect(err()).toMatch(/^gaffer: run demo-1 was terminated in Temporal \(boom\), /m);
    expect(err() + follow.interruption.lastWords).not.toMatch(/Parked|Detached|cancelling/);
    expect(handle.cancels).toBe(0);
  });

  it('says as JSON too that a run was terminated', async () => {
    const handle = run('succeeded', 'cancel');
    handle.events = async function* () {
      yield* numbered(...startedRun(['plan']));
      throw new RunCutOffError('demo-1', 'terminated', 'boom');
    };
    const { follow, out } = settings(handle, { json: true });
    expect(await followRun(follow)).toBe(1);
    expect(JSON.parse(out())).toMatchObject({ error: { type: 'RunCutOffError', exitCode: 1 } });
  });

  it('parks a run on a signal that Temporal cannot be asked about', async () => {
    const handle = run('succeeded', 'cancel');
    handle.cutOff = () => Promise.reject(new Error('unreachable'));
    const { follow, interrupt } = settings(handle, { ownsStack: true });
    const code = followRun(follow);
    interrupt();
    expect(await code).toBe(130);
  });

  it('fails when the worker in this process dies', async () => {
    const { follow } = settings(run('succeeded', 'cancel'));
    const dead = Promise.reject(new Error('the worker died'));
    await expect(followRun({ ...follow, workerFailed: [dead] })).rejects.toThrow('the worker died');
  });
});
