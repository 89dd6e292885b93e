import type { ChildProcess } from 'node:child_process';
import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect } from 'vitest';
import { userCacheDir } from '../../../src/config/user-cache-dir.ts';
import { readPlace } from '../../../src/dev/postgres/postgres-place.ts';
import { expectDocumented } from './documented.ts';

/** How one command line of the built `gaffer` ended. */
export interface CliResult {
  code: number | null;
  stdout: string;
  stderr: string;
  durationMs: number;
}

/** Where and with which variables a command runs. */
export interface CliPlace {
  cwd: string;
  /** On top of a clean environment; undefined takes a variable away. */
  env?: Record<string, string | undefined>;
}

/** A command that goes on while the test looks at it. */
export interface RunningCli {
  process: ChildProcess;
  /** Waits until standard error holds a match. @throws Error when the command ends before */
  says(pattern: RegExp): Promise<void>;
  ended: Promise<CliResult>;
}

const binary = fileURLToPath(new URL('../../../bin/gaffer.js', import.meta.url));

/** Runs the built command to its end, piped. */
export function gaffer(args: readonly string[], place: CliPlace): Promise<CliResult> {
  return startGaffer(args, place).ended;
}

/** Starts the built command, piped, with an environment that holds nothing of the tester's but PATH and the cache of servers. */
export function startGaffer(args: readonly string[], place: CliPlace): RunningCli {
  const running = startNode([binary, ...args], place);
  const ended = running.ended.then((result) => {
    if (result.code !== null) expectDocumented(args, result.stdout);
    return result;
  });
  return { ...running, ended };
}

/** Starts a program of Node in the same way. */
export function startNode(args: readonly string[], { cwd, env = {} }: CliPlace): RunningCli {
  const startedAt = performance.now();
  // What a gateway does has tests of its own; there it is on.
  const gateway = { GAFFER_GATEWAY: process.env['GAFFER_TEST_GATEWAY'] ?? 'off' };
  const clean = {
    ...{ PATH: process.env['PATH'], HOME: cwd, XDG_CACHE_HOME: dirname(userCacheDir(process.env)) },
    ...gateway,
  };
  const child = spawn(process.execPath, args, {
    cwd,
    env: { ...clean, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let stdout = '';
  let stderr = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
  const ended = new Promise<CliResult>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code) => resolve({ code, stdout, stderr, durationMs: performance.now() - startedAt }));
  });
  const says = (pattern: RegExp): Promise<void> =>
    new Promise((resolve, reject) => {
      const look = (): void => {
        if (pattern.test(stderr)) resolve();
      };
      child.stderr.on('data', look);
      look();
      void ended.then(({ code }) => reject(new Error(`it ended with ${code} before it said ${pattern}:\n${stderr}`)));
    });
  return { process: child, says, ended };
}

/** The smallest project: one agent, and `workflow.yaml` with one task. Other files come on top. */
export function writeProject(folder: string, files: Readonly<Record<string, string>> = {}): string {
  const all = {
    'workflow.yaml': workflow(),
    'agents/coder.md': '---\nname: coder\nmodel: claude-haiku-4-5\ntools: [bash]\n---\nYou code.\n',
    ...files,
  };
  for (const [name, text] of Object.entries(all)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), text);
  }
  return folder;
}

/** A workflow file of one task; `task` and `top` are more keys of it. */
export function workflow({ top = 'default_profile: coder', task = '' } = {}): string {
  return `name: tiny\n${top}\nphases:\n  - name: One\n    tasks:\n      - { id: one, prompt: Say hello.${task} }\n`;
}

/**
 * Checks that a command was refused in its one form: exit code, nothing on standard output, and one message
 * on standard error that says all of `says`, without a stack trace.
 */
export function expectRefusal(result: CliResult, code: number, ...says: (string | RegExp)[]): void {
  const { stderr } = result;
  expect(result, stderr).toMatchObject({ code, stdout: '' });
  expect(stderr.match(/^gaffer: /gm), stderr).toHaveLength(1);
  for (const part of says) expect(stderr).toMatch(part);
  expect(stderr).not.toMatch(/^\s+at |node:internal|GAFFER_DEBUG|\bundefined\b|\[object /m);
}

/** Processes of a home: its servers, and (on Linux) every command that was started for it. */
export function processesOf(home: string): string[] {
  const places = [home, readPlace({ path: home })?.folder].filter((place) => place !== undefined);
  if (process.platform !== 'linux') return [];
  const pids = readdirSync('/proc').filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid);
  return pids.flatMap((pid) => {
    const [command, environment] = ['cmdline', 'environ'].map((file) => readProc(pid, file));
    const isOurs = places.some((place) => command?.includes(place) || environment?.includes(`GAFFER_HOME=${place}`));
    return isOurs ? [`${pid} ${command?.replaceAll('\0', ' ')}`] : [];
  });
}

/** Files that show that something was not brought to an end: locks, notes of workers and services, drafts, records of servers. */
function leftFiles(home: string): string[] {
  if (!existsSync(home)) return [];
  const isUnfinished = /^stack\.|\.lock|takeover|^draft-|^password-|[0-9a-f]{8}-[0-9a-f-]{27}$|^(workers|services)\/./;
  return readdirSync(home, { recursive: true, encoding: 'utf8' }).filter((name) => isUnfinished.test(name));
}

/** Checks that a command left nothing half-done in a home. */
export function expectNothingLeft(home: string): void {
  expect(processesOf(home)).toEqual([]);
  expect(leftFiles(home)).toEqual([]);
}

/** Everything that the logs of a home say. */
export function logsOf(home: string): string {
  const folder = join(home, 'logs');
  if (!existsSync(folder)) return '';
  return readdirSync(folder)
    .map((name) => readFileSync(join(folder, name), 'utf8'))
    .join('\n');
}

function readProc(pid: string, file: string): string | undefined {
  try {
    return readFileSync(`/proc/${pid}/${file}`, 'utf8');
  } catch {
    return undefined;
  }
}
