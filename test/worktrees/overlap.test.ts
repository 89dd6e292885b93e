import { describe, expect, it } from 'vitest';
import { until } from '../support/base/until.ts';
import { yamlPlan } from '../support/plan/yaml-plan.ts';
import { useOverlapStage } from '../support/worktrees/overlap-stage.ts';

describe('of two tasks that change the same lines', () => {
  const stage = useOverlapStage();
  const { git, awaits, give, story, planWith, goUntilStanding } = stage;

  it.each(['inline', 'child'] as const)(
    'the later one waits for the end of the other and goes on from what it left (tasks: %s)',
    async (tasks) => {
      const runId = `overlap-wait-${tasks}`;
      const result = await (await goUntilStanding(runId, planWith('wait', { tasks }))).result();
      expect(result).toMatchObject({ status: 'succeeded' });
      const [told] = await story(runId, 'lease:overlap');
      expect(told).toMatchObject({ taskId: 'right', other: 'left', files: ['src/a.ts'], decision: 'wait' });
      expect((await story(runId, 'task:waiting'))[0]).toMatchObject({ taskId: 'right', cause: 'crew' });
      expect((await story(runId, 'task:resumed'))[0]).toMatchObject({ taskId: 'right' });
      expect(git('show', `gaffer/${runId}/right:src/a.ts`)).toBe('left\nright');
      expect(git('show', `gaffer/${runId}/right:src/b.ts`)).toBe('own');
      expect(git('merge-base', `gaffer/${runId}/left`, `gaffer/${runId}/right`)).toBe(
        git('rev-parse', `gaffer/${runId}/left`),
      );
      expect(stage.asked()).toContain('was-marked');
    },
  );

  it('the later one hands those files over, where the other hears of it, and keeps what else it did', async () => {
    const result = await (await goUntilStanding('overlap-hands', planWith('hand_over'))).result();
    expect(result).toMatchObject({ status: 'succeeded' });
    expect((await story('overlap-hands', 'lease:overlap'))[0]).toMatchObject({
      taskId: 'right',
      decision: 'hand_over',
    });
    const file = (branch: string, name: string): string => git('show', `gaffer/overlap-hands/${branch}:src/${name}.ts`);
    expect(file('left', 'a')).toBe('left\nright');
    expect([file('right', 'a'), file('right', 'b')]).toEqual(['left\nright', 'own']);
    // What it had done is kept, and nothing of it comes twice.
    expect(git('show', 'refs/gaffer/overlap-hands/right/1:src/a.ts')).toBe('right');
    expect(git('diff', '--name-only', 'gaffer/overlap-hands/left', 'gaffer/overlap-hands/right')).toBe('src/b.ts');
    expect(stage.asked()).toContain('left has taken over your change to src/a.ts');
    // Who depends on it begins from what became of its work.
    expect(String(result.tasks['after']!.output)).toMatch(/left\s+right\s+own/);
  });

  it('three wait for each other in the order of the plan, each once for all before it, and none for ever', async () => {
    const runId = 'overlap-three';
    const changes = (task: string): string => `echo ${task} >> src/many.ts`;
    const plan = {
      ...yamlPlan(`
workspace: { isolate: worktree, on_overlap: wait }
tasks:
  - { id: one, prompt: "Run: ${changes('one')}\\nRun: ${awaits('go')}" }
  - { id: two, prompt: "Run: ${awaits('begun')}; ${changes('two')}" }
  - { id: three, prompt: "Run: ${awaits('begun')}; ${changes('three')}" }
`),
      workspace: stage.project(),
    };
    const run = await stage.env().start(plan, { runId });
    const waiting = async () => (await story(runId, 'task:waiting')).map(({ taskId }) => taskId);
    await until('the first has changed the file, and the others have begun', async () => {
      const saved = await story(runId, 'snapshot:saved');
      return saved.length > 0 && (await story(runId, 'worktree:created')).length === 3;
    });
    await give(runId, 'three', 'begun');
    await until('the last stands still', async () => (await waiting()).includes('three'));
    await give(runId, 'two', 'begun');
    await until('the second stands still', async () => (await waiting()).includes('two'));
    await give(runId, 'one', 'go');
    expect(await run.result()).toMatchObject({ status: 'succeeded' });
    const lines = (task: string): string[] => git('show', `gaffer/${runId}/${task}:src/many.ts`).split('\n').toSorted();
    expect([lines('one'), lines('two'), lines('three')]).toEqual([['one'], ['one', 'two'], ['one', 'three', 'two']]);
    expect(new Set(await waiting())).toEqual(new Set(['two', 'three']));
    expect(git('merge-base', `gaffer/${runId}/two`, `gaffer/${runId}/three`)).toBe(
      git('rev-parse', `gaffer/${runId}/two`),
    );
  });

  it('a task that began from what conflicts with the other is told once, and ends', async () => {
    // What has a scope is not looked at, so both are there, and the last one begins from the first.
    const plan = {
      ...yamlPlan(`
workspace: { isolate: worktree, on_overlap: wait }
tasks:
  - { id: scoped, files_scope: [src/**], prompt: 'Run: echo scoped > src/a.ts' }
  - { id: free, prompt: 'Run: echo free > src/a.ts' }
  - id: both
    depends_on: [scoped, free]
    prompt: |
      Run: echo both > src/a.ts
      Run: cat src/a.ts
`),
      workspace: stage.project(),
    };
    const result = await (await stage.env().start(plan, { runId: 'overlap-apart' })).result();
    expect(result.tasks['both']).toMatchObject({ status: 'succeeded' });
    const told = (await story('overlap-apart', 'lease:overlap')).filter(({ taskId }) => taskId === 'both');
    expect(told).toMatchObject([{ other: 'free', files: ['src/a.ts'], decision: 'go_on' }]);
    const times = stage
      .env()
      .model.requests.map(
        (request) => JSON.stringify(request).split('does not go together with what you began from').length - 1,
      );
    expect(Math.max(...times)).toBe(1);
    expect(git('show', 'gaffer/overlap-apart/both:src/a.ts')).toBe('both');
  });

  it('work that ends with the conflict markers that it was given is no branch', async () => {
    const runId = 'overlap-marked';
    const plan = {
      ...yamlPlan(`
workspace: { isolate: worktree, on_overlap: wait }
tasks:
  - { id: left, prompt: 'Run: echo left > src/a.ts' }
  - id: right
    prompt: |
      Run: ${awaits('begun')}; echo right > src/a.ts
      Run: echo leaves it
`),
      workspace: stage.project(),
    };
    const run = await stage.env().start(plan, { runId });
    const isOpen = async () => (await story(runId, 'worktree:created')).some(({ taskId }) => taskId === 'right');
    const isReady = async () => (await story(runId, 'merge:ready')).some(({ taskId }) => taskId === 'left');
    await until('left is done', async () => (await isOpen()) && (await isReady()));
    await give(runId, 'right', 'begun');
    const { right } = (await run.result()).tasks;
    expect(right).toMatchObject({ status: 'failed' });
    expect(right!.error).toContain('conflict markers from bringing its work together');
    expect(right!.error).toContain('src/a.ts');
    expect(git('for-each-ref', `refs/heads/gaffer/${runId}/right`)).toBe('');
  });
});
