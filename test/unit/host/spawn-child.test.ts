import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { spawnChild } from '../../../src/host/spawn-child.ts';

const src = fileURLToPath(new URL('../../../src/', import.meta.url));

// Uses up all descriptors, and then starts whatever a worker starts for its tools.
const script = `
import { openSync } from 'node:fs';
const { runTool } = await import('${src}host/run-tool.ts');
const { runShell } = await import('${src}host/guarded-process.ts');
const { startThread } = await import('${src}host/thread.ts');
const signal = new AbortController().signal;
await runTool('/bin/sh', ['-c', 'true'], { timeoutMs: 1000 });
try { for (;;) openSync('/dev/null'); } catch {}
const tell = (name, outcome) => outcome.then((value) => value?.missing ?? 'none', (error) => error.code ?? error.name)
  .then((text) => process.stdout.write(name + ' ' + text + '\\n'));
await tell('tool', runTool('/bin/sh', ['-c', 'true'], { timeoutMs: 1000 }));
const limits = { timeoutMs: 1000, maxProcesses: 10, maxMemoryBytes: 1e9 };
await tell('shell', runShell({ argv: ['/bin/sh', '-c', 'true'], cwd: '/', env: {}, ...limits }, signal));
const thread = startThread('1', {}, { cpuMs: 1000, signal });
await tell('thread', thread.ask('x'));
await thread.stop();
process.stdout.write('alive\\n');
`;

describe('spawnChild', () => {
  it('lets this process live when a program cannot be started', async () => {
    const child = spawnChild('/nowhere/nothing', [], { stdio: ['pipe', 'pipe', 'pipe'] });
    const error = await new Promise<NodeJS.ErrnoException>((resolve) => child.once('error', resolve));
    expect(error.code).toBe('ENOENT');
    expect(child.stdin!.write('to nobody')).toBeDefined();
  });

  it('passes on no folder that whoever started this process had open', () => {
    const look = `
const { spawnChild } = await import('${src}host/spawn-child.ts');
const { once } = await import('node:events');
for (const stdio of [['ignore', 'inherit', 'inherit'], ['ignore', 'inherit', 'inherit', ...Array(30).fill('ignore')], ['ignore', 'inherit', 'inherit', 'pipe']])
  await once(spawnChild('/bin/ls', ['-l', '/proc/self/fd'], { stdio }), 'exit');
`;
    const args = ['-c', 'exec 20</etc 40</etc; exec "$0" --import tsx --input-type=module', process.execPath];
    const { stdout, stderr } = spawnSync('/bin/bash', args, { input: look, encoding: 'utf8', cwd: src });
    for (const descriptor of [20, 40])
      expect(stdout.match(new RegExp(` ${descriptor} -> .*`, 'g')), stderr).toEqual(
        Array(3).fill(` ${descriptor} -> /dev/null`),
      );
    expect(stdout).not.toContain('/etc');
  });

  it('is what every child process is started with', () => {
    const starters = readdirSync(src, { recursive: true, encoding: 'utf8' })
      .filter((name) => name.endsWith('.ts'))
      .filter((name) => /import \{[^}]*\b(?:spawn|fork)\b[^}]*\} from/.test(readFileSync(src + name, 'utf8')));
    expect(starters).toEqual(['host/spawn-child.ts']);
  });
});

describe('a process without descriptors', () => {
  it('is told so by whatever it starts, and lives', () => {
    const args = ['-c', `ulimit -n 80; exec "$0" --import tsx --input-type=module`, process.execPath];
    const { stdout, stderr } = spawnSync('/bin/bash', args, { input: script, encoding: 'utf8', cwd: src });
    expect(stdout.split('\n'), stderr).toEqual(['tool EMFILE', 'shell EMFILE', 'thread ThreadError', 'alive', '']);
  });
});
