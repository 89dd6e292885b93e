import { expect, it } from 'vitest';
import { agentRecords } from '../../../src/store/evaluation/agent-records.ts';
import { writeEvaluation } from '../../../src/store/evaluation/evaluations.ts';
import { observedRuns } from '../../../src/store/evaluation/observed-runs.ts';
import { storedTrials } from '../../../src/store/evaluation/stored-trials.ts';
import type { Evaluation } from '../../../src/domain/evaluation/evaluation.ts';
import type { WorkerStore } from '../../../src/store/open-store.ts';
import { openRun, savePlan } from '../../../src/store/runs.ts';
import { keepChoice, pastAttempts } from '../../../src/store/task/model-choices.ts';
import { loadWeights } from '../../../src/store/task/weights.ts';
import { plan as planOf } from '../../support/plan/builders.ts';
import { useTestStore } from '../../support/store/test-store.ts';

let store: WorkerStore;
useTestStore((opened) => ({ store } = opened));

/** A run of the same workflow that ended: one task, how long it took and how good it was. */
async function finished(runId: string, { ms, score, model }: { ms: number; score: number; model: string }) {
  const plan = planOf({ name: 'shared' });
  const planHash = await savePlan(store.sql, plan);
  const run = { runKey: `${runId}:k`, runId, temporalRunId: '1', plan, planHash, board: runId, launch: null };
  const no = await openRun(store.sql, run, { nano: 1, tokens: null });
  await store.sql.query(
    `update runs set status = 'succeeded', ended_at = now(), result = '{"runId":"","summary":{},"tasks":{}}' where no = $1`,
    [no],
  );
  await store.sql.query(
    `insert into tasks (run_no, id, task, status, agent, context, attempts, duration_ms)
     values ($1, 'one', 'one', 'succeeded', 'worker', 'one', 1, $2)`,
    [no, ms],
  );
  await keepChoice(store.sql, no, { task: 'one', id: 'one', attempt: 1 }, { model, complexity: 'simple', reason: '' });
  const checks = [{ name: 'c', kind: 'expression', weight: 1, score, detail: '' }];
  const one = { agent: 'worker', status: 'succeeded', score, checks };
  const evaluation = { case: 'x', score, grade: 'A', runId, tasks: { one } } as unknown as Evaluation;
  await writeEvaluation(store.sql, no, { byRun: `${runId}-evaluation`, evaluation });
  return no;
}

it('learns for a tenant from that tenant’s runs alone: how long, how good, which model, which agent', async () => {
  await finished('acme@learn-1', { ms: 1000, score: 90, model: 'acme-model' });
  await finished('zeta@learn-1', { ms: 9000, score: 10, model: 'zeta-model' });
  await finished('learn-1', { ms: 5000, score: 50, model: 'default-model' });
  const now = {
    acme: await finished('acme@learn-2', { ms: 1000, score: 90, model: 'acme-model' }),
    zeta: await finished('zeta@learn-2', { ms: 9000, score: 10, model: 'zeta-model' }),
    default: await finished('learn-2', { ms: 5000, score: 50, model: 'default-model' }),
  };
  const expected = { acme: [1000, 90], zeta: [9000, 10], default: [5000, 50] } as const;
  for (const [tenant, [ms, score]] of Object.entries(expected)) {
    const no = now[tenant as keyof typeof now];
    const weights = await loadWeights(store.sql, { no, workflow: 'shared', tasks: ['one'] });
    expect(weights).toEqual(new Map([['one', ms]]));
    expect(new Set((await pastAttempts(store.sql, no, 'one')).map(({ model }) => model))).toEqual(
      new Set([`${tenant}-model`]),
    );
    expect(await agentRecords(store.sql, no, ['worker'])).toEqual(new Map([['worker', { scores: 1, mean: score }]]));
    const { runs } = store.ofTenant(tenant);
    expect(await runs.agentStats('worker')).toMatchObject({ runs: 2, scores: { count: 2, mean: score } });
    const evaluated = await runs.evaluationsOf({ workflow: 'shared', limit: 10 });
    expect(evaluated.map((each) => each.score)).toEqual([score, score]);
    const own = tenant === 'default' ? ['learn-2', 'learn-1'] : [`${tenant}@learn-2`, `${tenant}@learn-1`];
    expect((await observedRuns(store.sql, tenant, 'shared')).map(({ run }) => run)).toEqual(own);
    const trials = await storedTrials(store.sql, { tenant, workflow: 'shared' }, { also: [] });
    expect(trials.map(({ run }) => run)).toEqual(own);
    expect((await runs.list({ workflow: 'shared' })).map(({ runId }) => runId)).toEqual(own);
    expect((await runs.page({ limit: 10 })).map(({ runId }) => runId)).toEqual(own);
    const others = ['acme@learn-1', 'zeta@learn-1', 'learn-1'].filter((id) => !own.includes(id));
    for (const id of others) expect(await runs.find(id)).toBeUndefined();
    expect((await runs.find(own[0]!))?.runId).toBe(own[0]);
  }
  expect(await store.runs.agentStats('worker')).toMatchObject({ runs: 6 });
  expect(await store.runs.page({ limit: 10 })).toHaveLength(6);
});

it('makes of an id the same tenant in the database as in code, of boards, too', async () => {
  const ids = ['x', 'acme@x', 'a@b@c', '@x', 'acme@x.deploy'];
  const { tenantOf } = await import('../../../src/domain/ids/tenant.ts');
  const { rows } = await store.sql.query<{ board: string; tenant: string }>(
    'insert into issue_boards (board) select unnest($1::text[]) returning board, tenant',
    [ids],
  );
  expect(rows.map(({ board, tenant }) => [board, tenant])).toEqual(ids.map((id) => [id, tenantOf(id)]));
  for (const runId of ids) await finished(runId, { ms: 1, score: 1, model: 'm' });
  for (const id of ids) {
    const { rows: found } = await store.sql.query('select tenant from runs where run_id = $1', [id]);
    expect(found).toEqual([{ tenant: tenantOf(id) }]);
  }
});
