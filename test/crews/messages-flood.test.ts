import { expect, it } from 'vitest';
import { planDefaults } from '../../src/domain/plan/plan.ts';
import type { Plan } from '../../src/domain/plan/plan.ts';
import type { ScriptedAnswer, ScriptedConversation } from '../../src/testing/index.ts';
import { until } from '../support/base/until.ts';
import { seedsOf } from '../support/crash/seeds.ts';
import { openCrashStage } from '../support/crash/stage.ts';
import type { Kill } from '../support/invariants/invariants.ts';
import { violations } from '../support/invariants/invariants.ts';
import { agent, plan, task } from '../support/plan/builders.ts';

// CI has a small one; `npm run trials -- --factor 2 test/crews/messages-flood` the 100,000 messages of issue 12.
const isWhole = seedsOf(1).length > 1;
const { agents, turns, each, kills } = isWhole
  ? { agents: 40, turns: 50, each: 50, kills: 20 }
  : { agents: 4, turns: 4, each: 10, kills: 1 };
const all = agents * turns * each;
const longestMs = isWhole ? 3_000_000 : 60_000;
const nameOf = (number: number): string => `a${number % agents}`;

/** What an agent says: so many messages to the next one in the circle, in each of its turns. */
function write({ prompt, messages }: ScriptedConversation): ScriptedAnswer {
  const number = Number(/Write as a(\d+)\./.exec(JSON.stringify(messages))?.[1] ?? NaN);
  if (Number.isNaN(number)) return { text: `nobody: ${prompt.slice(0, 100)}` };
  const turn = messages.filter(({ role }) => role === 'assistant').length;
  if (turn >= turns) return { text: 'written' };
  const to = nameOf(number + 1);
  const letter = (nth: number) => ({ to, kind: 'data', text: `<<${nameOf(number)} ${turn} ${nth}>>` });
  return { tools: Array.from({ length: each }, (_, nth) => ({ name: 'send_message', input: letter(nth) })) };
}

function crewOf(): Plan {
  const { limits, context } = planDefaults;
  return plan({
    name: 'flood',
    communication: true,
    tasks: Array.from({ length: agents }, (_, at) =>
      task({ id: nameOf(at), prompt: `Write as ${nameOf(at)}.`, timeoutMs: null }),
    ),
    agents: { worker: agent({ tools: ['send_message'], maxTurns: turns + 5, maxTokens: 100 }) },
    context: { ...context, maxMessages: 20_000, pruneAtTokens: 100_000_000 },
    limits: { ...limits, tasks: 'inline', maxParallel: agents, usd: 10_000, timeoutMs: longestMs * 2 },
  });
}

const stage = openCrashStage({ script: { rules: [{ name: 'all', when: () => true, answer: write }] } });

it(
  `ORCH-012 delivers ${all} messages of one run exactly once, in order, under ${kills} kills`,
  async () => {
    const { env } = stage;
    const crew = crewOf();
    const run = await env.start(crew);
    const count = async (): Promise<number> => {
      const text = 'select count(*)::int as n from inbox i join runs r on r.no = i.run_no where r.run_key = $1';
      return (await env.store.sql.query<{ n: number }>(text, [run.runKey])).rows[0]!.n;
    };
    const found: Kill[] = [];
    for (let nth = 1; nth <= kills; nth++) {
      const at = Math.floor((all * nth) / (kills + 1));
      await until(`${at} are sent`, async () => (await count()) >= at, longestMs);
      found.push(await stage.crash(run.runKey));
    }
    await until('the run ends', async () => (await run.describe()).status !== 'running', longestMs);
    expect(await run.result()).toMatchObject({ status: 'succeeded', summary: { successfulTasks: agents } });

    const heard = new Map<string, string[]>();
    let refused = 0;
    for (let at = 0; at < agents; at++) {
      const entries = await env.store.runs.transcript(run.runKey, nameOf(at));
      const told = entries.flatMap(({ message }) => (message.role === 'user' ? texts(message.content) : []));
      heard.set(nameOf(at), told);
      refused += entries.reduce((sum, { message }) => sum + refusedIn(message.content), 0);
    }
    // Who was quick has ended when others still write to it: they are told so.
    const sent = await count();
    expect(sent + refused).toBe(all);
    const delivered = [...heard.values()].flat();
    expect(new Set(delivered).size).toBe(delivered.length);
    for (const [name, told] of heard) expect(told, name).toEqual(told.toSorted(byPlace));
    const { rows } = await env.store.sql.query<{ state: string; n: number; folded: number }>(
      'select state, count(*)::int as n, (count(*) filter (where folded))::int as folded from inbox i join runs r on r.no = i.run_no where r.run_key = $1 group by 1',
      [run.runKey],
    );
    const counts = Object.fromEntries(rows.map(({ state, n }) => [state, n]));
    const folded = rows.reduce((sum, row) => sum + row.folded, 0);
    expect(counts['read']).toBe(delivered.length + folded);
    expect((counts['read'] ?? 0) + (counts['dead'] ?? 0)).toBe(sent);
    expect(await violations(env, run.runKey, found, { plan: crew })).toEqual([]);
    if (isWhole) console.log(await measure(run.runKey));
  },
  longestMs * 2,
);

function texts(content: readonly { type: string; text?: string }[]): string[] {
  return content.flatMap((block) => (block.type === 'text' ? (/<<(.*)>>/.exec(block.text ?? '')?.[1] ?? []) : []));
}

function refusedIn(content: readonly { type: string; content?: string }[]): number {
  const results = content.flatMap((block) => (block.type === 'tool_result' ? (block.content ?? '') : []));
  return results.filter((text) => text.startsWith('Not sent:') && text.includes('has ended')).length;
}

function byPlace(a: string, b: string): number {
  const [one, two] = [a, b].map((text) => text.split(' ').slice(1).map(Number));
  return one![0]! - two![0]! || one![1]! - two![1]!;
}

/** How quick sending was at the beginning and at the end: ms from one message of a call to the next, by thousands. */
async function measure(runKey: string): Promise<string> {
  const { rows } = await stage.env.store.sql.query<{ thousand: number; ms: number; waited: number }>(
    `with sent as (
       select i.no, row_number() over (order by i.no) as nth, i.at, i.delivered_at,
         extract(epoch from i.at - lag(i.at) over (partition by i.from_context order by i.no)) * 1000 as gap
       from inbox i join runs r on r.no = i.run_no where r.run_key = $1)
     select ((nth - 1) / 1000)::int as thousand, percentile_cont(0.5) within group (order by gap)::float as ms,
       percentile_cont(0.5) within group (order by extract(epoch from delivered_at - at) * 1000)::float as waited
     from sent group by 1 order by 1`,
    [runKey],
  );
  const shown = [...rows.slice(0, 3), ...rows.slice(-3)];
  return shown
    .map(({ thousand, ms, waited }) => `${thousand} 000: ${ms.toFixed(1)} ms each, read after ${Math.round(waited)} ms`)
    .join('\n');
}
