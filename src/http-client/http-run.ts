import { RunGoesOnError, type RunCutOffError } from '../client/errors.ts';
import type { Run } from '../client/run.ts';
import type { RunView } from '../client/run-view.ts';
import { fromRunStateJson, type RunStateJson } from '../client/state/run-state-json.ts';
import { UsageError } from '../domain/errors.ts';
import type { RunResult } from '../domain/run/run-result.ts';
import { followRun } from './follow-run.ts';
import { createControls } from './http-control.ts';
import { lines } from './lines.ts';
import { pathPart, runPath } from './run-path.ts';
import { toError } from './to-error.ts';
import type { Query } from './wire.ts';
import type { Transport } from './transport.ts';

/** How long the service may wait for something before it answers, in ms. */
const longestWaitMs = 25_000;
/** What an answer may take beside that. */
const spareMs = 30_000;

/** A run of a service. */
export function createRun(transport: Transport, { id, runKey }: Pick<Run, 'id' | 'runKey'>): Run {
  const path = runPath(id);
  return {
    ...{ id, runKey },
    ...following(transport, id, path),
    ...reading(transport, path),
    ...createControls(transport, path),
  };
}

/** How a run stands, as the service knows it of Temporal. */
interface Standing {
  status: string;
  stuck: string | null;
  held?: string;
  cutOff: { status: string; message: string } | null;
  webUrl: string | null;
}

type Following = 'webUrl' | 'events' | 'result' | 'cutOff' | 'closed' | 'describe';

function following(transport: Transport, id: string, path: string): Pick<Run, Following> {
  const standing = async (): Promise<Standing> => (await transport.json<Standing>({ path: `${path}/standing` })).answer;
  return {
    webUrl: async () => (await standing()).webUrl,
    events: (options = {}) => followRun(transport, `${path}/events`, options),
    result: ({ timeoutMs } = {}) => untilResult(transport, { id, path }, timeoutMs),
    async cutOff() {
      const { cutOff } = await standing();
      return cutOff && toCutOff(id, cutOff);
    },
    async closed(withinMs = 10_000) {
      const end = Date.now() + withinMs;
      for (let left = withinMs; left >= 0; left = end - Date.now()) {
        const asked = Math.min(Math.ceil(left), longestWaitMs);
        const before = Date.now();
        const query = { withinMs: asked };
        await transport.json({ path: `${path}/closed`, query, withinMs: asked + spareMs });
        // It answers before its time only when it is closed.
        if (asked < longestWaitMs || Date.now() - before < asked) return;
      }
    },
    async describe() {
      const { status, stuck, held } = await standing();
      return { status, stuck, ...(held !== undefined && { held }) };
    },
  };
}

function toCutOff(runId: string, { status, message: detail }: NonNullable<Standing['cutOff']>): RunCutOffError {
  const about = { runId, status };
  return toError({ type: '', title: '', status: 409, code: 'run-cut-off', detail, about }) as RunCutOffError;
}

/** @throws RunGoesOnError */
async function untilResult(
  transport: Transport,
  { id, path }: { id: string; path: string },
  limitMs = Number.POSITIVE_INFINITY,
): Promise<RunResult> {
  if (Number.isNaN(limitMs) || limitMs < 0) throw new UsageError(`timeoutMs is ${limitMs}: it must be 0 or more.`);
  const end = Date.now() + limitMs;
  for (let left = limitMs; ; left = end - Date.now()) {
    const timeoutMs = Math.round(Math.max(0, Math.min(left, longestWaitMs)));
    const asked = { path: `${path}/result`, query: { timeoutMs }, withinMs: timeoutMs + spareMs };
    const { answer, response } = await transport.json<RunResult>(asked);
    if (response.status === 200) return answer;
    if (Date.now() >= end) throw new RunGoesOnError(id, limitMs);
  }
}

type Reading = Exclude<keyof Run, Following | keyof ReturnType<typeof createControls> | 'id' | 'runKey'>;

function reading(transport: Transport, path: string): Pick<Run, Reading> {
  const get = async <Answer>(part: string, query: Query = {}): Promise<Answer> =>
    (await transport.json<Answer>({ path: `${path}${part}`, query })).answer;
  const list = async <Key extends string, Method extends Reading>(key: Key, part: string, query?: Query) =>
    (await get<Record<Key, Awaited<ReturnType<Run[Method]>>>>(part, query))[key];
  return {
    state: async () => fromRunStateJson(await get<RunStateJson>('/run-state')),
    view: () => get<RunView>(''),
    contexts: () => list<'contexts', 'contexts'>('contexts', '/contexts'),
    async transcript(context) {
      const part = context === undefined ? '/transcript' : `/contexts/${pathPart(context)}`;
      return list<'messages', 'transcript'>('messages', part);
    },
    output: (task) => list<'tasks', 'output'>('tasks', '/output', { task }),
    sharedState: () => get('/state'),
    stateHistory: async (key) => list<'versions', 'stateHistory'>('versions', `/state/${pathPart(key)}`),
    messages: () => list<'messages', 'messages'>('messages', '/messages'),
    checkpoints: () => list<'checkpoints', 'checkpoints'>('checkpoints', '/checkpoints'),
    evaluations: () => list<'evaluations', 'evaluations'>('evaluations', '/evaluations'),
    export: () => lines(transport, { path: `${path}/export`, accept: 'application/jsonl' }),
  };
}
