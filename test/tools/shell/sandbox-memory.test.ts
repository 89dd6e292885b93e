import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import { describe, expect, it, onTestFinished } from 'vitest';
import { usageOf } from '../../../src/host/process-usage.ts';
import { createWorkspaceHost } from '../../../src/tools/shell/workspace-host.ts';
import { tempFolder } from '../../support/base/temp-folder.ts';
import { until } from '../../support/base/until.ts';
import { inSandbox, runInSandbox as run, sandbox } from '../../support/tools/sandbox.ts';

const tooMuch = /^stopped: it used more than 4 GB of memory/;
const python = '/usr/bin/python3';
const megabyte = 1024 * 1024;

describe('the bound on memory', () => {
  inSandbox('holds over file systems, processes and what they share without a name', async () => {
    const { content } = await run(
      `head -c 400M /dev/zero > /tmp/a; head -c 400M /dev/zero > /dev/shm/b
       node -e "
         const held = Array.from({ length: 34 }, () => Buffer.alloc(100 * ${megabyte}, 1));
         setTimeout(() => console.log('SURVIVED', held.length), 8000)"`,
    );
    expect(content).toMatch(tooMuch);
    expect(content).not.toContain('SURVIVED');
  });

  inSandbox('holds over sockets, whose buffers belong to no process', async () => {
    const pairs =
      'use Socket; for (1..1900) { socketpair($a[$_], $b[$_], AF_UNIX, SOCK_STREAM, 0) or die } sleep 8; print "SURVIVED"';
    const { content } = await run(`for i in 1 2 3 4 5 6; do perl -e '${pairs}' & done; wait`);
    expect(content).not.toContain('SURVIVED');
    expect(content).toMatch(tooMuch);
  });

  it.skipIf(!existsSync(python))('counts what processes share without a name, once, used or not', async () => {
    const script =
      'import mmap, os, time\nm = mmap.mmap(-1, 300 << 20)\nos.fork()\nprint("ready", flush=True)\ntime.sleep(60)';
    const child = spawn(python, ['-c', script], { detached: true, stdio: ['ignore', 'pipe', 'inherit'] });
    onTestFinished(() => void process.kill(-child.pid!, 'SIGKILL'));
    let output = '';
    child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()));
    await until('both are ready', () => output.split('ready').length === 3);
    const { processes, memoryBytes } = usageOf(child.pid!);
    expect(processes).toBe(2);
    expect(memoryBytes / megabyte).toBeGreaterThan(300);
    expect(memoryBytes / megabyte).toBeLessThan(500);
  });

  inSandbox('ends a command that undoes something, once', async () => {
    const host = createWorkspaceHost(sandbox);
    const workspace = tempFolder();
    const key = randomUUID();
    onTestFinished(() => host.forgetUndo(key));
    const command = `echo begun >> log; for i in $(seq 400); do sleep 60 & done; wait`;
    const end = await host.undo({ key, workspace, command, env: {} }, new AbortController().signal);
    expect(end).toContain('256 processes');
    expect((await run('cat log', workspace)).content).toBe('exit code 0\nstdout:\nbegun');
  });
});
