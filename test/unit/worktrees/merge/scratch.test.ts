import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, readdirSync, utimesSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { beforeEach, expect, it, vi } from 'vitest';
import { identify } from '../../../../src/host/process-identity.ts';
import { withScratch } from '../../../../src/worktrees/merge/scratch.ts';
import { tempFolder } from '../../../support/base/temp-folder.ts';

let root: string;
beforeEach(() => {
  const state = tempFolder();
  vi.stubEnv('XDG_STATE_HOME', state);
  root = path.join(state, 'gaffer', 'merges');
  mkdirSync(root, { recursive: true, mode: 0o700 });
  return () => vi.unstubAllEnvs();
});

const elsewhere = '/nonexistent';

it('is a folder for each step, which goes with it, also when the step fails', async () => {
  const both = await withScratch(elsewhere, async (one) => withScratch(elsewhere, async (other) => [one, other]));
  expect(new Set(both).size).toBe(2);
  expect(readdirSync(root)).toEqual([]);
  const failing = withScratch(elsewhere, async (folder) => {
    writeFileSync(path.join(folder, 'file'), '');
    throw new Error('no');
  });
  await expect(failing).rejects.toThrow('no');
  expect(readdirSync(root)).toEqual([]);
});

it('takes away at once what one left who was killed, and nothing of one who lives or may live elsewhere', async () => {
  const [dead, living] = [spawn('sleep', ['1000']), spawn('sleep', ['1000'])];
  try {
    const owners = {
      'merge-dead': identify(dead.pid!),
      'merge-living': identify(living.pid!),
      'merge-elsewhere': { ...identify(living.pid!)!, place: 'another/namespace' },
    };
    for (const [name, owner] of Object.entries(owners)) {
      mkdirSync(path.join(root, name));
      writeFileSync(path.join(root, name, 'owner.json'), JSON.stringify(owner));
    }
    mkdirSync(path.join(root, 'merge-old'));
    utimesSync(path.join(root, 'merge-old'), 0, 0);
    mkdirSync(path.join(root, 'merge-begins'));
    const gone = once(dead, 'exit');
    dead.kill('SIGKILL');
    await gone;
    await withScratch(elsewhere, async () => undefined);
    expect(readdirSync(root).toSorted()).toEqual(['merge-begins', 'merge-elsewhere', 'merge-living']);
    expect(existsSync(path.join(root, 'merge-living', 'owner.json'))).toBe(true);
  } finally {
    living.kill('SIGKILL');
  }
});

it('removes what no path is short enough for, and nobody may list', async () => {
  const old = path.join(root, 'merge-deep');
  mkdirSync(old);
  // A shell goes down step by step, where a path would be too long.
  const dig = `n=$(printf 'd%.0s' $(seq 200)); for i in $(seq 40); do mkdir $n; cd -P $n; done; touch end; cd ..; chmod 0 .`;
  execFileSync('bash', ['-ec', dig], { cwd: old });
  utimesSync(old, 0, 0);
  await withScratch(elsewhere, async () => undefined);
  expect(readdirSync(root)).toEqual([]);
});
