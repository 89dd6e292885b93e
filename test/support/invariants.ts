/*
 * What must hold after a run, whatever was killed on the way (issue 3, section 8):
 * V1 A model request reaches the server once, and once more for each kill that found it in flight; always the same bytes.
 * V2 No request comes after its answer was committed.
 * V3 The ledger is the sum of the committed answers, as the server counted them; nothing stays held back.
 * V4 Events have no gaps and no doubles, and exactly one last one.
 * V5 Every issue is created, claimed and closed once, in the story and in the table.
 */
import type { RunEvent } from '../../src/domain/run-events.ts';
import { isLastEvent } from '../../src/domain/run-events.ts';
import { costOf, priceOf } from '../../src/domain/model-table.ts';
import type { Usage } from '../../src/domain/usage.ts';
import { totalTokens } from '../../src/domain/usage.ts';
import type { Store } from '../../src/store/store.ts';
import type { ScriptedModelServer, ScriptedRequest } from '../../src/testing/index.ts';

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
}

/** Everything about an ended run that is not as it must be; empty when all is well. */
export async function violations(
  { model, store }: { model: ScriptedModelServer; store: Store },
  runKey: string,
  kills: readonly Kill[],
): Promise<string[]> {
  const requests = groupBy(
    model.requests.filter((request) => request.callKey?.startsWith(`${runKey}/`)),
    (request) => request.callKey!,
  );
  const { rows: answers } = await store.sql.query<Answer>(
    `select r.run_key || '/' || m.call_key as key, m.usage, m.cost_nano as cost, m.created_at as at
     from messages m join runs r on r.no = m.run_no where r.run_key = $1 and m.role = 'assistant'`,
    [runKey],
  );
  const byKey = new Map(answers.map((answer) => [answer.key, answer]));
  return [
    ...[...requests].flatMap(([key, calls]) => aboutCalls(key, calls, byKey.get(key), kills)),
    ...answers.filter(({ key }) => !requests.has(key)).map(({ key }) => `V1 ${key} was answered, but never asked`),
    ...(await aboutLedger(store, runKey, answers, requests)),
    ...(await aboutStory(store, runKey)),
    ...(await aboutIssues(store, runKey)),
  ];
}

function aboutCalls(
  key: string,
  calls: ScriptedRequest[],
  answer: Answer | undefined,
  kills: readonly Kill[],
): string[] {
  const found: string[] = [];
  const allowed = 1 + kills.filter((kill) => kill.inFlight.has(key)).length;
  if (calls.length > allowed) found.push(`V1 ${key} was asked ${calls.length} times, allowed were ${allowed}`);
  const bodies = new Set(calls.map((call) => JSON.stringify(call.body)));
  if (bodies.size > 1) found.push(`V1 ${key} was asked in ${bodies.size} different ways`);
  if (!answer) return [...found, `V1 ${key} was asked and its answer never committed`];
  const late = calls.filter((call) => call.at > answer.at.getTime());
  if (late.length > 0) found.push(`V2 ${key} was asked again after its answer was committed`);
  const usages = calls.map((call) => JSON.stringify(toUsage(call.usage)));
  if (!usages.includes(JSON.stringify(toUsage(answer.usage)))) found.push(`V3 ${key} has a usage that nobody reported`);
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
  requests: ReadonlyMap<string, ScriptedRequest[]>,
): Promise<string[]> {
  const { rows } = await store.sql.query<Record<'cost' | 'tokens' | 'held' | 'heldTokens' | 'open', number>>(
    `select r.spent_nano as cost, r.spent_tokens as tokens, r.reserved_nano as held, r.reserved_tokens as "heldTokens",
            (select count(*) from journal where run_no = r.no and (state = 'intent' or reserved_nano <> 0)) as open
     from runs r where r.run_key = $1`,
    [runKey],
  );
  const expected = {
    cost: answers.reduce((sum, { key, cost, usage }) => {
      const price = priceOf(requests.get(key)?.[0]?.body['model'] as string)!;
      return cost === costOf(price, usage) ? sum + cost : Number.NaN;
    }, 0),
    tokens: answers.reduce((sum, { usage }) => sum + totalTokens(usage), 0),
    ...{ held: 0, heldTokens: 0, open: 0 },
  };
  const is = JSON.stringify(rows[0]);
  const must = JSON.stringify(expected);
  return is === must ? [] : [`V3 the ledger is ${is}, but must be ${must}`];
}

async function aboutStory(store: Store, runKey: string): Promise<string[]> {
  const story = await store.events.list(runKey);
  const found: string[] = [];
  if (story.some((event, index) => event.seq !== index + 1)) found.push('V4 the numbers of the events have gaps');
  const last = story.filter(isLastEvent);
  if (last.length !== 1 || last[0] !== story.at(-1)) found.push(`V4 ${last.length} last events, or one in the middle`);
  const doubles = [...groupBy(story.flatMap(identityOf), (name) => name)].filter(([, names]) => names.length > 1);
  return [...found, ...doubles.map(([name, names]) => `V4 ${names.length} events ${name}`)];
}

// What an event is about: there may be only one of each.
function identityOf(event: RunEvent): string[] {
  switch (event.type) {
    case 'agent:invoke':
    case 'agent:answer':
      return [`${event.type} ${event.taskId} ${event.turn}`];
    case 'tool:call':
    case 'tool:result':
      return [`${event.type} ${event.toolUseId}`];
    case 'issue:created':
    case 'issue:claimed':
    case 'issue:closed':
      return [`${event.type} ${event.issue}`, `${event.type} ${event.title} by ${event.actor}`];
    case 'task:start':
      return [`${event.type} ${event.taskId}~${event.attempt}`];
    case 'task:complete':
      return [`${event.type} ${event.taskId}`];
    case 'phase:start':
    case 'phase:complete':
      return [`${event.type} ${event.index}`];
    default:
      return [];
  }
}

async function aboutIssues(store: Store, runKey: string): Promise<string[]> {
  const { rows } = await store.sql.query<{ title: string; count: number; comments: number; status: string }>(
    `select i.title, i.status, count(*) over (partition by i.title, i.created_by) as count,
            (select count(*) from issue_comments c where c.board = i.board and c.number = i.number and kind = 'comment') as comments
     from issues i join runs r on r.board = i.board where r.run_key = $1`,
    [runKey],
  );
  return rows.flatMap(({ title, count, comments, status }) => [
    ...(count === 1 ? [] : [`V5 ${count} issues "${title}"`]),
    ...(comments <= 1 ? [] : [`V5 ${comments} comments on "${title}"`]),
    ...(status === 'closed' ? [] : [`V5 issue "${title}" is ${status}`]),
  ]);
}

function groupBy<Item>(items: readonly Item[], nameOf: (item: Item) => string): Map<string, Item[]> {
  const groups = new Map<string, Item[]>();
  for (const item of items) {
    const name = nameOf(item);
    groups.set(name, [...(groups.get(name) ?? []), item]);
  }
  return groups;
}
