import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { runJob } from '../../../../src/tools/shell/shell-job.ts';
import { tempFolder } from '../../../support/base/temp-folder.ts';

const tight = { timeoutMs: 60_000, maxProcesses: 0, maxMemoryBytes: 0 };
const run = { argv: ['/bin/true'], cwd: '/', env: {} };
const { signal } = new AbortController();

describe.skipIf(!existsSync('/proc/self'))('a job that is over its limits', () => {
  it('is told of as that also when its processes are gone by the time they are to be ended', async () => {
    const state = tempFolder();
    vi.stubEnv('XDG_STATE_HOME', state);
    onTestFinished(() => void vi.unstubAllEnvs());
    const name = createHash('sha256').update('key').digest('hex').slice(0, 32);
    const folder = path.join(state, 'gaffer/jobs', name);
    mkdirSync(path.join(folder, 'started'), { recursive: true, mode: 0o700 });
    // Alive, and no group of processes has its number: as a group that has just ended.
    const lone = spawn('/bin/sh', ['-c', 'sleep 60', folder], { stdio: 'ignore' });
    onTestFinished(() => void lone.kill('SIGKILL'));
    writeFileSync(path.join(folder, 'pid'), String(lone.pid));
    const job = await runJob('key', { run, workspace: tempFolder(), ...tight }, signal);
    expect(job.exitCode).toBe(137);
  });
});
