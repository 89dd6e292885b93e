import { mkdirSync, mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { text } from 'node:stream/consumers';
import { it, onTestFinished } from 'vitest';
import {
  startContained,
  type Contained,
  type ContainedEnd,
  type ContainedProgram,
  type ContainSettings,
} from '../../../src/host/contain/contain.ts';
import { sandbox } from '../tools/sandbox.ts';

/** How programs are contained here. */
export const settings: ContainSettings = { shell: sandbox, allow: [] };

/** A test that needs a sandbox. */
export function contained(title: string, body: () => Promise<void>): void {
  it.skipIf(sandbox.sandbox !== 'bubblewrap')(title, { timeout: 60_000 }, body);
}

/** Folders of an attempt of the running test, removed when it ends. */
export function attemptFolders(): { folder: string; home: string } {
  const top = realpathSync(mkdtempSync(path.join(tmpdir(), 'gaffer-contain-')));
  onTestFinished(() => rmSync(top, { recursive: true, force: true }));
  const [folder, home] = [path.join(top, 'worktree'), path.join(top, 'home')];
  mkdirSync(folder);
  return { folder, home };
}

/** A program that may use little, and reach nothing. */
export function programOf(argv: readonly string[], own: Partial<ContainedProgram> = {}): ContainedProgram {
  return {
    ...{ argv, env: {}, writable: null, gitFolders: [], reads: [], gateway: null, hosts: [] },
    limits: { maxProcesses: 100, maxMemoryBytes: 2 ** 30, timeoutMs: 60_000 },
    ...('folder' in own && 'home' in own ? {} : attemptFolders()),
    ...own,
  } as ContainedProgram;
}

/** Starts a program as {@link programOf} has it. */
export function start(argv: readonly string[], own: Partial<ContainedProgram> = {}): Promise<Contained> {
  return startContained(settings, programOf(argv, own), new AbortController().signal);
}

/** How a program ended, and what it wrote. */
export interface Ran extends ContainedEnd {
  out: string;
  errors: string;
}

/** Runs a program to its end. */
export async function run(argv: readonly string[], own: Partial<ContainedProgram> = {}): Promise<Ran> {
  const program = await start(argv, own);
  program.stdin.end();
  const [out, errors, end] = await Promise.all([text(program.stdout), text(program.stderr), program.ended]);
  return { ...end, out: out.trim(), errors: errors.trim() };
}

/** The same for a line of the shell. */
export const runLine = (line: string, own: Partial<ContainedProgram> = {}): Promise<Ran> =>
  run(['/bin/sh', '-c', line], own);

/** Tries lines of the shell one after the other. @returns those that ended well */
export async function doneOf(lines: readonly string[], own: Partial<ContainedProgram> = {}): Promise<string[]> {
  const all = lines.map((line, at) => `(${line}) >/dev/null 2>&1 && echo "DONE ${at}"`);
  const { out, exitCode } = await runLine([...all, 'echo "DONE ALL"'].join('\n'), own);
  const done = out.split('\n').filter((line) => line.startsWith('DONE '));
  if (exitCode !== 0 || done.pop() !== 'DONE ALL') throw new Error(`not all lines were tried: ${out}`);
  return done.map((line) => lines[Number(line.slice('DONE '.length))]!);
}
