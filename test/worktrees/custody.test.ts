import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { asyncLocalStorage, type Context } from '@temporalio/activity';
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { createFrozenRuns } from '../../src/activities/base/frozen-run.ts';
import { openWorkspace } from '../../src/activities/workspace/open-workspace.ts';
import { putBack } from '../../src/activities/workspace/put-back.ts';
import { restoreTask } from '../../src/client/worktrees/restore-task.ts';
import { listWorktreeEntries, pruneWorktrees } from '../../src/client/worktrees/list-worktrees.ts';
import { runDiff } from '../../src/client/merge/run-branches.ts';
import type { Session } from '../../src/client/connection/session.ts';
import type { Plan } from '../../src/domain/plan/plan.ts';
import { changeBranch } from '../../src/store/merges/merge-branches.ts';
import { findStanding } from '../../src/store/worktrees/worktree-rows.ts';
import type { ScriptedConversation } from '../../src/testing/index.ts';
import { openWorktrees } from '../../src/workers/worktrees/open-worktrees.ts';
import { sweepWorktrees } from '../../src/workers/worktrees/sweep-worktrees.ts';
import type { Worktrees } from '../../src/worktrees/worktrees.ts';
import { until } from '../support/base/until.ts';
import { useStateHome } from '../support/worktrees/state-home.ts';
import { openRunEnv, type RunEnv } from '../support/run/run-env.ts';
import { yamlPlan } from '../support/plan/yaml-plan.ts';
import { bytesOf, gitAt, newProject, writeFiles } from '../support/worktrees/project.ts';

const works = {
  name: 'works',
  when: (c: ScriptedConversation) => c.prompt.startsWith('Run: ') && c.results.length < c.prompt.split('\n').length,
  answer: (c: ScriptedConversation) => ({
    tools: [{ name: 'bash', input: { command: c.prompt.split('\n')[c.results.length]!.replace('Run: ', '') } }],
  }),
};
const fails = {
  name: 'fails',
  when: (c: ScriptedConversation) => c.prompt.includes('then fail'),
  answer: () => ({ fault: { kind: 'refusal' } }) as const,
};
const ends = { name: 'ends', when: () => true, answer: () => ({ text: 'done' }) };

describe('custody of worktrees', () => {
  let env: RunEnv;
  let project: string;
  let session: Session;
  useStateHome();

  beforeAll(async () => {
    env = await openRunEnv({ script: { rules: [works, fails, ends] } });
    session = { store: env.store, tenant: null } as unknown as Session;
  });
  afterAll(async () => {
    await env.close();
  });
  beforeEach(() => {
    project = newProject();
  });

  const plan = (text: string): Plan => ({
    ...yamlPlan(`workspace: { isolate: worktree }\n${text}`),
    workspace: project,
  });
  const keyOf = async (runId: string): Promise<string> => (await env.store.runs.find(runId))!.runKey;
  const sweep = async (prune = false) =>
    sweepWorktrees({ store: env.store, worktrees: await openWorktrees(env.store.sql) }, { prune });
  const folderOf = async (runId: string, task: string): Promise<string> =>
    (await listWorktreeEntries(session, await keyOf(runId))).find((one) => one.task === task)!.folder;

  it('keeps what lives and what is merged nowhere, and removes the rest', async () => {
    await env.run(
      plan(`
tasks:
  - { id: changed, prompt: 'Run: echo 1 > new.ts' }
  - { id: same, prompt: 'Run: cat src/a.ts' }
  - { id: failed, prompt: "Run: echo 2 > lost.ts\\nthen fail" }
`),
      { runId: 'custody-ended' },
    );
    const run = await env.start(
      plan(`tasks: [{ id: waits, prompt: 'Run: echo 3 > new.ts' }]\npolicy: [{ tool: bash, action: ask }]`),
      { runId: 'custody-lives' },
    );
    await until('it waits', async () => (await run.waiting()).length === 1);
    // The worker does the same every minute.
    await sweep();
    expect(gitAt(project, 'show', 'refs/gaffer/kept/custody-ended/failed:lost.ts')).toBe('2');
    const wayOn = /its snapshot 1: `git (-C \S+ diff \w+ \w+)` shows it, `gaffer restore custody-ended failed@1`/;
    const why = await runDiff(session, 'custody-ended', 'failed').then(JSON.stringify, String);
    expect(why).toMatch(wayOn);
    expect(gitAt(project, ...wayOn.exec(why)![1]!.split(' '))).toContain('+2');
    const left = (await listWorktreeEntries(session)).map(({ run: id, task, status, isHere }) => [
      id,
      task,
      status,
      isHere,
    ]);
    expect(left).toEqual([
      ['custody-lives', 'waits', 'working', true],
      ['custody-ended', 'changed', 'done', true],
    ]);
    gitAt(project, 'merge', '-q', '--no-edit', 'gaffer/custody-ended/changed');
    await sweep();
    const standing = async (): Promise<string[]> => (await listWorktreeEntries(session)).map(({ task }) => task);
    expect(await standing()).toEqual(['waits']);
    expect(gitAt(project, 'for-each-ref', 'refs/gaffer/kept/custody-ended/changed')).toBe('');
    await sweep(true);
    expect(await standing()).toEqual(['waits']);
    await run.cancel();
    expect(gitAt(project, 'worktree', 'list', '--porcelain').match(/^worktree /gm)).toHaveLength(2);
  });

  it('keeps work that is merged nowhere under a ref, with what somebody changed there since, when a person has it removed', async () => {
    await env.run(plan(`tasks: [{ id: build, prompt: 'Run: echo 1 > new.ts' }]`), { runId: 'custody-prune' });
    const folder = await folderOf('custody-prune', 'build');
    writeFiles(folder, { 'by-hand.ts': 'mine\n' });
    const removed = await pruneWorktrees(session, await keyOf('custody-prune'));
    expect(removed).toMatchObject([{ task: 'build', folder, kept: 'refs/gaffer/kept/custody-prune/build' }]);
    expect(existsSync(folder)).toBe(false);
    const kept = (file: string): string => gitAt(project, 'show', `refs/gaffer/kept/custody-prune/build:${file}`);
    expect([kept('by-hand.ts'), kept('new.ts')]).toEqual(['mine', '1']);
    expect(await listWorktreeEntries(session, await keyOf('custody-prune'))).toEqual([]);
  });

  it('keeps the work of a run that is removed', async () => {
    const run = await env.start(plan(`tasks: [{ id: build, prompt: 'Run: echo 1 > new.ts' }]`), {
      runId: 'custody-rm',
    });
    await run.result();
    const folder = await folderOf('custody-rm', 'build');
    await run.remove();
    expect(existsSync(folder)).toBe(false);
    expect(gitAt(project, 'show', 'refs/gaffer/kept/custody-rm/build:new.ts')).toBe('1');
    expect(gitAt(project, 'for-each-ref', 'refs/gaffer/custody-rm')).toBe('');
  });

  it('gives back every byte of a snapshot, and keeps what a person changed there first', async () => {
    await env.run(
      plan(
        `tasks: [{ id: build, prompt: "Run: echo 1 > new.ts; chmod +x new.ts\\nRun: rm src/b.ts; ln -s new.ts other" }]`,
      ),
      { runId: 'custody-restore' },
    );
    const run = { runId: 'custody-restore', runKey: await keyOf('custody-restore') };
    const folder = await folderOf('custody-restore', 'build');
    const ended = bytesOf(folder);
    const restore = (snapshot: number | null) => restoreTask(session, run, { task: 'build', snapshot, by: 'person' });
    writeFileSync(join(folder, 'src/a.ts'), 'by hand\n');
    const edited = bytesOf(folder);
    expect(await restore(1)).toMatchObject({ snapshot: 1, saved: 3, before: 3, folder });
    const { other: _link, ...first } = ended;
    expect(bytesOf(folder)).toEqual({ ...first, 'src/b.ts': bytesOf(project)['src/b.ts'] });
    // It says what it put back, and what has that which stood there before.
    expect(await restore(3)).toMatchObject({ saved: null, before: 1, files: 3 });
    expect(await restore(3)).toMatchObject({ saved: null, before: 3, files: 0 });
    expect(bytesOf(folder)).toEqual(edited);
    expect(await restore(0)).toMatchObject({ saved: null, before: 3 });
    expect(bytesOf(folder)).toEqual(bytesOf(project));
    await sweep(true);
    expect(await restore(2)).toMatchObject({ snapshot: 2, before: null, files: null, folder });
    expect(bytesOf(folder)).toEqual(ended);
    await expect(restore(9)).rejects.toThrow('build has no snapshot 9: there is 0 to 3.');
    await expect(restoreTask(session, run, { task: 'no', snapshot: null, by: 'person' })).rejects.toThrow(
      'no of custody-restore works in no worktree of its own; these do: build.',
    );
    const told = (await env.story('custody-restore')).filter(({ type }) => type === 'snapshot:restored');
    expect(told).toHaveLength(5);
  });

  it('keeps the worktree of unmerged work where a person goes on with it, and looks at no file of it', async () => {
    await env.run(plan(`tasks: [{ id: build, prompt: 'Run: echo 1 > new.ts' }]`), { runId: 'custody-edited' });
    const folder = await folderOf('custody-edited', 'build');
    writeFiles(folder, { 'by-hand.ts': 'mine\n' });
    const worktrees = await openWorktrees(env.store.sql);
    const snapshot = vi.fn<Worktrees['snapshot']>((place, on) => worktrees.snapshot(place, on));
    await sweepWorktrees(
      { store: env.store, worktrees: { ...worktrees, snapshot } },
      { runKey: await keyOf('custody-edited') },
    );
    expect([existsSync(join(folder, 'by-hand.ts')), snapshot.mock.calls.length]).toEqual([true, 0]);
  });

  it('takes a branch for merged that a train has brought in as other commits', async () => {
    await env.run(plan(`tasks: [{ id: build, prompt: 'Run: echo 1 > new.ts' }]`), { runId: 'custody-picked' });
    const runKey = await keyOf('custody-picked');
    const { no } = (await findStanding(env.store.sql, runKey))!;
    await changeBranch(env.store.sql, no, { taskId: 'build', status: 'merged', mergedAs: 'c0ffee', reason: null });
    expect(await listWorktreeEntries(session, runKey)).toMatchObject([{ task: 'build', status: 'merged' }]);
    await sweep();
    expect(await listWorktreeEntries(session, runKey)).toEqual([]);
    expect(gitAt(project, 'for-each-ref', 'refs/gaffer/kept/custody-picked')).toBe('');
  });

  it('leaves what a person had put back until they say that it can go, and keeps each of their changes', async () => {
    await env.run(plan(`tasks: [{ id: build, prompt: "Run: echo 1 > new.ts\\nthen fail" }]`), {
      runId: 'custody-back',
    });
    const run = { runId: 'custody-back', runKey: await keyOf('custody-back') };
    await sweep();
    for (const name of ['one.ts', 'two.ts']) {
      const { folder } = await restoreTask(session, run, { task: 'build', snapshot: 1, by: 'person' });
      await sweep();
      writeFiles(folder, { [name]: 'mine\n' });
      await sweep();
      expect(existsSync(join(folder, name))).toBe(true);
      await pruneWorktrees(session, run.runKey);
      expect(existsSync(folder)).toBe(false);
    }
    const refs = gitAt(project, 'for-each-ref', '--format=%(refname)', 'refs/gaffer/kept/custody-back').split('\n');
    expect(refs.map((ref) => gitAt(project, 'ls-tree', '--name-only', ref, 'one.ts', 'two.ts'))).toEqual([
      'one.ts',
      'two.ts',
    ]);
  });

  it('keeps what stands in a worktree before another attempt gets it, and before it is put back', async () => {
    await env.run(plan(`tasks: [{ id: build, prompt: 'Run: echo 1 > new.ts' }]`), { runId: 'custody-again' });
    const runKey = await keyOf('custody-again');
    const folder = await folderOf('custody-again', 'build');
    const dependencies = {
      store: env.store,
      worktrees: await openWorktrees(env.store.sql),
      folderProblem: () => null,
      folderHost: 'here',
    };
    const run = await createFrozenRuns(env.store)(runKey);
    const input = { runKey, taskId: 'build', attempt: 1, epoch: 1, context: 'agent' };
    writeFiles(folder, { 'by-hand.ts': 'mine\n' });
    const context = {
      info: {},
      ...{ cancellationSignal: new AbortController().signal, heartbeat: () => undefined },
      cancelled: new Promise<never>(() => undefined),
    };
    await asyncLocalStorage.run(context as unknown as Context, () => openWorkspace(dependencies, run, input));
    writeFiles(folder, { 'last.ts': 'bytes\n' });
    await putBack(dependencies, run, input);
    expect([existsSync(join(folder, 'by-hand.ts')), existsSync(join(folder, 'last.ts'))]).toEqual([false, false]);
    const kept = (n: number): string =>
      gitAt(project, 'show', `refs/gaffer/custody-again/build/${n}:${n === 2 ? 'by-hand' : 'last'}.ts`);
    expect([kept(2), kept(3)]).toEqual(['mine', 'bytes']);
    const told = (await env.story('custody-again')).filter(({ type }) => type === 'snapshot:saved');
    expect(told).toHaveLength(3);
  });

  it('opens those of many tasks at once with few connections to the database', async () => {
    await env.run(plan(`tasks: [{ id: first, prompt: 'Run: true' }]`), { runId: 'custody-many' });
    const runKey = await keyOf('custody-many');
    const dependencies = {
      store: env.store,
      worktrees: await openWorktrees(env.store.sql),
      folderProblem: () => null,
      folderHost: 'here',
    };
    const run = await createFrozenRuns(env.store)(runKey);
    const context = {
      info: {},
      ...{ cancellationSignal: new AbortController().signal, heartbeat: () => undefined },
      cancelled: new Promise<never>(() => undefined),
    };
    let opened = 0;
    const all = Promise.all(
      Array.from({ length: 40 }, async (_, at) => {
        const input = { runKey, taskId: `many-${at}`, attempt: 1, epoch: 0, context: 'agent' };
        await asyncLocalStorage.run(context as unknown as Context, () => openWorkspace(dependencies, run, input));
        opened++;
      }),
    );
    const watched: number[] = [];
    while (opened < 40) {
      const { rows } = await env.store.sql.query<{ count: number }>(
        `select count(*)::int from pg_stat_activity where datname = current_database() and state = 'idle in transaction'`,
      );
      watched.push(rows[0]!.count);
      await Promise.race([all, setTimeout(20)]);
    }
    await all;
    expect(Math.max(...watched)).toBeLessThanOrEqual(3);
    expect(Math.max(...watched)).toBeGreaterThan(0);
  });

  it('leaves worktrees of other stores alone', async () => {
    await env.run(plan(`tasks: [{ id: build, prompt: 'Run: echo 1 > new.ts' }]`), { runId: 'custody-other' });
    const folder = await folderOf('custody-other', 'build');
    const other = await openRunEnv({ withWorker: false });
    try {
      const swept = await sweepWorktrees(
        { store: other.store, worktrees: await openWorktrees(other.store.sql) },
        { prune: true },
      );
      expect(swept).toEqual([]);
      expect(existsSync(folder)).toBe(true);
    } finally {
      await other.close();
    }
  });
});
