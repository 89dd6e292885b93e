import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, renameSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { ownFolders } from '../../../src/config/own-folders.ts';
import { anyChangedSince } from '../../../src/host/changed-since.ts';
import { until } from '../../support/base/until.ts';

let root: string;
let since: number;
const file = (name: string) => join(root, name);
const changed = (...known: string[]) => anyChangedSince([root], since, known.map(file));

beforeEach(async () => {
  root = mkdtempSync(join(tmpdir(), 'gaffer-changed-'));
  mkdirSync(file('src/deep'), { recursive: true });
  mkdirSync(file('agents'));
  for (const name of ['workflow.yaml', 'src/a.ts', 'src/deep/b.ts', 'agents/coder.md']) writeFileSync(file(name), 'x');
  execFileSync('git', ['init', '--quiet', root]);
  // Times of files go in steps: the next change must fall into another one.
  const before = statSync(file('agents')).ctimeMs;
  since = before;
  await until('the clock of the file system has gone on', () => {
    writeFileSync(file('.gaffer'), 'x');
    since = statSync(file('.gaffer')).ctimeMs;
    return since > before + 20;
  });
  rmSync(file('.gaffer'));
  mkdirSync(file('.gaffer'));
  since = Math.max(statSync(root).ctimeMs, statSync(file('.gaffer')).ctimeMs);
  await until('it has gone on once more', () => {
    writeFileSync(file('.gaffer/clock'), 'x');
    return statSync(file('.gaffer/clock')).ctimeMs > since + 20;
  });
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

describe('anyChangedSince', () => {
  it('finds nothing where nothing changed, whatever Gaffer and git keep there', async () => {
    execFileSync('git', ['-C', root, 'status']);
    writeFileSync(file('.gaffer/stack.json'), '{}');
    mkdirSync(file('.git/refs/gaffer'));
    writeFileSync(file('.git/refs/gaffer/r'), 'x');
    expect(await changed()).toBe(null);
  });

  it('takes what Gaffer keeps for its user for no work, also where the workspace is his home', async () => {
    vi.stubEnv('XDG_STATE_HOME', file('state'));
    vi.stubEnv('XDG_CACHE_HOME', file('cache'));
    vi.stubEnv('XDG_CONFIG_HOME', file('settings'));
    for (const folder of ['state/gaffer/fronts', 'cache/gaffer', 'settings/gaffer/trust'])
      mkdirSync(file(folder), { recursive: true });
    const told = ownFolders().map((path) => relative(root, path));
    since = Math.max(...[root, ...ownFolders()].map((path) => statSync(path).ctimeMs));
    await until('the clock of the file system has gone on', () => {
      for (const folder of ownFolders()) writeFileSync(join(folder, 'new'), 'x');
      return statSync(file('cache/gaffer/new')).ctimeMs > since + 20;
    });
    expect(await changed(...told)).toBe(null);
    writeFileSync(file('state/other'), 'x');
    expect(await changed(...told)).toContain('state/other');
    vi.unstubAllEnvs();
  });

  it.each([
    ['a changed file', 'src/deep/b.ts', () => writeFileSync(file('src/deep/b.ts'), 'y')],
    [
      'one whose time was set back',
      'src/a.ts',
      () => (writeFileSync(file('src/a.ts'), 'y'), utimesSync(file('src/a.ts'), 1, 1)),
    ],
    ['a new one', 'src/deep/new.ts', () => writeFileSync(file('src/deep/new.ts'), 'y')],
    ['one that is gone', 'src/deep', () => rmSync(file('src/deep/b.ts'))],
    ['one that is called otherwise', 'src/c.ts', () => renameSync(file('src/a.ts'), file('src/c.ts'))],
    ['a folder that is gone', 'src', () => rmSync(file('src/deep'), { recursive: true })],
    ['another branch', '.git/HEAD', () => writeFileSync(file('.git/HEAD'), 'ref: refs/heads/other')],
    ['a commit', '.git/refs/heads/main', () => writeFileSync(file('.git/refs/heads/main'), 'abc')],
  ])('finds %s', async (_, name, change) => {
    change();
    expect(await changed()).toBe(`${name} has changed since`);
  });

  it('does not take the definition for a change, however an editor saves it', async () => {
    writeFileSync(file('workflow.yaml.new'), 'y');
    renameSync(file('workflow.yaml.new'), file('workflow.yaml'));
    writeFileSync(file('agents/new.md'), 'y');
    expect(await changed('workflow.yaml', 'agents')).toBe(null);
    expect(await changed()).toBe('agents/new.md has changed since');
  });

  it('says so where the folder is gone', async () => {
    rmSync(root, { recursive: true });
    expect(await changed()).toBe('the workspace has changed since');
  });
});
