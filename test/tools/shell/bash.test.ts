import { existsSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, describe, expect, it, onTestFinished } from 'vitest';
import { createBashTool } from '../../../src/tools/shell/bash.ts';
import { usageOf } from '../../../src/host/process-usage.ts';
import { findSandbox } from '../../../src/host/sandbox/sandbox.ts';
import type { ShellSettings } from '../../../src/host/sandbox/sandbox.ts';
import { tempFolder } from '../../support/base/temp-folder.ts';
import { startBash } from '../../support/tools/start-bash.ts';
import { toolCall } from '../../support/tools/tool-call.ts';

const found = await findSandbox({ allowUnsandboxed: false });
const hasSandbox = found.sandbox === 'bubblewrap';
const unsandboxed: ShellSettings = { sandbox: 'unsandboxed' };
const run = (settings: ShellSettings, command: string, workspace = tempFolder(), seconds = 20) =>
  createBashTool(settings).run(
    { command, timeout_seconds: seconds },
    toolCall({ workspace }),
    new AbortController().signal,
  );

// Names a process by an argument that nothing else has.
const unique = () => `${100_000 + Math.floor(Math.random() * 800_000)}.${process.pid}`;

function isRunning(argument: string): boolean {
  return readdirSync('/proc').some((name) => {
    if (!/^\d+$/.test(name)) return false;
    try {
      return readFileSync(`/proc/${name}/cmdline`, 'utf8').split('\0').includes(argument);
    } catch {
      return false;
    }
  });
}

async function until(isTrue: () => boolean): Promise<void> {
  await expect.poll(isTrue, { timeout: 10_000, interval: 20 }).toBe(true);
}

let left = 0;
afterAll(() => {
  if (left > 0) process.stderr.write(`${left} tests of bash in a sandbox were left out: ${found.reason}\n`);
});

const both = [
  { name: 'in the sandbox', settings: found, skip: !hasSandbox },
  { name: 'without a sandbox', settings: unsandboxed, skip: process.platform !== 'linux' },
];

describe.each(both)('bash $name', ({ settings, skip }) => {
  const test = (title: string, body: () => Promise<void>) => {
    if (skip) left++;
    it.skipIf(skip)(title, { timeout: 30_000 }, body);
  };

  test('gives output and exit code of a command that works on the files of the workspace', async () => {
    const workspace = tempFolder();
    const output = await run(settings, 'echo hello > f && cat f && pwd', workspace);
    expect(output).toEqual({ content: `exit code 0\nstdout:\nhello\n${workspace}` });
    expect(readFileSync(path.join(workspace, 'f'), 'utf8')).toBe('hello\n');
  });

  test('makes a failing command an error with all it said, without terminal escapes', async () => {
    const output = await run(
      settings,
      String.raw`printf '\033[31mout\033[0m\n'; printf '\033]52;c;eA==\007bad\n' >&2; exit 3`,
    );
    expect(output).toEqual({ content: 'exit code 3\nstdout:\nout\nstderr:\nbad', isError: true });
    expect((await run(settings, 'kill -SEGV $$')).content).toMatch(/ended by SIGSEGV|exit code 139/);
  });

  test('runs the tests of a Node project', async () => {
    const workspace = tempFolder();
    writeFileSync(path.join(workspace, 'a.test.mjs'), "import test from 'node:test'; test('fine', () => {});");
    expect((await run(settings, 'node --test', workspace)).content).toMatch(/pass 1/);
  });

  test('has none of the environment of the worker', async () => {
    process.env['CANARY_KEY'] = 'CANARY-7f3a';
    onTestFinished(() => void delete process.env['CANARY_KEY']);
    const { content } = await run(
      settings,
      'env; cat /proc/self/environ | tr "\\0" "\\n"; cat /proc/$PPID/environ | tr "\\0" "\\n"',
    );
    expect(content).not.toContain('CANARY');
    expect(content).toContain('LANG=C.UTF-8');
  });

  test('keeps beginning and end of a long output, under 32 KB', async () => {
    const { content } = await run(settings, 'seq 1 100000; seq 1 100000 >&2');
    expect(Buffer.byteLength(content)).toBeLessThanOrEqual(32_000);
    expect(content).toMatch(/stdout:\n1\n2\n[^]*bytes left out[^]*\n100000\nstderr:\n1\n[^]*\n100000$/);
    expect((await run(settings, 'yes')).content).toMatch(/^stopped: it wrote more than 64 MB/);
  });

  test('ends at its time limit with everything it started', async () => {
    const argument = unique();
    const output = await run(settings, `echo begun; sleep ${argument} & sleep ${argument}`, tempFolder(), 1);
    expect(output).toEqual({ content: 'stopped: it took longer than its time limit\nstdout:\nbegun', isError: true });
    expect(isRunning(argument)).toBe(false);
  });

  test('ends a command that starts too many processes', async () => {
    const argument = unique();
    const output = await run(settings, `for n in $(seq 1 600); do sleep ${argument} & done; wait`);
    expect(output.content).toContain('stopped: it started more than 256 processes');
    expect(isRunning(argument)).toBe(false);
  });

  test('leaves nothing running, neither in the background nor as a daemon', async () => {
    const argument = unique();
    const output = await run(
      settings,
      `sleep ${argument} & setsid sleep ${argument} & (setsid setsid sleep ${argument} &) ; echo done`,
    );
    expect(output).toEqual({ content: 'exit code 0\nstdout:\ndone' });
    expect(isRunning(argument)).toBe(false);
  });

  test('is killed with everything when aborted', async () => {
    const argument = unique();
    const controller = new AbortController();
    const reason = new Error('cancelled');
    const call = toolCall({ workspace: tempFolder() });
    const running = createBashTool(settings).run(
      { command: `setsid sleep ${argument} & sleep ${argument}` },
      call,
      controller.signal,
    );
    await until(() => isRunning(argument));
    controller.abort(reason);
    await expect(running).rejects.toBe(reason);
    expect(isRunning(argument)).toBe(false);
  });

  test('does not outlive a worker that is killed with -9', async () => {
    const argument = unique();
    const worker = startBash(settings, `setsid sleep ${argument} & sleep ${argument}`, tempFolder());
    await until(() => isRunning(argument));
    worker.kill('SIGKILL');
    await until(() => !isRunning(argument));
  });
});

describe('the bash tool', () => {
  it('refuses every command where there is no sandbox', async () => {
    const workspace = tempFolder();
    const output = await run({ sandbox: 'refused' }, 'touch x', workspace);
    expect(output).toMatchObject({ isError: true, content: expect.stringContaining('refused here') });
    expect(existsSync(path.join(workspace, 'x'))).toBe(false);
  });

  it.each(['/', '/etc', '/usr', '/proc'])('refuses the workspace %s in a sandbox', async (workspace) => {
    const output = await run({ sandbox: 'bubblewrap', bwrapPath: '/nowhere/bwrap' }, 'true', workspace);
    expect(output.content).toContain('holds the whole system');
  });

  it.each([
    {},
    { command: '' },
    { command: 5 },
    { command: 'a\0b' },
    { command: 'x', timeout_seconds: 601 },
    { command: 'x', env: {} },
  ])('answers %j with what it expected', async (input) => {
    const output = await createBashTool(unsandboxed).run(input, toolCall(), new AbortController().signal);
    expect(output).toMatchObject({ isError: true, content: expect.stringContaining('Bad input') });
  });

  it('says that it happens once, unless nothing would happen', () => {
    expect(createBashTool(unsandboxed).effectOf({ command: 'true' })).toBe('once');
    expect(createBashTool(unsandboxed).effectOf({})).toBe('pure');
    expect(createBashTool({ sandbox: 'refused' }).effectOf({ command: 'true' })).toBe('pure');
  });

  it('counts what a process and its descendants use', () => {
    const usage = usageOf(process.pid);
    expect(usage.processes).toBeGreaterThanOrEqual(1);
    expect(usage.memoryBytes).toBeGreaterThan(10 * 1024 * 1024);
  });
});

describe('findSandbox', () => {
  it('refuses, or goes without when that is allowed, where there is no bubblewrap', async () => {
    const env = { PATH: tempFolder() };
    expect(await findSandbox({ allowUnsandboxed: false, env })).toMatchObject({
      sandbox: 'refused',
      reason: expect.stringContaining('refused'),
    });
    expect(await findSandbox({ allowUnsandboxed: true, env })).toMatchObject({
      sandbox: 'unsandboxed',
      reason: expect.stringContaining('WITHOUT'),
    });
  });

  it('does not take a program for a sandbox that does not work', async () => {
    const folder = tempFolder();
    writeFileSync(path.join(folder, 'bwrap'), '#!/bin/sh\necho "no permission" >&2\nexit 1\n', { mode: 0o755 });
    const result = await findSandbox({ allowUnsandboxed: false, env: { PATH: folder } });
    if (process.platform === 'linux') expect(result.reason).toContain('does not work here (no permission)');
    expect(result.sandbox).toBe('refused');
  });
});
