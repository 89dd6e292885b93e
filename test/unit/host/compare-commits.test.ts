import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { compareCommits } from '../../../src/host/git-objects/compare-commits.ts';

let root: string;
const git = (...args: string[]): string =>
  execFileSync('git', ['-C', root, '-c', 'user.name=x', '-c', 'user.email=x@x', ...args], { encoding: 'utf8' }).trim();
const commit = (files: Record<string, string>): string => {
  for (const [name, text] of Object.entries(files)) writeFileSync(join(root, name), text);
  git('add', '-A');
  git('commit', '-qm', 'x');
  return git('rev-parse', 'HEAD');
};

beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), 'gaffer-compare-'));
  git('init', '-q');
});
afterAll(() => rmSync(root, { recursive: true, force: true }));

it.each([
  ['lines', 'x\n'.repeat(30_000)],
  ['characters', `${'x'.repeat(1500)}\n`.repeat(400)],
])('shows what changed behind a file that has too many %s', async (_, large) => {
  const before = commit({ 'a.txt': '', 'b.txt': '' });
  const after = commit({ 'a.txt': large, 'b.txt': 'small\n' });
  const { files, patch, isShortened } = await compareCommits(root, before, after);
  expect(files.map(({ path }) => path)).toEqual(['a.txt', 'b.txt']);
  expect(patch).toMatch(/^\+small$/m);
  expect(patch.length).toBeLessThanOrEqual(400_000);
  expect(isShortened).toBe(true);
});

it('shows names as people write them, and what was moved as moved', async () => {
  const text = 'line\n'.repeat(20);
  const before = commit({ 'für.txt': '', 'from.txt': text });
  rmSync(join(root, 'from.txt'));
  const after = commit({ 'für.txt': 'x\n', 'to.txt': text });
  const { files, patch } = await compareCommits(root, before, after);
  expect(patch).toContain('diff --git a/für.txt b/für.txt');
  expect(patch).toContain('rename from from.txt\nrename to to.txt');
  expect(files.map(({ path }) => path)).toEqual(['from.txt', 'für.txt', 'to.txt']);
});
