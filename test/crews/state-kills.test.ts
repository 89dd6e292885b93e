import { describe, expect, it } from 'vitest';
import { planDefaults } from '../../src/domain/plan/plan.ts';
import type { Plan } from '../../src/domain/plan/plan.ts';
import { until } from '../support/base/until.ts';
import { countingScript } from '../support/crash/counting.ts';
import { seedsOf } from '../support/crash/seeds.ts';
import { groupBy } from '../support/invariants/group-by.ts';
import { openCrashStage } from '../support/crash/stage.ts';
import type { Kill } from '../support/invariants/invariants.ts';
import { violations } from '../support/invariants/invariants.ts';
import { agent, plan, task } from '../support/plan/builders.ts';

// CI has a small one; `npm run trials -- --factor 2 test/crews/state-kills` what issue 12 asks for.
const isWhole = seedsOf(1).length > 1;
const { counters, counts, kills } = isWhole
  ? { counters: 50, counts: 20, kills: 5 }
  : { counters: 8, counts: 5, kills: 1 };
const [guards, guarded] = [4, 2];
const longestMs = isWhole ? 1_800_000 : 60_000;

function crewOf(tasks: 'child' | 'inline'): Plan {
  const { limits, context } = planDefaults;
  const work = (how: string, name: string, times: number) =>
    task({ id: name, prompt: `${how} as ${name}, ${times} times.`, timeoutMs: null });
  return plan({
    name: 'counting',
    tasks: [
      ...Array.from({ length: counters }, (_, at) => work('Count', `c${at}`, counts)),
      ...Array.from({ length: guards }, (_, at) => work('Guard', `g${at}`, guarded)),
    ],
    agents: {
      worker: agent({ tools: ['state_get', 'state_set', 'state_lock', 'state_wait'], maxTurns: 5000, maxTokens: 100 }),
    },
    context: { ...context, maxMessages: 20_000 },
    limits: { ...limits, tasks, maxParallel: 8, usd: 500, timeoutMs: longestMs * 2 },
  });
}

describe.each(isWhole ? (['child', 'inline'] as const) : (['inline'] as const))(
  'ORCH-013, ORCH-014: what a crew shares under kills, tasks %s',
  (tasks) => {
    const stage = openCrashStage({ script: countingScript });

    it(
      `is exact: ${counters} agents count ${counts} times each, ${guards} under a lock, ${kills} workers are killed`,
      async () => {
        const { env } = stage;
        const crew = crewOf(tasks);
        const run = await env.start(crew);
        const versionOf = async (key: string): Promise<number> =>
          (await env.store.runs.find(run.id))
            ? ((await env.store.runs.sharedState(run.runKey)).values.find((one) => one.key === key)?.version ?? 0)
            : 0;
        const found: Kill[] = [];
        for (let nth = 1; nth <= kills; nth++) {
          const at = Math.floor((counters * counts * nth) / (kills + 1));
          await until(`${at} are counted`, async () => (await versionOf('count')) >= at, longestMs);
          found.push(await stage.crash(run.runKey));
        }
        await until('the run ends', async () => (await run.describe()).status !== 'running', longestMs);
        const result = await run.result();
        expect(result).toMatchObject({ status: 'succeeded', summary: { successfulTasks: counters + guards } });
        const { values, locks } = await run.sharedState();
        expect(values.map(({ key, version, value }) => [key, version, value])).toEqual([
          ['count', counters * counts, counters * counts],
          ['guarded', guards * guarded, guards * guarded],
        ]);
        expect(locks).toEqual([]);
        const history = await run.stateHistory('count');
        expect(history.map(({ value }) => value)).toEqual(history.map(({ version }) => version));
        const perTask = groupBy(history, (one) => one.task);
        expect([...perTask.values()].map((all) => all.length)).toEqual(Array(counters).fill(counts));
        expect(await violations(env, run.runKey, found, { plan: crew })).toEqual([]);
      },
      longestMs * 2,
    );
  },
);
