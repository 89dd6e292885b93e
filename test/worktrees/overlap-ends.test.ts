import { describe, expect, it } from 'vitest';
import type { RunResult } from '../../src/domain/run/run-result.ts';
import { worktreeKey } from '../../src/domain/worktrees/worktree-key.ts';
import { beginWait, endWait, holdKeys } from '../../src/store/wakes/waits.ts';
import { until } from '../support/base/until.ts';
import { yamlPlan } from '../support/plan/yaml-plan.ts';
import { useOverlapStage } from '../support/worktrees/overlap-stage.ts';

describe('of two tasks that change the same lines, where the earlier one does not come to an end by itself', () => {
  const stage = useOverlapStage();
  const { git, awaits, give, story, planWith, untilBoth, startUntilStanding, goUntilStanding } = stage;

  const goesOnByItself = async (runId: string, result: RunResult): Promise<void> => {
    expect(result.tasks['right']).toMatchObject({ status: 'succeeded' });
    expect(await story(runId, 'task:resumed')).toMatchObject([{ taskId: 'right' }]);
    expect([git('show', `gaffer/${runId}/right:src/a.ts`), git('show', `gaffer/${runId}/right:src/b.ts`)]).toEqual([
      'right',
      'own',
    ]);
    expect(git('merge-base', 'main', `gaffer/${runId}/right`)).toBe(git('rev-parse', `gaffer/${runId}/right^`));
    expect(git('for-each-ref', `refs/heads/gaffer/${runId}/left`)).toBe('');
    expect(stage.asked()).toContain('has ended and left nothing');
    const { rows } = await stage
      .env()
      .store.sql.query('select 1 from waits w join runs r on r.no = w.run_no where r.run_id = $1', [runId]);
    expect(rows).toEqual([]);
  };

  it.each([
    ['wait', 'child'],
    ['hand_over', 'inline'],
  ] as const)(
    'the later one goes on with its own change where the other fails (%s, tasks: %s)',
    async (policy, tasks) => {
      const runId = `overlap-fails-${policy.replace('_', '-')}-${tasks}`;
      const result = await (await goUntilStanding(runId, planWith(policy, { tasks, leftEnds: 'Then fail.' }))).result();
      expect(result.tasks['left']).toMatchObject({ status: 'failed' });
      await goesOnByItself(runId, result);
    },
  );

  it('the later one goes on with its own change where the other is skipped', async () => {
    const runId = 'overlap-skipped';
    const run = await startUntilStanding(runId, planWith('wait', { tasks: 'child' }));
    await run.skip({ task: 'left' });
    const result = await run.result();
    expect(result.tasks['left']).toMatchObject({ status: 'skipped' });
    await goesOnByItself(runId, result);
  });

  it('nobody stands still any more where the run ends', async () => {
    const runId = 'overlap-cancelled';
    const run = await startUntilStanding(runId, planWith('wait'));
    await run.cancel();
    expect((await run.result()).status).toBe('cancelled');
    const { rows } = await stage
      .env()
      .store.sql.query('select 1 from waits w join runs r on r.no = w.run_no where r.run_id = $1', [runId]);
    expect(rows).toEqual([]);
    expect(git('show', `refs/gaffer/${runId}/right/1:src/a.ts`)).toBe('right');
  });

  const isAtLocks = `select 1 from pg_locks where locktype = 'advisory' and not granted and database = (select oid from pg_database where datname = current_database())`;

  it('nobody waits for a task that has just begun to wait itself', async () => {
    const runId = 'overlap-stands-itself';
    const run = await stage.env().start(planWith('wait'), { runId });
    await untilBoth(runId);
    const { rows } = await stage
      .env()
      .store.sql.query<{ no: number }>('select no from runs where run_id = $1', [runId]);
    const no = rows[0]!.no;
    const waits = { no, callKey: 'left~1/9/call/0', key: 'answer/9', workflowId: runId, taskId: 'left' };
    await stage.env().store.transaction(async (sql) => {
      // Left begins to wait for somebody in the moment in which right has seen that it does not.
      await holdKeys(sql, no, [worktreeKey('left')]);
      await beginWait(sql, waits);
      await give(runId, 'right', 'begun');
      await until('right looks', async () => (await stage.env().store.sql.query(isAtLocks)).rowCount === 1);
    });
    await until('right is done', async () =>
      (await story(runId, 'merge:ready')).some(({ taskId }) => taskId === 'right'),
    );
    expect(await story(runId, 'task:waiting')).toEqual([]);
    await endWait(stage.env().store.sql, no, waits.callKey);
    await give(runId, 'left', 'go');
    expect((await run.result()).status).toBe('succeeded');
  });

  it('nobody waits for a task that waits for a person', async () => {
    const runId = 'overlap-person';
    const plan = planWith('wait', {
      tasks: 'child',
      leftEnds: 'Run: echo sensitive',
      top: "policy: [{ tool: bash, match: 'bash echo sensitive', action: ask }]",
    });
    const run = await goUntilStanding(runId, plan);
    await until('right is done', async () =>
      (await story(runId, 'merge:ready')).some(({ taskId }) => taskId === 'right'),
    );
    expect(git('show', `gaffer/${runId}/right:src/a.ts`)).toBe('right');
    expect(stage.asked()).toContain('waits for somebody itself. Go on.');
    await run.approve({ by: 'ann' });
    expect((await run.result()).status).toBe('succeeded');
  });

  it('nobody waits for a task that has ended and whose work was never sealed', async () => {
    const runId = 'overlap-unsealed';
    const plan = {
      ...yamlPlan(`
workspace: { isolate: worktree, on_overlap: wait }
tasks:
  - id: left
    prompt: |
      Run: echo left > src/a.ts
      Run: true
      Run: fails
  - id: right
    prompt: |
      Run: ${awaits('begun')}; echo right > src/a.ts
      Run: cat src/a.ts
`),
      workspace: stage.project(),
    };
    const run = await stage.env().start(plan, { runId });
    const ended = `select 1 from tasks t join runs r on r.no = t.run_no where r.run_id = $1 and t.id = 'left' and t.ended_no is not null`;
    const hasFailed = async () => (await stage.env().store.sql.query(ended, [runId])).rowCount === 1;
    const isOpen = async () => (await story(runId, 'worktree:created')).some(({ taskId }) => taskId === 'right');
    await until('left has failed', async () => (await hasFailed()) && (await isOpen()));
    // As an end leaves it whose last snapshot could not be made.
    const text = `update worktrees w set state = 'open' from runs r where r.no = w.run_no and r.run_id = $1 and w.task_id = 'left' and w.head_commit <> w.start_commit`;
    expect((await stage.env().store.sql.query(text, [runId])).rowCount).toBe(1);
    await give(runId, 'right', 'begun');
    expect((await run.result()).tasks['right']).toMatchObject({ status: 'succeeded' });
    expect(await story(runId, 'task:waiting')).toEqual([]);
  });
});
