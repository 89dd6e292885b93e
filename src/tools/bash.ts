import { existsSync } from 'node:fs';
import { realpath } from 'node:fs/promises';
import { homedir, tmpdir } from 'node:os';
import path from 'node:path';
import { z } from 'zod';
import { bubblewrapCommand } from './bubblewrap.ts';
import { keepHead } from './output-limit.ts';
import type { ShellSettings } from './sandbox.ts';
import { runShell } from './shell-process.ts';
import type { ShellCommand, ShellResult, ShellStop } from './shell-process.ts';
import { createInputFormat, toLine, toPlainText } from './tool-input.ts';
import type { SlowTool } from './tool.ts';
import { guardCommonDir } from './workspace-cover.ts';
import { JailError } from './workspace-jail.ts';

const defaultSeconds = 120;
const maxSeconds = 600;
const maxProcesses = 256;
const maxMemoryBytes = 4 * 1024 ** 3;

const description = `Runs a shell command in the workspace and returns its exit code and output.
There is no network, no terminal and no input; files outside of the workspace are not there or read-only; /tmp is empty each time.
Nothing goes on running when the command ends. Longer output is shortened in the middle.`;

const format = createInputFormat(
  z.strictObject({
    command: z
      .string()
      .min(1)
      .max(50_000)
      .refine((text) => !text.includes('\0'), { error: 'contains a NUL character' }),
    timeout_seconds: z
      .int()
      .min(1)
      .max(maxSeconds)
      .optional()
      .describe(`${defaultSeconds} unless given, at most ${maxSeconds}`),
  }),
);

const stops: Record<ShellStop, string> = {
  timeout: 'it took longer than its time limit',
  processes: `it started more than ${maxProcesses} processes`,
  memory: 'it used more than 4 GB of memory',
  output: 'it wrote more than 64 MB of output',
};

/** The tool for shell commands. A command that fails, or is stopped by a limit, is an error with its output. */
export function createBashTool(settings: ShellSettings): SlowTool {
  return {
    name: 'bash',
    kind: 'slow',
    definition: { name: 'bash', description, input_schema: format.jsonSchema },
    effectOf: (input) => (format.parse(input).ok && settings.sandbox !== 'refused' ? 'once' : 'pure'),
    describe: (input) => toLine('bash', input['command']),
    async run(input, call, signal) {
      const parsed = format.parse(input);
      if (!parsed.ok) return { content: parsed.message, isError: true };
      const { command, timeout_seconds: seconds = defaultSeconds } = parsed.value;
      signal.throwIfAborted();
      const prepared = await prepare(settings, call.workspace, command);
      if ('refusal' in prepared) return { content: prepared.refusal, isError: true };
      try {
        const limits = { timeoutMs: seconds * 1000, maxProcesses, maxMemoryBytes };
        return render(await runShell({ ...prepared.run, ...limits }, signal));
      } catch (error) {
        signal.throwIfAborted();
        return { content: `The command could not be started: ${(error as Error).message}`, isError: true };
      } finally {
        await prepared.cleanUp();
      }
    },
  };
}

interface Prepared {
  run: Pick<ShellCommand, 'argv' | 'cwd' | 'env'>;
  cleanUp(): Promise<void>;
}

async function prepare(
  settings: ShellSettings,
  folder: string,
  command: string,
): Promise<Prepared | { refusal: string }> {
  if (settings.sandbox === 'refused') {
    return {
      refusal: 'Shell commands are refused here: there is no sandbox. Work without them, or say that you are blocked.',
    };
  }
  const workspace = await realpath(folder).catch(() => undefined);
  if (workspace === undefined) return { refusal: 'The workspace folder is not there any more.' };
  const shell = [existsSync('/bin/bash') ? '/bin/bash' : '/bin/sh', '-c', command];
  if (settings.sandbox === 'unsandboxed') {
    return { run: { argv: shell, cwd: workspace, env: plainEnvironment() }, cleanUp: () => Promise.resolve() };
  }
  if (isTooBroad(workspace))
    return { refusal: `Shell commands are refused here: the workspace ${workspace} holds the whole system.` };
  const options = {
    bwrapPath: settings.bwrapPath ?? 'bwrap',
    isHardened: settings.isHardened ?? false,
    workspace,
    shell,
  };
  try {
    const argv = await bubblewrapCommand(options);
    return { run: { argv, cwd: '/', env: {} }, cleanUp: await guardCommonDir(workspace) };
  } catch (error) {
    if (error instanceof JailError) return { refusal: `Shell commands are refused here: ${error.message}.` };
    throw error;
  }
}

// A workspace that contains these would give the sandbox what it is there to keep.
function isTooBroad(workspace: string): boolean {
  const kept = ['/etc', '/proc', '/sys', '/dev', '/run', '/usr', '/var/lib', path.dirname(homedir())];
  const isInside = (inner: string, outer: string) => `${inner}/`.startsWith(outer === '/' ? '/' : `${outer}/`);
  return kept.some((folder) => folder !== '/' && isInside(folder, workspace));
}

// What programs need to be found and to print; no key of ours, and no home whose settings they would use.
function plainEnvironment(): Record<string, string> {
  return {
    PATH: process.env['PATH'] ?? '/usr/local/bin:/usr/bin:/bin',
    HOME: tmpdir(),
    LANG: 'C.UTF-8',
    TERM: 'dumb',
  };
}

function render(result: ShellResult) {
  const end = result.exitCode === null ? `ended by ${result.signal}` : `exit code ${result.exitCode}`;
  const head = result.stopped === null ? end : `stopped: ${stops[result.stopped]}`;
  const parts = [head];
  if (result.stdout !== '') parts.push(`stdout:\n${toPlainText(result.stdout).trimEnd()}`);
  if (result.stderr !== '') parts.push(`stderr:\n${toPlainText(result.stderr).trimEnd()}`);
  const content = keepHead(parts.join('\n'), 'Write it to a file and read parts of it.');
  return result.exitCode === 0 && result.stopped === null ? { content } : { content, isError: true };
}
