import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, it } from 'vitest';

const script = fileURLToPath(new URL('../../../scripts/check-commits.mjs', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'gaffer-commits-'));

function check(message: string): { exitCode: number | null; stderr: string } {
  const file = join(folder, 'COMMIT_EDITMSG');
  writeFileSync(file, message);
  const { status, stderr } = spawnSync(process.execPath, [script, '--file', file], { encoding: 'utf8' });
  return { exitCode: status, stderr };
}

afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('check-commits', () => {
  it.each([
    'A cancel is told before what it ended',
    'Files stand in rooms: floors are layers, folders in them are features (301 moves)',
    '# Please enter the message\n\nNothing is told after a run\'s last event\n\nfix: the body says why. It may say "so".\n',
  ])('accepts %j', (message) => {
    expect(check(message)).toEqual({ exitCode: 0, stderr: '' });
  });

  it.each([
    ['fix: a cancel is told', 'upper-case'],
    ['Fix(cli): A cancel is told', 'no prefix'],
    ['Bench: many runs at once', 'no prefix'],
    ['a cancel is told before what it ended', 'upper-case'],
    ['A cancel is told before what it ended.', 'without a period'],
    [`A cancel is told ${'and told '.repeat(10)}`.trim(), 'at most 100'],
    ['Wip', 'a sentence'],
    ['', 'a sentence'],
  ])('refuses %j', (message, promise) => {
    const { exitCode, stderr } = check(message);
    expect(exitCode).toBe(1);
    expect(stderr).toContain(promise);
  });
});
