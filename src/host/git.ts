import { execFile, execFileSync } from 'node:child_process';
import { promisify } from 'node:util';
import { findProgram, safePath } from './programs.ts';

const run = promisify(execFile);

/*
 * A repository that agents worked in may name hooks, programs and remotes in its own configuration: none of that may run here.
 * Filters and text conversions have names of anybody's choice, so no list switches them off: what checks files out or compares them
 * must not read that configuration at all (see git-objects).
 */
const harmless = [
  'core.hooksPath=/dev/null',
  'core.fsmonitor=false',
  'core.pager=cat',
  'core.editor=false',
  'core.askPass=false',
  'core.sshCommand=false',
  'core.gitProxy=false',
  'core.alternateRefsCommand=false',
  'credential.helper=',
  'diff.external=',
  'gpg.program=false',
  'gpg.ssh.program=false',
  'gpg.x509.program=false',
  'commit.gpgSign=false',
  'tag.gpgSign=false',
  'gc.auto=0',
  'maintenance.auto=false',
  'submodule.recurse=false',
  'protocol.allow=never',
  // A folder of files that looks like a repository is none.
  'safe.bareRepository=explicit',
].flatMap((setting) => ['-c', setting]);
const environment = {
  LC_ALL: 'C',
  GIT_TERMINAL_PROMPT: '0',
  // Objects that are missing are not fetched: a remote may be any program.
  GIT_NO_LAZY_FETCH: '1',
  GIT_ALLOW_PROTOCOL: 'none',
};

/** Git in a folder. @returns what it prints, without the last line break. @throws Error of `execFile`, with `stderr` */
export type Git = (...args: string[]) => Promise<string>;

/** The same for a process that ends now and cannot wait long; what git says no to is let be. */
export function gitAtOnce(folder: string, ...args: string[]): void {
  const git = findProgram('git', { avoid: [folder] });
  if (git === undefined) return;
  const env = { PATH: safePath({ avoid: [folder] }), HOME: process.env['HOME'], ...environment };
  execFileSync(git, [...harmless, '-C', folder, ...args], { env, timeout: 5000, stdio: 'ignore' });
}

/** Most that a command may print, in bytes: a large repository names many files. */
const maxBuffer = 32 * 1024 * 1024;

/** How git is run in a folder. */
interface GitOptions {
  /** For each command. */
  timeoutMs: number;
  /** Comes on top. */
  env?: Record<string, string>;
  /** No file that it writes may become larger, in blocks of 512 bytes: a server may send without an end. */
  mostBlocks?: number;
  /** A program and its arguments that runs it: a sandbox. */
  within?: readonly string[];
  /** What it reads and prints has a character for each byte: names of files need not be text. */
  bytes?: { input: string };
}

/** Git in a folder whose repository is not trusted. */
export function gitIn(folder: string, options: GitOptions): Git {
  const search = { avoid: [folder] };
  const env = { PATH: safePath(search), HOME: process.env['HOME'], ...environment, ...options.env };
  return async (...args) => {
    const git = findProgram('git', search);
    if (git === undefined) throw new Error('there is no git on PATH outside of the project');
    const command = [...(options.within ?? []), git, ...harmless, '-C', folder, ...args];
    const { mostBlocks, timeoutMs: timeout } = options;
    const [program, ...words] =
      mostBlocks === undefined ? command : ['/bin/sh', '-c', `ulimit -f ${mostBlocks} && exec "$@"`, 'sh', ...command];
    const encoding = options.bytes ? 'latin1' : 'utf8';
    const running = run(program!, words, { env, timeout, maxBuffer, encoding });
    // Git that ends before it has read all says itself why.
    running.child.stdin?.on('error', () => undefined).end(options.bytes?.input ?? '', encoding);
    return (await running).stdout.replace(/\n$/, '');
  };
}
