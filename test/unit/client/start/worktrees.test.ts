import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { planWorktrees } from '../../../../src/client/start/worktrees.ts';
import type { Plan } from '../../../../src/domain/plan/plan.ts';
import { tempFolder } from '../../../support/base/temp-folder.ts';
import { yamlPlan } from '../../../support/plan/yaml-plan.ts';

let root: string;
const options = { folder: null, runId: 'fork' };

function repository(folder: string): string {
  const git = (...args: string[]) =>
    execFileSync('git', ['-C', folder, '-c', 'user.name=a', '-c', 'user.email=a@b', ...args], {
      encoding: 'utf8',
      stdio: 'pipe',
    });
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'name.txt'), folder);
  git('init', '--quiet');
  git('add', '-A');
  git('commit', '--quiet', '-m', folder);
  return git('rev-parse', 'HEAD').trim();
}

function plan(...folders: (string | null)[]): Plan {
  const tasks = folders.map(
    (folder, index) => `  - { id: t${index}, prompt: x${folder ? `, workspace: ${folder}` : ''} }\n`,
  );
  return { ...yamlPlan(`tasks:\n${tasks.join('')}`), workspace: root };
}

beforeEach(() => {
  root = join(tempFolder(), 'project');
  mkdirSync(root);
});

describe('planWorktrees', () => {
  it('gives repositories inside of the run’s a worktree beside its own', async () => {
    mkdirSync(join(root, 'docs'));
    const api = repository(join(root, 'packages/api'));
    const snapshot = repository(root);
    const moved = await planWorktrees(
      plan(null, 'packages/api', 'docs'),
      { snapshot, snapshots: { 'packages/api': api, docs: snapshot } },
      options,
    );
    expect(moved.plan).toMatchObject({ workspace: `${root}-fork`, folders: { 'packages/api': `${root}-fork-api` } });
    expect(moved.plan.folders).not.toHaveProperty('docs');
    await moved.worktree.create();
    for (const file of ['project-fork/name.txt', 'project-fork/docs', 'project-fork-api/name.txt']) {
      expect(existsSync(join(root, '..', file)), file).toBe(true);
    }
    await moved.worktree.remove();
    expect(existsSync(`${root}-fork`) || existsSync(`${root}-fork-api`)).toBe(false);
  });

  it('leaves a folder whose files are not kept where it is, unless it is a part of the run’s repository', async () => {
    repository(join(root, 'nested'));
    mkdirSync(join(root, 'part'));
    const snapshot = repository(root);
    const { plan: moved } = await planWorktrees(
      plan('nested', 'part', '/elsewhere'),
      { snapshot, snapshots: {} },
      options,
    );
    expect(moved.folders).toEqual({ nested: join(root, 'nested') });
  });

  it('makes none when one of them cannot be made', async () => {
    const snapshot = repository(root);
    const [one, two] = [join(root, '../one'), join(root, '../two')];
    const snapshots = { [one]: repository(one), [two]: repository(two) };
    const moved = await planWorktrees(plan(null, one, two), { snapshot, snapshots }, options);
    mkdirSync(`${root}-fork-two`);
    await expect(moved.worktree.create()).rejects.toThrow('is there already');
    expect(existsSync(`${root}-fork`) || existsSync(`${root}-fork-one`)).toBe(false);
    expect(existsSync(`${root}-fork-two`)).toBe(true);
  });

  it('refuses when tasks would work on in the run’s own folder', async () => {
    const api = repository(join(root, 'api'));
    const files = { snapshot: null, snapshots: { api } };
    await expect(planWorktrees(plan(null, 'api'), files, options)).rejects.toThrow('keeps no files of');
    const { plan: moved } = await planWorktrees(plan('api'), files, { ...options, folder: join(root, '../new') });
    expect(moved).toMatchObject({ workspace: root, folders: { api: join(root, '../new-api') } });
  });
});
