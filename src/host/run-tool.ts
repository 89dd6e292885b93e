import type { ChildProcess } from 'node:child_process';
import { isAbsolute } from 'node:path';
import { findProgram, safePath } from './programs.ts';
import { spawnChild } from './spawn-child.ts';

/** How a finished tool ended. */
export interface ToolEnd {
  /** Null when it could not be started or was killed. */
  code: number | null;
  /** The end of what it printed, both streams, at most 16 kB unless asked for more. */
  output: string;
  /** Set when it could not be started at all: the system's error code, such as `ENOENT`. */
  missing?: string;
}

/**
 * Runs a command to its end, without a shell, killed after `timeoutMs`. Never rejects.
 *
 * A name without a path is looked for on the PATH of `env`, as `programs.ts` has it.
 */
export function runTool(
  command: string,
  args: readonly string[],
  options: {
    timeoutMs: number;
    env?: Readonly<Record<string, string | undefined>>;
    cwd?: string;
    account?: { uid: number; gid: number } | undefined;
    /** Characters of the output to keep; default 16,384. */
    maxOutput?: number;
  },
): Promise<ToolEnd> {
  const { timeoutMs, env = process.env, cwd, account, maxOutput = 16_384 } = options;
  const program = isAbsolute(command) ? command : findProgram(command, { env });
  if (program === undefined) return Promise.resolve({ code: null, output: '', missing: 'ENOENT' });
  try {
    const child = spawnChild(program, args, {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...env, PATH: safePath({ env }) },
      ...(cwd ? { cwd } : {}),
      ...(account ? { uid: account.uid, gid: account.gid } : {}),
    });
    return endOf(child, { timeoutMs, maxOutput });
  } catch (error) {
    return Promise.resolve({ code: null, output: '', missing: codeOf(error) });
  }
}

function endOf(child: ChildProcess, { timeoutMs, maxOutput }: { timeoutMs: number; maxOutput: number }) {
  return new Promise<ToolEnd>((resolve) => {
    let output = '';
    const collect = (chunk: Buffer): void => void (output = (output + chunk.toString('utf8')).slice(-maxOutput));
    child.stdout!.on('data', collect);
    child.stderr!.on('data', collect);
    const kill = (): void => void child.kill('SIGKILL');
    const timer = setTimeout(kill, timeoutMs);
    process.once('exit', kill);
    const end = (result: ToolEnd): void => {
      clearTimeout(timer);
      process.off('exit', kill);
      resolve(result);
    };
    child.once('error', (error) => end({ code: null, output, missing: codeOf(error) }));
    child.once('close', (code) => end({ code, output }));
  });
}

function codeOf(error: unknown): string {
  return (error as NodeJS.ErrnoException).code ?? 'unknown';
}

/** The last line that says something: what to show of a tool that failed. */
export function lastLine(output: string): string {
  const lines = output.split(/\r?\n/).map((line) => line.trim());
  return lines.filter(Boolean).at(-1)?.slice(0, 300) ?? 'no output';
}
