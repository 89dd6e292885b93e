import { expect, it } from 'vitest';
import type { RunEventBody, RunEventDraft } from '../../../src/domain/run/run-events.ts';
import type { WorkerStore } from '../../../src/store/open-store.ts';
import { appendNew } from '../../../src/store/run/events.ts';
import { openRun, savePlan } from '../../../src/store/runs.ts';
import { plan as planOf } from '../../support/plan/builders.ts';
import { useTestStore } from '../../support/store/test-store.ts';

let store: WorkerStore;
useTestStore((opened) => ({ store } = opened));

it('is what a task asks, and never beside it or in its place that its run stands still, whoever looks while that begins and ends', async () => {
  const plan = planOf();
  const planHash = await savePlan(store.sql, plan);
  const run = { runKey: 'waits:1', runId: 'waits', temporalRunId: '1', plan, planHash, board: 'waits', launch: null };
  const no = await openRun(store.sql, run, { nano: 1, tokens: null });
  let told = 0;
  // As a run tells it: all of one moment in one transaction.
  const tell = (status: string, ...bodies: RunEventBody[]): Promise<void> =>
    store.transaction(async (sql) => {
      await sql.query('update runs set status = $2 where no = $1', [no, status]);
      await appendNew(
        sql,
        no,
        bodies.map((body): RunEventDraft => ({ ...body, key: `told/${(told += 1)}` })),
      );
    });
  const why = { cause: 'budget', detail: 'raise limits.usd to go on' } as const;
  let isOver = false;
  const seen = new Set<string>();
  const look = async (): Promise<void> => {
    while (!isOver) seen.add((await store.runs.waiting()).map(({ taskId }) => taskId ?? 'the run').join());
  };
  const looking = [look(), look()];
  for (let round = 0; round < 40; round++) {
    await tell('waiting', { type: 'task:waiting', taskId: 'a', ...why }, { type: 'run:waiting', ...why });
    await tell('running', { type: 'task:resumed', taskId: 'a' }, { type: 'run:resumed', by: 'ann' });
  }
  isOver = true;
  await Promise.all(looking);
  expect([...seen].toSorted((a, b) => a.localeCompare(b))).toEqual(['', 'a']);
});
