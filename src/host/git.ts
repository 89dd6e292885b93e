import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { findProgram, safePath } from './programs.ts';

const run = promisify(execFile);

/*
 * A repository that agents worked in may name hooks, programs and remotes in its own configuration: none of that may run here.
 * What checks files out runs filters besides, so it must not read that configuration at all (see worktree.ts).
 */
const harmless = ['-c', 'core.hooksPath=/dev/null', '-c', 'core.fsmonitor=false', '-c', 'gc.auto=0'];
const environment = {
  LC_ALL: 'C',
  GIT_TERMINAL_PROMPT: '0',
  // Objects that are missing are not fetched: a remote may be any program.
  GIT_NO_LAZY_FETCH: '1',
  GIT_ALLOW_PROTOCOL: 'none',
};

/** Git in a folder. @returns what it prints, without the last line break. @throws Error of `execFile`, with `stderr` */
export type Git = (...args: string[]) => Promise<string>;

/** Git in a folder whose repository is not trusted. `env` comes on top; `timeoutMs` is for each command. */
export function gitIn(folder: string, options: { timeoutMs: number; env?: Record<string, string> }): Git {
  const search = { avoid: [folder] };
  const env = { PATH: safePath(search), HOME: process.env['HOME'], ...environment, ...options.env };
  return async (...args) => {
    const git = findProgram('git', search);
    if (git === undefined) throw new Error('there is no git on PATH outside of the project');
    const { stdout } = await run(git, [...harmless, '-C', folder, ...args], { env, timeout: options.timeoutMs });
    return stdout.replace(/\n$/, '');
  };
}
