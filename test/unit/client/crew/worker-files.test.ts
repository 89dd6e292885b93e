import { spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { findLocalWorker, localWorkers, noteWorker } from '../../../../src/client/crew/worker-files.ts';

let home: string;
beforeEach(() => void (home = mkdtempSync(join(tmpdir(), 'gaffer-workers-'))));
afterEach(() => rmSync(home, { recursive: true }));

const launch = {
  taskQueue: 'gaffer',
  script: null,
  model: 'scripted',
  scriptPort: 1,
  unsandboxedShell: false,
  webAllow: [],
} as const;

describe('noteWorker', () => {
  it('lets others find this worker until it takes its note away', async () => {
    const forget = await noteWorker(home, 'dev', { ...launch, webAllow: [] });
    expect(await findLocalWorker(home, 'gaffer')).toMatchObject({ role: 'dev', process: { pid: process.pid }, launch });
    expect(await findLocalWorker(home, 'other')).toBeUndefined();
    forget();
    expect(await localWorkers(home)).toEqual([]);
  });

  it('is unreadable for other users', async () => {
    await noteWorker(home, 'run', { ...launch, webAllow: [] });
    expect(statSync(join(home, 'workers')).mode & 0o777).toBe(0o700);
    expect(statSync(join(home, 'workers', `${process.pid}.json`)).mode & 0o777).toBe(0o600);
  });
});

describe('localWorkers', () => {
  it('sweeps away the note of a worker that died without a word', async () => {
    await noteWorker(home, 'run', { ...launch, webAllow: [] });
    const child = spawn(process.execPath, ['-e', '']);
    await once(child, 'exit');
    const file = join(home, 'workers', `${process.pid}.json`);
    const note = JSON.parse(readFileSync(file, 'utf8')) as { process: { pid: number } };
    writeFileSync(file, JSON.stringify({ ...note, process: { ...note.process, pid: child.pid } }));
    expect(await localWorkers(home)).toEqual([]);
    expect(readdirSync(join(home, 'workers'))).toEqual([]);
  });

  it('is not fooled by another process with the same number', async () => {
    await noteWorker(home, 'run', { ...launch, webAllow: [] });
    const file = join(home, 'workers', `${process.pid}.json`);
    const note = JSON.parse(readFileSync(file, 'utf8')) as { process: { stamp: string } };
    writeFileSync(file, JSON.stringify({ ...note, process: { ...note.process, stamp: 'long ago' } }));
    expect(await localWorkers(home)).toEqual([]);
  });

  it('removes nothing that is not a note of ours, nor by way of a link', async () => {
    const project = join(home, 'project');
    mkdirSync(join(project, '.gaffer'), { recursive: true });
    writeFileSync(join(project, 'package.json'), '{}');
    symlinkSync('..', join(project, '.gaffer', 'workers'));
    await expect(localWorkers(join(project, '.gaffer'))).rejects.toThrow('is a link');
    mkdirSync(join(home, 'workers'));
    writeFileSync(join(home, 'workers', 'package.json'), '{}');
    expect(await localWorkers(home)).toEqual([]);
    expect([existsSync(join(project, 'package.json')), readdirSync(join(home, 'workers'))]).toEqual([
      true,
      ['package.json'],
    ]);
  });

  it('ignores what is no note', async () => {
    await noteWorker(home, 'run', { ...launch, webAllow: [] });
    writeFileSync(join(home, 'workers', '1.json'), '{"half":');
    expect(await localWorkers(home)).toHaveLength(1);
  });
});
