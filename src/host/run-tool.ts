import { spawn } from 'node:child_process';

/** How a finished tool ended. */
export interface ToolEnd {
  /** Null when it could not be started or was killed. */
  code: number | null;
  /** The end of what it printed, both streams, at most 16 kB. */
  output: string;
  /** Set when it could not be started at all: the system's error code, such as `ENOENT`. */
  missing?: string;
}

/** Runs a command to its end, without a shell, killed after `timeoutMs`. Never rejects. */
export function runTool(
  command: string,
  args: readonly string[],
  options: {
    timeoutMs: number;
    env?: Readonly<Record<string, string | undefined>>;
    cwd?: string;
    account?: { uid: number; gid: number } | undefined;
  },
): Promise<ToolEnd> {
  const { timeoutMs, env, cwd, account } = options;
  return new Promise((resolve) => {
    const child = spawn(command, args, {
      stdio: ['ignore', 'pipe', 'pipe'],
      ...(env ? { env } : {}),
      ...(cwd ? { cwd } : {}),
      ...(account ? { uid: account.uid, gid: account.gid } : {}),
    });
    let output = '';
    const collect = (chunk: Buffer): void => void (output = (output + chunk.toString('utf8')).slice(-16_384));
    child.stdout.on('data', collect);
    child.stderr.on('data', collect);
    const kill = (): void => void child.kill('SIGKILL');
    const timer = setTimeout(kill, timeoutMs);
    process.once('exit', kill);
    const end = (result: ToolEnd): void => {
      clearTimeout(timer);
      process.off('exit', kill);
      resolve(result);
    };
    child.once('error', (error: NodeJS.ErrnoException) =>
      end({ code: null, output, missing: error.code ?? 'unknown' }),
    );
    child.once('close', (code) => end({ code, output }));
  });
}

/** The last line that says something: what to show of a tool that failed. */
export function lastLine(output: string): string {
  const lines = output.split(/\r?\n/).map((line) => line.trim());
  return lines.filter(Boolean).at(-1)?.slice(0, 300) ?? 'no output';
}
