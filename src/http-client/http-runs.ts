import { RunNotFoundError } from '../client/errors.ts';
import type { Run } from '../client/run.ts';
import type { Rollback, RunEntry, RunFilter, RunPage, RunPageFilter, Runs, WaitingEntry } from '../client/runs.ts';
import type { ComparedRuns } from '../domain/evaluation/compare-runs.ts';
import type { EvaluationReport } from '../domain/evaluation/evaluation.ts';
import { UsageError } from '../domain/errors.ts';
import { createRun } from './http-run.ts';
import { createSchedules } from './http-schedules.ts';
import { runPath } from './run-path.ts';
import { toStartBody } from './start-body.ts';
import type { Transport } from './transport.ts';

/** Most that the service lists at once. */
const longestPage = 200;

/** A run as the service says that it was started. */
interface StartedRun {
  runId: string;
  runKey: string;
}

/** The runs of a service. */
export function createRuns(transport: Transport): Runs<never> {
  const started = async (path: string, body: object): Promise<Run> => {
    const { answer } = await transport.json<StartedRun>({ method: 'POST', path, body });
    return createRun(transport, { id: answer.runId, runKey: answer.runKey });
  };
  // What waits for a run of its own takes as long as that does.
  const long = async <Answer>(path: string, body: object): Promise<Answer> =>
    (await transport.json<Answer>({ method: 'POST', path, body, withinMs: null })).answer;
  return {
    start: async (options) => started('/api/runs', toStartBody(options)),
    startMany: () => Promise.reject(outOfReach('startMany')),
    async find(id) {
      return createRun(transport, await identityOf(transport, runPath(id)));
    },
    list: (filter) => list(transport, filter),
    page: (filter) => pageOf(transport, filter),
    async waiting(run) {
      return (await transport.json<{ waiting: WaitingEntry[] }>({ path: '/api/waiting', query: { run } })).answer
        .waiting;
    },
    retry: async (id, options = {}) => started(`${runPath(id)}/retry`, options),
    fork: async (id, options) => started(`${runPath(id)}/fork`, options),
    evaluate: async (id, options = {}) => long<EvaluationReport>(`${runPath(id)}/evaluate`, options),
    async compare(one, other) {
      return (await transport.json<ComparedRuns>({ path: '/api/compare', query: { one, other } })).answer;
    },
    rollback: async (id) => long<Rollback>(`${runPath(id)}/rollback`, {}),
    schedules: createSchedules(transport),
    temporalClient: () => Promise.reject(outOfReach('temporalClient')),
    temporal: () => Promise.reject(outOfReach('temporal')),
    close: () => Promise.resolve(transport.close()),
    [Symbol.asyncDispose]: () => Promise.resolve(transport.close()),
  };
}

async function identityOf(transport: Transport, path: string): Promise<Pick<Run, 'id' | 'runKey'>> {
  try {
    const { answer, response } = await transport.json<{ runId: string }>({ path });
    return { id: answer.runId, runKey: decodeURI(response.headers.get('X-Run-Key') ?? '') };
  } catch (error) {
    if (!(error instanceof RunNotFoundError)) throw error;
  }
  // One that no worker has begun yet has nothing to show, and is there.
  const { answer } = await transport.json<StartedRun>({ path: `${path}/standing` });
  return { id: answer.runId, runKey: answer.runKey };
}

async function pageOf(transport: Transport, filter: RunPageFilter = {}): Promise<RunPage> {
  const { labels = {}, since, until, ...query } = filter;
  const label = Object.entries(labels).map(([key, value]) => `${key}=${value}`);
  const times = { since: toText(since), until: toText(until) };
  return (await transport.json<RunPage>({ path: '/api/runs', query: { ...query, label, ...times } })).answer;
}

function toText(time: Date | string | undefined): string | undefined {
  return time instanceof Date ? time.toISOString() : time;
}

/** Page by page, until there are as many as are wanted. */
async function list(transport: Transport, { limit = 50, ...filter }: RunFilter = {}): Promise<RunEntry[]> {
  const found: RunEntry[] = [];
  for (let next: string | null | undefined; next !== null && found.length < limit;) {
    const cursor = next === undefined ? {} : { cursor: next };
    const left = Math.min(limit - found.length, longestPage);
    const page = await pageOf(transport, { ...filter, ...cursor, limit: left });
    found.push(...page.runs);
    next = page.next;
  }
  return found;
}

function outOfReach(name: string): UsageError {
  return new UsageError(
    `${name} is not there over HTTP: Temporal is behind the service. A program beside it uses connect() of gaffer-crew.`,
  );
}
