import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect } from 'vitest';
import { attemptFolders, contained, doneOf, runLine } from '../support/contain/contained.ts';

/** A worktree with `mine`, which is leased, and what others have. */
function leasedFolder() {
  const own = attemptFolders();
  for (const name of ['mine', 'theirs/deep']) mkdirSync(path.join(own.folder, name), { recursive: true });
  for (const name of ['top', 'theirs/file', 'theirs/deep/file', 'mine/file'])
    writeFileSync(path.join(own.folder, name), 'as it was');
  symlinkSync('../theirs', path.join(own.folder, 'mine/to-theirs'));
  symlinkSync('mine', path.join(own.folder, 'to-mine'));
  return own;
}

const attempts = [
  'echo new > top',
  'echo more >> theirs/file',
  'echo new > theirs/new',
  'mkdir new-folder',
  'rm -f theirs/file',
  'mv theirs elsewhere',
  'mv theirs/file mine/taken',
  'mv mine/file theirs/file',
  'ln theirs/file mine/linked && echo new > mine/linked',
  'echo new > mine/to-theirs/file',
  'ln -s ../theirs/file mine/link && echo new > mine/link',
  'rm -f mine/out && ln -s "$PWD" mine/out && echo new > mine/out/top',
  'echo new > mine/../top',
  'exec 8< theirs/file && echo new > /proc/self/fd/8',
  'echo new > "/proc/self/root$PWD/top"',
  'echo new > "/proc/1/root$PWD/top"',
  'echo new > /proc/self/cwd/top',
  'rmdir mine',
  'mv mine yours',
  'chmod 777 theirs/file',
  'touch -t 200001010000 theirs/file',
  'truncate -s 0 theirs/file',
  'mount -o remount,rw "$PWD"',
  'mount --bind mine theirs',
  'unshare -rm sh -c "mount -o remount,bind,rw $PWD && echo new > top"',
  'bwrap --bind / / sh -c "echo new > top"',
  `node -e "fs.renameSync('mine/file', 'theirs/file')"`,
  `node -e "fs.copyFileSync('mine/file', 'theirs/file')"`,
  `node -e "fs.writeSync(fs.openSync('theirs/file', 'r+'), 'new')"`,
  `node -e "fs.writeFileSync('/proc/self/fd/' + fs.openSync('theirs', 'r') + '/new', 'new')"`,
  `node -e "require('net').createServer().listen('theirs/s', () => process.exit()).on('error', () => process.exit(1))"`,
];

describe('a lease', () => {
  contained('lets nothing be written beside it, by whatever way', async () => {
    const own = leasedFolder();
    const theirs = () => ['.', 'theirs', 'theirs/deep'].map((name) => readdirSync(path.join(own.folder, name)));
    const before = theirs();
    expect(await doneOf(attempts, { ...own, writable: ['mine'] })).toEqual([]);
    for (const name of ['top', 'theirs/file', 'theirs/deep/file'])
      expect(readFileSync(path.join(own.folder, name), 'utf8')).toBe('as it was');
    expect(theirs()).toEqual(before);
    expect(statSync(path.join(own.folder, 'theirs/file')).mode & 0o777).not.toBe(0o777);
  });

  contained('lets everything be done in its folders, which are made when they are missing', async () => {
    const own = leasedFolder();
    const line =
      'echo new > mine/file && mv mine/file mine/moved && mkdir -p mine/a/b && echo x > new/deep/x && ln mine/moved mine/same && ls new/deep';
    const ran = await runLine(line, { ...own, writable: ['mine/', './new/deep', 'mine/inner'] });
    expect(ran).toMatchObject({ exitCode: 0, out: 'x', errors: '' });
    expect(readFileSync(path.join(own.folder, 'mine/same'), 'utf8')).toBe('new\n');
    expect(readFileSync(path.join(own.folder, 'new/deep/x'), 'utf8')).toBe('x\n');
  });

  contained('on all of a folder is none', async () => {
    const own = leasedFolder();
    expect(await runLine('echo new > top', { ...own, writable: ['mine', '.'] })).toMatchObject({ exitCode: 0 });
    expect(readFileSync(path.join(own.folder, 'top'), 'utf8')).toBe('new\n');
  });

  contained('on nothing lets nothing be written, and its home all the same', async () => {
    const own = leasedFolder();
    const { out } = await runLine('touch x; touch mine/x; touch "$HOME/x" /tmp/x && echo HOME', {
      ...own,
      writable: [],
    });
    expect(out).toBe('HOME');
    expect(existsSync(path.join(own.folder, 'mine/x'))).toBe(false);
  });

  contained('keeps what is believed outside covered', async () => {
    const own = leasedFolder();
    mkdirSync(path.join(own.folder, 'agents'));
    const line = 'touch agents/evil.md && echo WROTE; mkdir .claude && echo MADE; rmdir agents && echo REMOVED';
    expect((await runLine(line, { ...own, writable: ['agents', 'mine'] })).out).toBe('');
    expect(readdirSync(path.join(own.folder, 'agents'))).toEqual([]);
  });

  contained('is not given on a link, a file, what lies outside or what is git’s own', async () => {
    const own = leasedFolder();
    for (const [name, reason] of refused) {
      await expect(runLine('true', { ...own, writable: [name] })).rejects.toThrow(reason);
      expect(readdirSync(own.home)).toEqual([]);
    }
    expect(existsSync(path.join(own.folder, '../elsewhere'))).toBe(false);
  });
});

const refused: [name: string, reason: string][] = [
  ['to-mine', 'is a link, which cannot be guarded'],
  ['mine/to-theirs/deep', 'is a link, which cannot be guarded'],
  ['mine/file', 'is no folder'],
  ['../elsewhere', 'lies outside of the workspace'],
  ['mine/../../elsewhere', 'lies outside of the workspace'],
  ['/etc', 'lies outside of the workspace'],
  ['mine/.GIT/hooks', 'belongs to git'],
];
