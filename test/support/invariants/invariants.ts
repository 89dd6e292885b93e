/*
 * What must hold after a run, whatever was killed on the way (issue 3, section 8; product.md 2B):
 * V1 A model request reaches the server once, once more for each fault of the server's own, and once more for each kill that found it
 *    in flight; always the same bytes.
 * V2 No request comes after its answer was committed.
 * V3 The ledger is the sum of the committed answers and of the calls that broke off, as the server counted them, in every limit; nothing stays held back (I5).
 *    No limit is overspent, unless somebody lowered it on the way.
 * V4, V6 to V8: see story.ts; V5, V9, V10: see end.ts; V11 to V13: see temporal.ts; V14, V15: see crew.ts; V16 to V19: see coding.ts.
 */
import { costOf } from '../../../src/domain/money/model-price.ts';
import { tableFacts } from '../../../src/domain/money/model-table.ts';
import type { Plan } from '../../../src/domain/plan/plan.ts';
import type { Usage } from '../../../src/domain/money/usage.ts';
import { totalTokens } from '../../../src/domain/money/usage.ts';
import type { Store } from '../../../src/store/store.ts';
import type { ScriptedModelServer, ScriptedRequest } from '../../../src/testing/index.ts';
import type { WorkerSettings } from '../../../src/workers/settings.ts';
import { groupBy } from './group-by.ts';
import { aboutCancel, aboutStory } from './story.ts';
import { aboutEnd, aboutIssues, aboutTraces } from './end.ts';
import { aboutCrew, aboutFiles } from './crew.ts';
import { aboutCoding } from './coding.ts';
import { foreignRequests } from './foreign-requests.ts';
import { aboutTemporal } from './temporal.ts';
import type { TemporalWitness } from './temporal-witness.ts';
import { aboutParts } from './parts.ts';
import { allEvents } from '../run/all-events.ts';

/** What a kill found. */
export interface Kill {
  at: number;
  /** Keys (`runKey/…`) of the model calls that were begun and not committed. */
  inFlight: ReadonlySet<string>;
}

/** Model calls of a run that are begun and not committed, as the journal has them. Also checks the reservations of the moment. */
export async function lookAtFlight(store: Store, runKey: string): Promise<Kill> {
  const { rows } = await store.sql.query<{ keys: string[]; reserved: number; held: number }>(
    `select coalesce(array_agg(j.key) filter (where j.kind = 'model'), '{}') as keys,
            r.reserved_nano as reserved, coalesce(sum(j.reserved_nano), 0)::bigint as held
     from runs r left join journal j on j.run_no = r.no and j.state = 'intent' where r.run_key = $1 group by r.no`,
    [runKey],
  );
  const { keys, reserved, held } = rows[0] ?? { keys: [], reserved: 0, held: 0 };
  if (reserved !== held) throw new Error(`${reserved} are held back, but open calls hold ${held}`);
  return { at: Date.now(), inFlight: new Set(keys.map((key) => `${runKey}/${key}`)) };
}

interface Answer {
  key: string;
  usage: Usage;
  cost: number;
  at: Date;
  /** A cancel cut it off: its usage is what the server had told by then. */
  isCut: boolean;
  /** It is no answer, but a call that broke off and was paid for. */
  isPart: boolean;
}

/** Where the checker looks: a {@link RunEnv} is one. */
export interface Scene {
  model: ScriptedModelServer;
  store: Store;
  temporal: TemporalWitness;
  /** What must be found nowhere. */
  settings: Pick<WorkerSettings, 'databaseUrl' | 'models'>;
}

/** What the checker may know of a run besides what it finds. */
export interface Known {
  /** Default: as the store has it. */
  plan?: Plan;
  /** When somebody cancelled it, in ms since 1970. */
  cancelledAt?: number;
}

/** Everything about an ended run that is not as it must be; empty when all is well. */
export async function violations(
  scene: Scene,
  runKey: string,
  kills: readonly Kill[],
  known: Known = {},
): Promise<string[]> {
  const { model, store } = scene;
  const run = await store.runs.find(runKey.slice(0, runKey.lastIndexOf(':')));
  if (run?.runKey !== runKey) return [`V12 the store has ${run ? `a later run ${run.runKey}` : 'no such run'}`];
  if (!run.result) return ['V9 the run has no result'];
  const own = groupBy(
    model.requests.filter((request) => request.callKey?.startsWith(`${runKey}/`)),
    (request) => request.callKey!,
  );
  const requests = new Map([...own, ...(await foreignRequests(scene, runKey))]);
  const { rows: answers } = await store.sql.query<Answer>(
    `select r.run_key || '/' || m.call_key as key, m.usage, m.cost_nano as cost, m.created_at as at,
       m.content::text like '%(cut off by a cancel)%' as "isCut", m.depth = 0 as "isPart"
     from messages m join runs r on r.no = m.run_no where r.run_key = $1 and m.role = 'assistant'
       -- What a task that is a tool said, no model has.
       and not (m.usage is null and m.cost_nano is null)`,
    [runKey],
  );
  const story = await allEvents(store, runKey);
  const plan = known.plan ?? (await store.runs.plan(run.planHash));
  const byKey = new Map(answers.filter(({ isPart }) => !isPart).map((answer) => [answer.key, answer]));
  return [
    ...[...requests].flatMap(([key, calls]) => aboutCalls(key, calls, byKey.get(key), kills)),
    ...answers.filter(({ key }) => !requests.has(key)).map(({ key }) => `V1 ${key} was answered, but never asked`),
    ...(await aboutLedger(store, runKey, answers, { requests, kills })),
    ...aboutParts(requests, answers, kills),
    ...(await aboutScopes(store, runKey)),
    ...aboutStory(story, plan),
    ...aboutFiles(story, plan),
    ...(await aboutCrew(store, runKey)),
    ...(await aboutCoding(store, { runKey, story, plan })),
    ...(known.cancelledAt === undefined ? [] : aboutCancel(story, [...requests.values()].flat(), known.cancelledAt)),
    ...(await aboutEnd(store, runKey, story)),
    ...(await aboutTraces(store, runKey)),
    ...(await aboutIssues(store, runKey)),
    ...(await aboutTemporal(scene, run, secretsOf(scene))),
  ];
}

function secretsOf({ settings }: Scene): string[] {
  const { password } = new URL(settings.databaseUrl);
  const keys = Object.values(settings.models.accounts).map(({ apiKey }) => apiKey);
  return [...keys, decodeURIComponent(password)].filter((secret) => secret.length >= 8);
}

function aboutCalls(
  key: string,
  calls: ScriptedRequest[],
  answer: Answer | undefined,
  kills: readonly Kill[],
): string[] {
  const found: string[] = [];
  const caught = kills.filter((kill) => kill.inFlight.has(key)).length;
  const paid = calls.filter((call) => call.outcome !== 'fault');
  if (paid.length > 1 + caught) found.push(`V1 ${key} was asked ${paid.length} times, allowed were ${1 + caught}`);
  const bodies = new Set(calls.map((call) => JSON.stringify(call.body)));
  if (bodies.size > 1) found.push(`V1 ${key} was asked in ${bodies.size} different ways`);
  if (!answer) {
    // Refused for good, or in the hands of a worker that died before the run was cancelled.
    const isAccountedFor = paid.length === 0 || caught > 0;
    return isAccountedFor ? found : [...found, `V1 ${key} was asked and its answer never committed`];
  }
  const late = calls.filter((call) => call.at > answer.at.getTime());
  if (late.length > 0) found.push(`V2 ${key} was asked again after its answer was committed`);
  const is = toUsage(answer.usage)!;
  const fits = ({ usage }: ScriptedRequest): boolean => {
    const must = toUsage(usage);
    return answer.isCut
      ? must === null || is.every((count, index) => count <= must[index]!)
      : JSON.stringify(is) === JSON.stringify(must);
  };
  if (!calls.some(fits)) found.push(`V3 ${key} has a usage that nobody reported`);
  return found;
}

// jsonb orders keys in its own way.
function toUsage(usage: Usage | null): number[] | null {
  return usage && [usage.inputTokens, usage.outputTokens, usage.cacheReadTokens, usage.cacheWriteTokens];
}

async function aboutLedger(
  store: Store,
  runKey: string,
  answers: Answer[],
  { requests, kills }: { requests: ReadonlyMap<string, ScriptedRequest[]>; kills: readonly Kill[] },
): Promise<string[]> {
  const { rows } = await store.sql.query<
    Record<'cost' | 'tokens' | 'held' | 'heldTokens' | 'heldInRows' | 'over', number>
  >(
    `select r.spent_nano as cost, r.spent_tokens as tokens, r.reserved_nano as held, r.reserved_tokens as "heldTokens",
            (select coalesce(sum(reserved_nano + reserved_tokens), 0)::bigint from journal where run_no = r.no) as "heldInRows",
            (coalesce(r.spent_nano > r.limit_nano, false) or coalesce(r.spent_tokens > r.limit_tokens, false))::integer as over
     from runs r where r.run_key = $1`,
    [runKey],
  );
  const expected = {
    cost: answers.reduce((sum, { key, cost, usage }) => {
      const { price } = tableFacts(requests.get(key)?.[0]?.body['model'] as string)!;
      return cost === costOf(price!, usage) ? sum + cost : Number.NaN;
    }, 0),
    tokens: answers.reduce((sum, { usage }) => sum + totalTokens(usage), 0),
    ...{ held: 0, heldTokens: 0, heldInRows: 0, over: 0 },
  };
  const is = JSON.stringify(rows[0]);
  const must = JSON.stringify(expected);
  const { inFlight } = await lookAtFlight(store, runKey);
  // A call that only met faults waits for its next attempt; a cancel ends it there, and no worker hears of it.
  const onlyFailed = (key: string): boolean => requests.get(key)?.every(({ outcome }) => outcome === 'fault') ?? false;
  const isLeft = (key: string): boolean => kills.some((kill) => kill.inFlight.has(key)) || onlyFailed(key);
  const forgotten = [...inFlight].filter((key) => !isLeft(key));
  return [
    ...(is === must ? [] : [`V3 the ledger is ${is}, but must be ${must}`]),
    ...forgotten.map((key) => `V3 ${key} is still under way in the journal`),
  ];
}

// Limits below the run's own have a row each: what is spent there is what the answers that count to it cost.
async function aboutScopes(store: Store, runKey: string): Promise<string[]> {
  const { rows } = await store.sql.query<{ scope: string; spent: number; held: number; must: number; over: boolean }>(
    `select l.scope, l.spent_nano as spent, l.reserved_nano + l.reserved_tokens as held,
       coalesce(l.spent_nano > l.limit_nano, false) or coalesce(l.spent_tokens > l.limit_tokens, false) as over,
       coalesce((select sum(m.cost_nano) from messages m join journal j on j.run_no = m.run_no and j.key = m.call_key
                 where m.run_no = l.run_no and m.cost_nano is not null and l.scope = any(j.scopes)), 0)::bigint as must
     from ledger l join runs r on r.no = l.run_no where r.run_key = $1`,
    [runKey],
  );
  return rows.flatMap(({ scope, spent, held, must, over }) => [
    ...(over ? [`V3 ${scope} is overspent`] : []),
    ...(spent === must ? [] : [`V3 ${spent} are spent of ${scope}, but its answers cost ${must}`]),
    ...(held === 0 ? [] : [`V3 ${held} are still held back in ${scope}`]),
  ]);
}
