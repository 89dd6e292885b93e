import {
  chmodSync,
  chownSync,
  mkdirSync,
  mkdtempSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { findProgram, findPrograms, safePath } from '../../../src/host/programs.ts';
import { gitIn } from '../../../src/host/git.ts';
import { runTool } from '../../../src/host/run-tool.ts';

let base: string;
beforeEach(() => void (base = realpathSync(mkdtempSync(path.join(tmpdir(), 'gaffer-programs-')))));
afterEach(() => {
  vi.restoreAllMocks();
  vi.unstubAllEnvs();
  rmSync(base, { recursive: true });
});

/** A folder with a program that writes `evil` where it is run, or says its name. */
function plant(folder: string, name = 'tar'): string {
  const place = path.join(base, folder);
  mkdirSync(place, { recursive: true });
  writeFileSync(path.join(place, name), `#!/bin/sh\necho "from ${folder}"\necho ran > "${base}/evil"\n`);
  chmodSync(path.join(place, name), 0o755);
  return place;
}

const env = (...folders: string[]) => ({ PATH: folders.join(path.delimiter) });

describe('findProgram', () => {
  it('takes the first on PATH, by its absolute path', () => {
    const folders = [plant('a'), plant('b')];
    expect(findProgram('tar', { env: env(...folders) })).toBe(path.join(base, 'a', 'tar'));
    expect(findPrograms('tar', { env: env(...folders) })).toHaveLength(2);
    expect(findProgram('none', { env: env(...folders) })).toBeUndefined();
  });

  it.each(['node_modules/.bin', 'x/node_modules/y/bin'])('takes none of %s', (folder) => {
    const good = plant('good');
    expect(findProgram('tar', { env: env(plant(folder), good) })).toBe(path.join(good, 'tar'));
    expect(safePath({ env: env(plant(folder), good) })).toBe(good);
  });

  it('takes none from below the project of the current folder, also from above that folder', () => {
    const tools = plant('project/tools');
    writeFileSync(path.join(base, 'project', 'package.json'), '{}');
    mkdirSync(path.join(base, 'project', 'sub'));
    vi.spyOn(process, 'cwd').mockReturnValue(path.join(base, 'project', 'sub'));
    expect(findProgram('tar', { env: env(tools, '.', '', 'tools') })).toBeUndefined();
  });

  it('takes none from below a workspace, also through a link', () => {
    const tools = plant('workspace/tools');
    symlinkSync(tools, path.join(base, 'link'));
    mkdirSync(path.join(base, 'bin'));
    symlinkSync(path.join(tools, 'tar'), path.join(base, 'bin', 'tar'));
    const search = {
      env: env(tools, path.join(base, 'link'), path.join(base, 'bin')),
      avoid: [path.join(base, 'workspace')],
    };
    expect(findProgram('tar', search)).toBeUndefined();
  });

  it('takes none that others can write, nor from a folder that they can', () => {
    const [open, fine] = [plant('open'), plant('fine')];
    chmodSync(open, 0o777);
    expect(findProgram('tar', { env: env(open) })).toBeUndefined();
    chmodSync(path.join(fine, 'tar'), 0o757);
    expect(findProgram('tar', { env: env(fine) })).toBeUndefined();
  });

  it.runIf(process.getuid?.() === 0)('takes none of another account', () => {
    const folder = plant('theirs');
    chownSync(folder, 12_345, 12_345);
    expect(findProgram('tar', { env: env(folder) })).toBeUndefined();
  });
});

describe('what runs programs', () => {
  it('runs none that was planted, and hands on a PATH without them', async () => {
    const planted = plant('project/node_modules/.bin');
    const { code, output } = await runTool('tar', ['--version'], {
      timeoutMs: 10_000,
      env: env(planted, process.env['PATH']!),
    });
    expect({ code, output }).toMatchObject({ code: 0, output: expect.not.stringContaining('from project') });
    const shell = await runTool('/bin/sh', ['-c', 'echo $PATH'], { timeoutMs: 10_000, env: env(planted, '/usr/bin') });
    expect(shell.output.trim()).toBe('/usr/bin');
  });

  it('runs no git of the workspace', async () => {
    const planted = plant('workspace/bin', 'git');
    vi.stubEnv('PATH', `${planted}${path.delimiter}${process.env['PATH']}`);
    const git = gitIn(path.join(base, 'workspace'), { timeoutMs: 10_000 });
    expect(await git('--version')).toContain('git version');
  });
});
