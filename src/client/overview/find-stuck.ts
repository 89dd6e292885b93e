/*
 * F1 Nothing is stuck in which something happened just now, and nothing of which a person is asked: that is told where it can be answered.
 * F2 Temporal is asked of single runs, a few at once and for a bounded time; what it said holds for a few seconds. Who was not reached in
 *    time is told of with the next answer.
 */
import type { OpenFacts } from '../../store/run/overview.ts';
import { askTemporal } from '../connection/ask-temporal.ts';
import type { Session } from '../connection/session.ts';
import { createRun } from '../create-run.ts';
import { findNeededWorker } from '../follow/needed-worker.ts';
import type { StandingRow } from '../list/run-entries.ts';
import type { WaitingEntry } from '../runs.ts';
import { type OpenExecution, within } from './open-executions.ts';

/** A run that stands still though nobody is asked anything. */
export interface StuckRun {
  runId: string;
  workflow: string;
  status: string;
  /** When something last happened in it, ISO 8601. */
  since: string;
  /** Why, and the way out, in words. */
  cause: string;
}

/** What is looked through. `executions` null: Temporal does not answer. */
interface Looked {
  alive: readonly StandingRow[];
  facts: ReadonlyMap<string, OpenFacts>;
  executions: ReadonlyMap<string, OpenExecution> | null;
  waiting: readonly WaitingEntry[];
  known: (runIds: readonly string[]) => Promise<ReadonlySet<string>>;
}

const quietMs = 8000;
const mostAsked = 40;
const atOnce = 8;
const freshMs = 5000;
const withinMs = 2500;
/** What is kept at most of what Temporal said. */
const mostKept = 1000;

/** Longest first. */
export async function findStuck(session: Session, looked: Looked): Promise<StuckRun[]> {
  const { alive, facts, executions, waiting } = looked;
  const isAsked = new Set(waiting.map(({ runId }) => runId));
  const quiet = alive
    .map(({ row, status }) => ({ row, status, since: facts.get(row.runKey)?.lastAt ?? row.startedAt }))
    .filter(({ row, since }) => !isAsked.has(row.runId) && Date.now() - Date.parse(since) > quietMs)
    .toSorted((a, b) => a.since.localeCompare(b.since));
  const parked = quiet.filter(({ status }) => status === 'parked');
  const asked = executions === null ? [] : quiet.filter(({ status }) => status !== 'parked').slice(0, mostAsked);
  const causes = await causesOf(session, asked);
  const found = [
    ...parked.map((each) => toStuck(each, parkedText(each.row.runId))),
    ...asked.flatMap((each) => {
      const cause = causes.get(each.row.runKey);
      return cause ? [toStuck(each, cause)] : [];
    }),
    ...(executions ? await unbegun(session, looked, executions) : []),
  ];
  return found.toSorted((a, b) => a.since.localeCompare(b.since));
}

type Quiet = Pick<StandingRow, 'row' | 'status'> & { since: string };

function toStuck({ row, status, since }: Quiet, cause: string): StuckRun {
  return { runId: row.runId, workflow: row.workflow, status, since, cause };
}

function parkedText(runId: string): string {
  return `nobody here works on it: \`gaffer watch ${runId}\` goes on with it`;
}

/** What Temporal said of runs, by run key. */
const told = new Map<string, { at: number; stuck: string | null }>();

// F2
async function causesOf(session: Session, asked: readonly Quiet[]): Promise<ReadonlyMap<string, string | null>> {
  const causes = new Map<string, string | null>();
  const left = asked.filter(({ row }) => {
    const before = told.get(row.runKey);
    if (!before || Date.now() - before.at > freshMs) return true;
    causes.set(row.runKey, before.stuck);
    return false;
  });
  const until = Date.now() + withinMs;
  const ask = async (): Promise<void> => {
    for (let next = left.shift(); next && Date.now() < until; next = left.shift()) {
      const { row } = next;
      // What cannot be asked is not told of as stuck.
      const stuck = await createRun(session, row)
        .describe()
        .then((each) => each.stuck)
        .catch(() => null);
      causes.set(row.runKey, stuck);
      if (told.size >= mostKept) told.clear();
      told.set(row.runKey, { at: Date.now(), stuck });
    }
  };
  await within(Promise.all(Array.from({ length: atOnce }, ask)), []);
  return causes;
}

/** Runs that were started and that no worker has begun: the store does not know them yet. */
async function unbegun(
  session: Session,
  { alive, known }: Looked,
  executions: ReadonlyMap<string, OpenExecution>,
): Promise<StuckRun[]> {
  const listed = new Set(alive.map(({ row }) => row.runId));
  const late = [...executions.values()].filter(
    ({ runId, startsAt }) => !listed.has(runId) && Date.now() - startsAt > quietMs,
  );
  if (late.length === 0) return [];
  const begun = await known(late.map(({ runId }) => runId));
  const missing = late.filter(({ runId }) => !begun.has(runId)).slice(0, mostAsked);
  const queues = [...new Set(missing.map(({ taskQueue }) => taskQueue))];
  const words = new Map(await Promise.all(queues.map(async (name) => [name, await queueText(session, name)] as const)));
  return missing.map(({ runId, workflow, taskQueue, startsAt }) => ({
    ...{ runId, workflow, status: 'queued', since: new Date(startsAt).toISOString() },
    cause: words.get(taskQueue)!,
  }));
}

async function queueText(session: Session, taskQueue: string): Promise<string> {
  const asked = askTemporal(session, async ({ client, target }) => {
    const needed = await findNeededWorker(client, target.namespace, { taskQueue, raw: {} });
    return needed.missing;
  });
  return (await within<string | null>(asked, null)) ?? `no worker has begun it yet; it waits in the queue ${taskQueue}`;
}
