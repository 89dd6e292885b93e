import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { RunEvent } from '../../src/domain/run/run-events.ts';
import type { ScriptedConversation } from '../../src/testing/index.ts';
import { listStanding } from '../../src/store/worktrees/worktree-rows.ts';
import { tempFolder } from '../support/base/temp-folder.ts';
import { until } from '../support/base/until.ts';
import { yamlPlan } from '../support/plan/yaml-plan.ts';
import { useStateHome } from '../support/worktrees/state-home.ts';
import { openRunEnv, type RunEnv } from '../support/run/run-env.ts';

// A prompt is a list of commands, one a line. What an agent is told later it answers with a command of its own, once.
const steps = (prompt: string): string[] => prompt.split('\n').flatMap((line) => /^Run: (.*)$/.exec(line)?.[1] ?? []);
const bash = (command: string) => ({ tools: [{ name: 'bash', input: { command } }] });
const saysAll = (c: ScriptedConversation): string => JSON.stringify(c);
const rules = [
  {
    name: 'resolves',
    when: (c: ScriptedConversation) =>
      saysAll(c).includes('take all markers out') &&
      !saysAll(c).includes('grep -q') &&
      !saysAll(c).includes('leaves it'),
    answer: () => bash("grep -q '<<<<<<<' src/a.ts && echo was-$(echo marked); printf 'left\\nright\\n' > src/a.ts"),
  },
  {
    name: 'takes over',
    when: (c: ScriptedConversation) =>
      saysAll(c).includes('hands its work over to you') && !saysAll(c).includes('taken over'),
    answer: () => bash("printf 'left\\nright\\n' > src/a.ts; echo taken over"),
  },
  {
    name: 'works',
    when: (c: ScriptedConversation) => c.results.length < steps(c.prompt).length,
    answer: (c: ScriptedConversation) => bash(steps(c.prompt)[c.results.length]!),
  },
  {
    name: 'tells',
    when: () => true,
    answer: (c: ScriptedConversation) => ({ text: c.results.map(({ content }) => content).join('\n') || 'done' }),
  },
];

describe('of two tasks that change the same lines', () => {
  let env: RunEnv;
  let project: string;
  useStateHome();

  const git = (...args: string[]): string =>
    execFileSync('git', ['-c', 'user.name=Ada', '-c', 'user.email=a@example.com', '-C', project, ...args], {
      encoding: 'utf8',
      stdio: 'pipe',
    }).trim();
  // Commands see their own worktree alone: a sign is a file there, which git ignores.
  const awaits = (name: string): string => `until [ -e ${name}.sign ]; do sleep 0.05; done`;
  const give = async (runId: string, taskId: string, name: string): Promise<void> => {
    const standing = (await listStanding(env.store.sql, null)).find(
      (each) => each.runId === runId && each.row.taskId === taskId,
    );
    writeFileSync(join(standing!.row.workspace, `${name}.sign`), '');
  };
  const story = async <Type extends RunEvent['type']>(runId: string, type: Type) =>
    (await env.story(runId)).filter((event): event is RunEvent & { type: Type } => event.type === type);

  beforeAll(async () => {
    env = await openRunEnv({ script: { rules } });
  });
  afterAll(async () => {
    await env.close();
  });
  beforeEach(() => {
    project = join(tempFolder(), 'project');
    mkdirSync(join(project, 'src'), { recursive: true });
    git('init', '-q', '-b', 'main');
    writeFileSync(join(project, 'src', 'a.ts'), 'a\n');
    writeFileSync(join(project, '.gitignore'), '*.sign\n');
    git('add', '-A');
    git('commit', '-qm', 'one');
  });

  // Left has changed the file and is at work until it is told; right changes it meanwhile, and depends on nothing.
  const planWith = (policy: string, tasks: 'inline' | 'child' = 'inline') => ({
    ...yamlPlan(`
limits: { tasks: ${tasks} }
workspace: { isolate: worktree, on_overlap: ${policy} }
tasks:
  - id: left
    prompt: |
      Run: echo left > src/a.ts
      Run: ${awaits('go')}
      Run: true
  - id: right
    prompt: |
      Run: ${awaits('begun')}; echo right > src/a.ts; echo own > src/b.ts
      Run: cat src/a.ts
  - { id: after, depends_on: [right], prompt: 'Run: cat src/a.ts src/b.ts' }
`),
    workspace: project,
  });

  const runUntilStanding = async (runId: string, plan: ReturnType<typeof planWith>) => {
    const run = await env.start(plan, { runId });
    const isOpen = async () => (await story(runId, 'worktree:created')).some(({ taskId }) => taskId === 'right');
    const isKept = async () => (await story(runId, 'snapshot:saved')).some(({ taskId }) => taskId === 'left');
    await until('left has changed the file', async () => (await isOpen()) && (await isKept()));
    await give(runId, 'right', 'begun');
    await until('right stands still', async () => (await story(runId, 'task:waiting')).length > 0);
    await give(runId, 'left', 'go');
    return run.result();
  };

  it.each(['inline', 'child'] as const)(
    'the later one waits for the end of the other and goes on from what it left (tasks: %s)',
    async (tasks) => {
      const runId = `overlap-wait-${tasks}`;
      const result = await runUntilStanding(runId, planWith('wait', tasks));
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
      expect(JSON.stringify(env.model.requests)).toContain('was-marked');
    },
  );

  it('the later one hands those files over, where the other hears of it, and keeps what else it did', async () => {
    const result = await runUntilStanding('overlap-hands', planWith('hand_over'));
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
    expect(JSON.stringify(env.model.requests)).toContain('left has taken over your change to src/a.ts');
    // Who depends on it begins from what became of its work.
    expect(String(result.tasks['after']!.output)).toMatch(/left\s+right\s+own/);
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
      workspace: project,
    };
    const result = await (await env.start(plan, { runId: 'overlap-apart' })).result();
    expect(result.tasks['both']).toMatchObject({ status: 'succeeded' });
    const told = (await story('overlap-apart', 'lease:overlap')).filter(({ taskId }) => taskId === 'both');
    expect(told).toMatchObject([{ other: 'free', files: ['src/a.ts'], decision: 'go_on' }]);
    const times = env.model.requests.map(
      (request) => JSON.stringify(request).split('does not go together with what you began from').length - 1,
    );
    expect(Math.max(...times)).toBe(1);
    expect(git('show', 'gaffer/overlap-apart/both:src/a.ts')).toBe('both');
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
      workspace: project,
    };
    const run = await env.start(plan, { runId });
    const ended = `select 1 from tasks t join runs r on r.no = t.run_no where r.run_id = $1 and t.id = 'left' and t.ended_no is not null`;
    const hasFailed = async () => (await env.store.sql.query(ended, [runId])).rowCount === 1;
    const isOpen = async () => (await story(runId, 'worktree:created')).some(({ taskId }) => taskId === 'right');
    await until('left has failed', async () => (await hasFailed()) && (await isOpen()));
    // As an end leaves it whose last snapshot could not be made.
    const text = `update worktrees w set state = 'open' from runs r where r.no = w.run_no and r.run_id = $1 and w.task_id = 'left' and w.head_commit <> w.start_commit`;
    expect((await env.store.sql.query(text, [runId])).rowCount).toBe(1);
    await give(runId, 'right', 'begun');
    expect((await run.result()).tasks['right']).toMatchObject({ status: 'succeeded' });
    expect(await story(runId, 'task:waiting')).toEqual([]);
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
      workspace: project,
    };
    const run = await env.start(plan, { runId });
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
