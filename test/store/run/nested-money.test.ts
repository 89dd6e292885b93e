import { randomUUID } from 'node:crypto';
import { beforeEach, describe, expect, it } from 'vitest';
import type { Holder } from '../../../src/store/journal/entry.ts';
import type { WorkerStore } from '../../../src/store/open-store.ts';
import { writeExchange } from '../../../src/store/run/nested-runs.ts';
import type { InheritedLimit } from '../../../src/store/run/run-settings.ts';
import { setRunLimits } from '../../../src/store/run/run-settings.ts';
import { openRun, savePlan } from '../../../src/store/runs.ts';
import { until } from '../../support/base/until.ts';
import { plan } from '../../support/plan/builders.ts';
import { useTestStore } from '../../support/store/test-store.ts';

const holder = (): Holder => ({ token: randomUUID(), host: 'h', pid: 1, workflowId: 'w', runId: 'r', activityId: '1' });

describe('money of runs that are tasks of a run', () => {
  let store: WorkerStore;
  let around: number;
  useTestStore((opened) => (store = opened.store));
  beforeEach(async () => {
    around = await open(null);
  });

  async function open(no: number | null, inherits: InheritedLimit[] = []): Promise<number> {
    const runKey = `run-${randomUUID()}`;
    const planHash = await savePlan(store.sql, plan());
    const parent = no === null ? null : { no, taskId: 'inner', attempt: 1, agent: 'x', scopes: [], inherits };
    const run = { runKey, runId: runKey, temporalRunId: 't', plan: plan(), planHash, board: runKey, launch: null };
    return openRun(store.sql, { ...run, parent }, { nano: 10_000, tokens: 10_000, nanoPerMinute: 1000 });
  }

  const begin = (no: number, key: string, nano: number, token = holder()) =>
    store.journal.beginModel({
      ...{ no, key, holder: token, message: null, intent: {}, reserve: { nano, tokens: 1 }, scopes: [], events: [] },
    });
  async function spend(no: number, key: string, cost: number): Promise<void> {
    const held = holder();
    expect(await begin(no, key, cost, held)).toEqual({ state: 'fresh' });
    await store.journal.commitModel({
      ...{ no, key, token: held.token, usage: {}, cost, tokens: 1, result: {} },
      message: {
        ...{ id: `${no}-${key}`, parent: null, root: `${no}-${key}`, viewFrom: null, depth: 1 },
        ...{ callKey: key, role: 'assistant' as const, content: [{ type: 'text' as const, text: 'x' }] },
      },
      ...{ context: { name: 'c', agent: 'worker' }, events: [] },
    });
  }
  const raise = (no: number) =>
    store.transaction((sql) => setRunLimits(sql, no, { nano: 20_000, tokens: 20_000, nanoPerMinute: 2000 }));

  it('of limits, has those raised that its file did not set, equal or not', async () => {
    const open1 = await open(around, ['usd', 'usdPerMinute']);
    const open2 = await open(open1, ['usd', 'tokens']);
    const own = await open(around, []);
    await raise(around);
    const { rows } = await store.sql.query<{ no: number }>(
      'select no, limit_nano as usd, limit_tokens as tokens, limit_nano_per_minute as speed from runs where no = any($1) order by no',
      [[around, open1, open2, own]],
    );
    expect(rows).toEqual([
      { no: around, usd: 20_000, tokens: 20_000, speed: 2000 },
      { no: open1, usd: 20_000, tokens: 10_000, speed: 2000 },
      { no: open2, usd: 20_000, tokens: 10_000, speed: 1000 },
      { no: own, usd: 10_000, tokens: 10_000, speed: 1000 },
    ]);
  });

  it('is raised and spent at once without waiting for each other in a circle', async () => {
    const inner = await open(around, ['usd']);
    let raised: Promise<void> | undefined;
    await store.transaction(async (sql) => {
      await sql.query('select 1 from runs where no = $1 for update', [inner]);
      raised = raise(around);
      await until('the other one waits', async () => {
        const { rows } = await store.sql.query(
          "select 1 from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'",
        );
        return rows.length > 0;
      });
      await sql.query('update runs set spent_nano = spent_nano + 1 where no = $1', [inner]);
    });
    await raised;
    const { rows } = await store.sql.query('select spent_nano, limit_nano from runs where no = $1', [around]);
    expect(rows).toEqual([{ spent_nano: 1, limit_nano: 20_000 }]);
  });

  it('is spent no faster by all of them than the run around them may, and what one cost is not counted again', async () => {
    const [one, other] = [await open(around), await open(around)];
    await spend(one, 'a~1/1/0', 600);
    const late = { scope: 'speed', spent: 600, asked: 500, limit: 1000 };
    expect(await begin(other, 'a~1/1/0', 500)).toMatchObject({
      exceeded: { ...late, scope: 'around/speed', isHeld: true },
    });
    expect(await begin(around, 'a~1/1/0', 500)).toMatchObject({
      exceeded: { ...late, freeAt: expect.stringMatching(/Z$/) as string },
    });
    expect(await begin(other, 'b~1/1/0', 2000)).toMatchObject({ state: 'exceeded' });
    const begun = { prompt: 'p', agent: 'x', context: 'inner' };
    const paid = { usage: {}, nano: 600 };
    await writeExchange(store.sql, {
      ...{ runKey: `key-${around}`, no: around, taskId: 'inner', attempt: 1, begun, answered: 'x', paid },
    });
    expect(await begin(around, 'b~1/1/0', 300)).toEqual({ state: 'fresh' });
  });
});
