import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { ensureHome, findHome } from '../../src/config/home.ts';
import { userCacheDir } from '../../src/config/user-cache-dir.ts';
import { later, temporaryFolder } from '../support/dev/home.ts';

const isRoot = process.getuid?.() === 0;

describe('findHome', () => {
  it.each(['.gaffer', '.git', 'package.json'])('takes the nearest folder, going up, that holds %s', (marker) => {
    const root = temporaryFolder();
    const below = join(root, 'project', 'src', 'deep');
    mkdirSync(below, { recursive: true });
    mkdirSync(join(root, '.git'));
    mkdirSync(join(root, 'project', marker));
    expect(findHome({ cwd: below, env: {} }).path).toBe(join(root, 'project', '.gaffer'));
  });

  it('lets GAFFER_HOME move it, relative to where the command stands', () => {
    const cwd = temporaryFolder();
    expect(findHome({ cwd, env: { GAFFER_HOME: '../elsewhere' } }).path).toBe(join(cwd, '..', 'elsewhere'));
  });
});

describe('userCacheDir', () => {
  it.each([
    [{ XDG_CACHE_HOME: '/c', HOME: '/h' }, '/c/gaffer'],
    [{ XDG_CACHE_HOME: 'relative', HOME: '/h' }, '/h/.cache/gaffer'],
    [{ HOME: '/h' }, '/h/.cache/gaffer'],
  ])('is for %j in %s', (env, path) => expect(userCacheDir(env)).toBe(path));
});

describe('ensureHome', () => {
  it('creates a private folder that git ignores, and may be asked again', () => {
    const home = { path: join(temporaryFolder(), 'a', '.gaffer') };
    ensureHome(home);
    ensureHome(home);
    expect(statSync(home.path).mode & 0o777).toBe(0o700);
    expect(readFileSync(join(home.path, '.gitignore'), 'utf8')).toBe('*\n');
  });

  it('says that a file is in the way', () => {
    const path = join(temporaryFolder(), '.gaffer');
    writeFileSync(path, '');
    expect(() => ensureHome({ path })).toThrow(expect.objectContaining({ name: 'HomeError', reason: 'not-a-folder' }));
  });

  it.skipIf(isRoot)('says that it may not write there', () => {
    const folder = temporaryFolder();
    mkdirSync(join(folder, 'locked'), { mode: 0o500 });
    const path = join(folder, 'locked', '.gaffer');
    expect(() => ensureHome({ path })).toThrow(expect.objectContaining({ reason: 'not-writable' }));
  });

  it.skipIf(!canMount())('says that the disk is full, or the file system read-only', () => {
    const folder = temporaryFolder();
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=4m', 'tmpfs', folder]);
    later(() => execFileSync('umount', [folder]));
    const home = { path: join(folder, '.gaffer') };
    expect(() => ensureHome(home)).toThrow(/only \d MB are free.*GAFFER_HOME/);
    execFileSync('mount', ['-o', 'remount,ro', folder]);
    expect(() => ensureHome({ path: join(folder, 'other') })).toThrow(/read-only.*GAFFER_HOME/);
  });
});

function canMount(): boolean {
  if (!isRoot || process.platform !== 'linux') return false;
  try {
    execFileSync('unshare', ['-m', 'mount', '-t', 'tmpfs', 'tmpfs', '/mnt'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}
