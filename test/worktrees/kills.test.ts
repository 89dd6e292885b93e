import { execFileSync } from 'node:child_process';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Session } from '../../src/client/connection/session.ts';
import { listWorktreeEntries } from '../../src/client/worktrees/list-worktrees.ts';
import { listSnapshots, listWorktrees } from '../../src/store/worktrees/worktree-rows.ts';
import type { ScriptedConversation } from '../../src/testing/index.ts';
import { tempFolder } from '../support/base/temp-folder.ts';
import { seeded, seedsOf } from '../support/crash/seeds.ts';
import { openRunEnv, type RunEnv } from '../support/run/run-env.ts';
import { buildIfStale, spawnWorker } from '../support/run/worker-process.ts';
import { yamlPlan } from '../support/plan/yaml-plan.ts';
import { gitAt, newProject } from '../support/worktrees/project.ts';

const lines = (prompt: string): string[] => prompt.split('\n').filter((line) => line.startsWith('Run: '));
const works = {
  name: 'works',
  when: (c: ScriptedConversation) => c.results.length < lines(c.prompt).length,
  answer: (c: ScriptedConversation) => ({
    tools: [{ name: 'bash', input: { command: lines(c.prompt)[c.results.length]!.slice('Run: '.length) } }],
  }),
};
const ends = { name: 'ends', when: () => true, answer: () => ({ text: 'done' }) };
const mostKills = 4;

describe('a worker that is killed in any moment', () => {
  let env: RunEnv;
  const state = execFileSync('mktemp', ['-d'], { encoding: 'utf8' }).trim();
  const before = process.env['XDG_STATE_HOME'];
  beforeAll(async () => {
    process.env['XDG_STATE_HOME'] = state;
    buildIfStale();
    env = await openRunEnv({ script: { rules: [works, ends] }, withWorker: false });
  });
  afterAll(async () => {
    await env.close();
    rmSync(state, { recursive: true, force: true });
    if (before === undefined) delete process.env['XDG_STATE_HOME'];
    else process.env['XDG_STATE_HOME'] = before;
  });

  it.each(seedsOf(1))('loses no byte of a task’s work and gives no worktree out twice (seed %i)', async (seed) => {
    const random = seeded(seed);
    const project = newProject();
    const names = ['one', 'two', 'three', 'four'];
    const tasks = names.map((name) => {
      const steps = [1, 2, 3].map((at) => `      Run: echo ${name}-${at} > src/${name}-${at}.ts; sync`);
      return `  - id: ${name}\n    prompt: |\n${steps.join('\n')}\n`;
    });
    const all = `  - { id: all, depends_on: [${names.join(', ')}], prompt: "Run: ls src > list.txt" }\n`;
    const plan = yamlPlan(`workspace: { isolate: worktree }\ntasks:\n${tasks.join('')}${all}`);
    const runId = `tree-kill-${seed}`;
    const run = await env.start({ ...plan, workspace: project }, { runId });
    let isOver = false;
    const result = run.result().finally(() => (isOver = true));
    for (let kills = 0; !isOver; kills++) {
      const worker = await spawnWorker(env.settings);
      if (kills === mostKills) await result;
      else await Promise.race([result, sleep(random(2500))]);
      await worker.kill();
    }
    expect((await result).status).toBe('succeeded');
    const { no, runKey } = await rowOf(env, runId);
    const rows = await listWorktrees(env.store.sql, no);
    expect(rows.map(({ taskId }) => taskId).toSorted()).toEqual([...names, 'all'].toSorted());
    expect(new Set(rows.map(({ folder }) => folder)).size).toBe(rows.length);
    for (const row of rows) {
      const tree = (folder: string, ref: string): string => gitAt(folder, 'rev-parse', `${ref}^{tree}`);
      expect(row.status).toBe('sealed');
      // What stands in the worktree is what its last snapshot and its branch have.
      expect(treeOf(row.folder)).toBe(tree(project, row.head));
      expect(tree(project, row.branch)).toBe(tree(project, row.head));
      const kept = await listSnapshots(env.store.sql, no, row.taskId);
      expect(kept.map(({ n }) => n)).toEqual(kept.map((_, index) => index + 1));
      for (const { n, commit } of kept)
        expect(gitAt(project, 'rev-parse', `refs/gaffer/${runId}/${row.taskId}/${n}`)).toBe(commit);
    }
    // A command that a kill cut off may not have run: what did run is in the branch of whoever comes after, too.
    const files = (branch: string): string[] => gitAt(project, 'ls-tree', '-r', '--name-only', branch).split('\n');
    const made = names.flatMap((name) => files(`gaffer/${runId}/${name}`).filter((file) => file.includes(`${name}-`)));
    expect(files(`gaffer/${runId}/all`)).toEqual(expect.arrayContaining(made));
    expect(made.length).toBeGreaterThanOrEqual(names.length);
    const entries = await listWorktreeEntries({ store: env.store } as unknown as Session, runKey);
    expect(entries.every(({ isHere }) => isHere)).toBe(true);
    expect(gitAt(project, 'worktree', 'list', '--porcelain').match(/^worktree /gm)).toHaveLength(rows.length + 1);
    expect(gitAt(project, 'status', '--porcelain')).toBe('');
  });
});

/** The files of a folder as a tree of git. */
function treeOf(folder: string): string {
  const env = { ...process.env, GIT_INDEX_FILE: join(tempFolder(), 'index') };
  const git = (...args: string[]): string =>
    execFileSync('git', ['-C', folder, ...args], { env, encoding: 'utf8', stdio: 'pipe' }).trim();
  git('add', '-A');
  return git('write-tree');
}

async function rowOf({ store }: RunEnv, runId: string): Promise<{ no: number; runKey: string }> {
  const { rows } = await store.sql.query<{ no: number; runKey: string }>(
    'select no, run_key as "runKey" from runs where run_id = $1',
    [runId],
  );
  return rows[0]!;
}
