import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, describe, expect, it } from 'vitest';

const script = fileURLToPath(new URL('../../../scripts/changelog.mjs', import.meta.url));
const folders: string[] = [];

/** Runs the script on this changelog of a package that is at version 1.2.0. */
function changelog(text: string, ...flags: string[]): { exitCode: number | null; stderr: string; text: string } {
  const root = mkdtempSync(join(tmpdir(), 'gaffer-changelog-'));
  folders.push(root);
  const path = join(root, 'CHANGELOG.md');
  writeFileSync(path, text);
  writeFileSync(join(root, 'package.json'), '{ "version": "1.2.0" }');
  const { status, stderr } = spawnSync(process.execPath, [script, ...flags, root], { encoding: 'utf8' });
  return { exitCode: status, stderr, text: readFileSync(path, 'utf8') };
}

afterEach(() => {
  for (const root of folders.splice(0)) rmSync(root, { recursive: true, force: true });
});

describe('the changelog', () => {
  const good = '# Changelog\n\n## Unreleased\n\n- Runs can be paused.\n\n## 1.2.0\n\n- The first.\n';

  it('passes with sentences above the version of the package', () => {
    expect(changelog(good)).toMatchObject({ exitCode: 0, stderr: '' });
  });

  it.each([
    ['no place for what is unreleased', good.replace('## Unreleased', '## 1.3.0'), '"## Unreleased"'],
    ['another version than the package', good.replace('1.2.0', '1.1.0'), '1.2.0'],
    ['an entry that is no sentence', good.replace('paused.', 'paused'), 'a sentence'],
    ['a line twice', good.replace('- Runs can be paused.', '- Same.\n- Same.'), 'said twice'],
  ])('is refused with %s', (_what, text, message) => {
    const { exitCode, stderr } = changelog(text);
    expect(exitCode).toBe(1);
    expect(stderr).toContain(message);
  });

  it('gives what was unreleased to the version that is made', () => {
    const before = good.replace('1.2.0', '1.1.0');
    const after = changelog(before, '--release').text;
    expect(after).toBe(before.replace('## Unreleased\n', '## Unreleased\n\n## 1.2.0\n'));
    expect(changelog(after).exitCode).toBe(0);
  });

  it('makes no version of nothing', () => {
    const empty = good.replace('- Runs can be paused.\n\n', '');
    expect(changelog(empty, '--release')).toMatchObject({ exitCode: 1, text: empty });
  });
});
