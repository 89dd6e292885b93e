import { setTimeout as delay } from 'node:timers/promises';
import { listMessages } from './follow/list-messages.ts';
import type { RunUpdates } from '../contracts/control.ts';
import { longestTimerMs } from '../domain/duration.ts';
import { UsageError } from '../domain/errors.ts';
import type { RunResult } from '../domain/run/run-result.ts';
import { emptyRunState } from '../domain/run/run-state.ts';
import type { RunRow } from '../store/store.ts';
import { askTemporal } from './connection/ask-temporal.ts';
import { orUnreachable } from './connection/or-unreachable.ts';
import { webAddress, type Session } from './connection/session.ts';
import { runPage } from './connection/web-pages.ts';
import type { TemporalConnection } from './connection/temporal-connection.ts';
import { askOnce } from './control/ask-once.ts';
import type { AskedRun } from './control/decide.ts';
import { attend, helpItEnd, workOn } from './crew/work-on.ts';
import { RunClosedError, RunGoesOnError, type RunCutOffError } from './errors.ts';
import { findCutOff, resultIn, resultOf, toResult } from './follow/ending.ts';
import { followEvents } from './follow/events.ts';
import { exportLines } from './follow/export-lines.ts';
import { overOutages } from './follow/outage.ts';
import { readOutput } from './follow/read-output.ts';
import { listCheckpoints, listContexts, readTranscript } from './follow/read-run.ts';
import { unbegunView, unlessUnbegun } from './follow/unbegun-run.ts';
import { standingOf } from './follow/standing.ts';
import { heldText } from './follow/held-text.ts';
import { toRunView } from './follow/to-run-view.ts';
import type { Decision, Run, RunOutput } from './run.ts';
import type { RunIdentity } from './start/start-workflow.ts';
import { readHistory } from './state/read-history.ts';

/** A run of a session; Temporal is only connected to when it has to be asked, and what steps into a run is loaded by then: most commands only read. */
export function createRun(session: Session, identity: RunIdentity): Run {
  const { runId: id, runKey } = identity;
  return {
    ...{ id, runKey },
    ...following(session, identity),
    ...reading(session, identity),
    ...controls(session, identity),
  };
}

type Following = 'webUrl' | 'events' | 'result' | 'cutOff' | 'closed' | 'describe';

/** How a run ends, as Temporal and the store know it. */
function endingOf(session: Session, identity: RunIdentity) {
  const { store } = session;
  const { runId, runKey } = identity;
  const ended = async (limit?: AbortSignal): Promise<unknown> => {
    const connection = await session.connect();
    return connection.calls.track(() => handleOf(connection, identity).result(), limit);
  };
  const stored = (): Promise<RunResult | null> => overOutages(session, () => resultOf(store, runId, runKey));
  const cutOff = (): Promise<RunCutOffError | null> =>
    askTemporal(session, ({ client, target: { namespace } }) => findCutOff({ client, store, namespace }, identity));
  const cutOffOr = async (error: unknown): Promise<RunResult> => {
    const found = await cutOff().catch(() => null);
    if (found) throw found;
    return toResult(error);
  };
  // A cancelled workflow carries no result of its own; the store has it before the workflow closes.
  const result = async (limit: AbortSignal): Promise<RunResult> =>
    (await stored()) ??
    ended(limit).then(
      // What a workflow returns is shortened for its history.
      async (value) => (await stored()) ?? (value as RunResult),
      async (error: unknown) => (await stored()) ?? resultIn(error) ?? (await cutOffOr(error)),
    );
  return { ended, cutOff, result };
}

function following(session: Session, identity: RunIdentity): Pick<Run, Following> {
  const { store, watches, failures, closing } = session;
  const { runId, runKey } = identity;
  const { ended, cutOff, result } = endingOf(session, identity);
  return {
    async webUrl() {
      // Its Web UI shows the runs of all.
      if (session.tenant !== null) return null;
      const servers = await session.servers();
      const { namespace } = servers.temporal;
      const { temporalRunId } = identity;
      return webAddress(servers, runPage({ namespace, runId, temporalRunId }));
    },
    events: ({ after = 0, signal } = {}) =>
      followEvents({ store, runId, runKey, cutOff, ended, watches, failures, closing }, after, signal),
    result: ({ timeoutMs } = {}) => {
      const hasEnded = async (): Promise<boolean> => ((await findRow(session, identity))?.result ?? null) !== null;
      return withinTime({ runId, limitMs: timeoutMs, hasEnded }, (limit) => Promise.race([result(limit), ...failures]));
    },
    cutOff,
    async closed(withinMs = 10_000) {
      const { client, calls } = await session.connect();
      const handle = handleOf({ client }, identity);
      await calls.track(() => handle.result(), AbortSignal.timeout(withinMs)).catch(() => undefined);
    },
    async describe() {
      const { describeStuck } = await import('./follow/stuck.ts');
      const told = await askTemporal(session, ({ client, target }) =>
        describeStuck(client, target.namespace, identity),
      );
      if (told.status === 'running') {
        const held = await heldText(session.store, identity.runKey);
        return { ...told, ...(held !== null && { held }) };
      }
      return { ...told, stuck: told.stuck ?? (await cutOff())?.message ?? null };
    },
  };
}

/** @throws RunGoesOnError */
async function withinTime<Result>(
  { runId, limitMs, hasEnded }: { runId: string; limitMs: number | undefined; hasEnded: () => Promise<boolean> },
  work: (limit: AbortSignal) => Promise<Result>,
): Promise<Result> {
  const patience = new AbortController();
  if (limitMs === undefined) return work(patience.signal);
  if (!Number.isFinite(limitMs) || limitMs < 0) throw new UsageError(`timeoutMs is ${limitMs}: it must be 0 or more.`);
  const done = work(patience.signal);
  done.catch(() => undefined);
  const late = delay(Math.min(limitMs, longestTimerMs), undefined, { signal: patience.signal }).then(async () => {
    // Of one that has ended the result is on its way, however short the time.
    if (await hasEnded()) return done;
    throw new RunGoesOnError(runId, limitMs);
  });
  try {
    return await Promise.race([done, late]);
  } finally {
    patience.abort();
    late.catch(() => undefined);
  }
}

type Reading =
  | 'state'
  | 'view'
  | 'contexts'
  | 'transcript'
  | 'output'
  | 'checkpoints'
  | 'sharedState'
  | 'messages'
  | 'stateHistory'
  | 'export'
  | 'evaluations';

function reading(session: Session, identity: RunIdentity): Pick<Run, Reading> {
  const { store } = session;
  const { runKey } = identity;
  const orNothing = <Result>(nothing: Result, work: () => Promise<Result>): Promise<Result> =>
    unlessUnbegun(session, identity, { nothing, work });
  return {
    state: async () => ((await unbegunView(session, identity)) ? emptyRunState : store.events.state(runKey)),
    async view() {
      const unbegun = await unbegunView(session, identity);
      if (unbegun) return unbegun;
      const run = createRun(session, identity);
      return toRunView(await standingOf(session, run), Date.now());
    },
    contexts: () => orNothing([], () => listContexts(store, runKey)),
    transcript: (context) => orNothing([], () => readTranscript(store, identity, context)),
    async output(task) {
      await refuseEarly(session, identity);
      const outputs = await orNothing<RunOutput[] | null>(null, () => readOutput(store, identity, task));
      if (outputs) return outputs;
      throw new UsageError(`run ${identity.runId} was started a moment ago: nothing came out of it yet.`);
    },
    checkpoints: () => orNothing([], () => listCheckpoints(store, runKey)),
    sharedState: () => orNothing({ values: [], locks: [] }, () => store.runs.sharedState(runKey)),
    messages: () => orNothing([], () => listMessages(store, runKey)),
    stateHistory: (key) => orNothing([], () => readHistory(store, identity, key)),
    export: () => exportLines(store, runKey),
    evaluations: () => orNothing([], () => store.runs.evaluations(runKey)),
  };
}

/** Its row; null: no worker has opened it yet. */
async function findRow({ store }: Session, { runId, runKey }: RunIdentity): Promise<RunRow | null> {
  const found = await store.runs.find(runId);
  return found?.runKey === runKey ? found : null;
}

/** Its row, where this session may start workers for it; null: it may not, or there is none. */
async function workableRow(session: Session, identity: RunIdentity): Promise<RunRow | null> {
  return session.startsWorkers ? findRow(session, identity) : null;
}

async function refuseEarly(session: Session, identity: RunIdentity): Promise<void> {
  if (await findRow(session, identity)) return;
  await (await import('./follow/queued-runs.ts')).refuseQueued(session, identity.runId);
}

type About = <Result>(work: (run: AskedRun) => Promise<Result>) => Promise<Result>;

/** Asks a run that lives. */
function askerOf(session: Session, identity: RunIdentity): About {
  const { store } = session;
  const asked = async (): Promise<AskedRun> => {
    const { createQuestions } = await import('./control/run-control.ts');
    await refuseEarly(session, identity);
    const found = await workableRow(session, identity);
    // A parked run can only answer with a worker.
    if (found) await attend(session, found);
    return {
      store,
      bounds: session.bounds,
      ...identity,
      ...createQuestions(await session.connect(), identity, session.once),
    };
  };
  return async (work) => {
    const run = await overOutages(session, asked);
    const { temporal } = await session.servers();
    // Only what is looked up before the run is asked can meet a lost connection: so nothing is asked twice.
    return orUnreachable(temporal, () => overOutages(session, () => work(run)));
  };
}

type Controls = Exclude<keyof Run, Following | Reading | 'id' | 'runKey'>;

function controls(session: Session, identity: RunIdentity): Pick<Run, Controls> {
  const about = askerOf(session, identity);
  const update = async <Name extends keyof RunUpdates>(name: Name, input: RunUpdates[Name]['input']) => {
    // A program without types may well call `skip('build')`.
    if (typeof input !== 'object' || input === null) throw new UsageError(`${name} takes one object: { … }.`);
    return askOnce(session, identity, { name, input }, () => about((run) => run.update(name, input)));
  };
  return {
    pause: (input = {}) => update('pause', input),
    resume: (input = {}) => update('resume', input),
    skip: (input) => update('skipTask', input),
    retryTask: (input) => update('retryTask', input),
    setLimits: (input) => update('setLimits', input),
    setPriority: async (input) => {
      const begun = await update('setPriority', input);
      const { serveBy } = await import('./control/serve-by.ts');
      return askTemporal(session, (connection) => serveBy(connection, begun, input.priority));
    },
    send: (input) => update('sendMessage', input),
    addTasks: async (input) => {
      if (session.bounds)
        await (await import('./access/caller-bounds.ts')).checkAddedTasks(session.bounds, input.tasks);
      return update('addTasks', input);
    },
    ...deciding(session, identity),
    async cancel() {
      if (await endEarly(session, identity)) return;
      await askTemporal(session, (connection) => handleOf(connection, identity).cancel()).catch((error: unknown) => {
        const isClosed = error instanceof Error && error.name === 'WorkflowNotFoundError';
        throw isClosed ? new RunClosedError(identity.runId, { cause: error }) : error;
      });
      const found = await workableRow(session, identity);
      if (found) await helpItEnd(session, found);
    },
    async takeUp() {
      const found = await workableRow(session, identity);
      if (found) void (await workOn(session, found));
    },
    remove: async () => (await import('./control/remove-run.ts')).removeRun(session, createRun(session, identity)),
  };
}

function deciding(session: Session, identity: RunIdentity): Pick<Run, 'waiting' | 'approve' | 'reject' | 'answer'> {
  const about = askerOf(session, identity);
  const decideAs = (decision: 'approve' | 'reject', input: Decision) =>
    askOnce(session, identity, { name: 'approve', input: { ...input, id: '', decision } }, () =>
      about(async (run) => (await import('./control/decide.ts')).decide(run, decision, input)),
    );
  return {
    waiting: () => about((run) => run.waiting()),
    approve: (input = {}) => decideAs('approve', input),
    reject: (input = {}) => decideAs('reject', input),
    answer: (input) =>
      askOnce(session, identity, { name: 'answer', input: { ...input, id: '' } }, () =>
        about(async (run) => (await import('./control/decide.ts')).answerBlocker(run, input)),
      ),
  };
}

// Temporal lets a cancel wait until a run starts; one that has not has nothing to undo.
async function endEarly(session: Session, identity: RunIdentity): Promise<boolean> {
  if (await findRow(session, identity)) return false;
  return (await import('./follow/queued-runs.ts')).endQueued(session, identity);
}

// The newest execution of the chain: a big run continues as a new one.
function handleOf({ client }: Pick<TemporalConnection, 'client'>, { runId, temporalRunId }: RunIdentity) {
  return client.workflow.getHandle(runId, undefined, { firstExecutionRunId: temporalRunId });
}
