import { chmodSync, existsSync, mkdirSync, statSync, symlinkSync } from 'node:fs';
import path from 'node:path';
import { beforeEach, describe, expect, it, vi, onTestFinished } from 'vitest';
import { privateFolder, privateFolders } from '../../../src/host/private-folder.ts';
import { tempFolder } from '../../support/base/temp-folder.ts';

describe('privateFolder', () => {
  let home = '';
  let temporary = '';
  let squatted = '';
  beforeEach(() => {
    [home, temporary] = [tempFolder(), tempFolder()];
    squatted = path.join(temporary, `gaffer-jobs-${process.getuid!()}`);
    vi.stubEnv('XDG_STATE_HOME', home);
    vi.stubEnv('TMPDIR', temporary);
    onTestFinished(() => void vi.unstubAllEnvs());
  });

  it('is below the home, closed to others, and the same each time', async () => {
    const folder = await privateFolder('jobs');
    expect(folder).toBe(path.join(home, 'gaffer/jobs'));
    expect(statSync(folder).mode & 0o777).toBe(0o700);
    expect(await privateFolder('jobs')).toBe(folder);
    expect(existsSync(squatted)).toBe(false);
  });

  it('is not kept from anybody by who took the name in the temporary folder first', async () => {
    mkdirSync(squatted);
    chmodSync(squatted, 0o777);
    expect(await privateFolder('jobs')).toBe(path.join(home, 'gaffer/jobs'));
    expect(await privateFolders('jobs')).toEqual([path.join(home, 'gaffer/jobs')]);
  });

  it('is not made by who only looks for it', async () => {
    expect(await privateFolders('jobs')).toEqual([]);
    expect(existsSync(squatted) || existsSync(path.join(home, 'gaffer'))).toBe(false);
    const folder = await privateFolder('jobs');
    expect(await privateFolders('jobs')).toEqual([folder]);
  });

  it('lies in no workspace', async () => {
    expect(await privateFolder('jobs', home)).toBe(squatted);
    expect(await privateFolder('jobs', `${home}/gaffer`)).toBe(squatted);
    expect(await privateFolder('jobs', `${home}/gaff`)).toBe(path.join(home, 'gaffer/jobs'));
  });

  it('is never one that others may open, nor what a link leads to', async () => {
    mkdirSync(squatted);
    chmodSync(squatted, 0o755);
    await expect(privateFolder('jobs', home)).rejects.toThrow('belongs to somebody else');
    mkdirSync(path.join(temporary, 'own'), { mode: 0o700 });
    symlinkSync(path.join(temporary, 'own'), path.join(temporary, `gaffer-other-${process.getuid!()}`));
    await expect(privateFolder('other', home)).rejects.toThrow('belongs to somebody else');
  });
});
