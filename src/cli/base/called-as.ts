import { realpathSync } from 'node:fs';
import { delimiter, join, sep } from 'node:path';

/** What of a process says how its command was called. */
interface Call {
  /** Path of the program that runs: `process.argv[1]`. */
  program: string | undefined;
  /** `PATH`. */
  path: string | undefined;
}

/**
 * How the command was called, in words that can be pasted into the same shell: `gaffer` where that is ours, and `npx gaffer-crew` where it
 * is only installed in a project, as npm has a stranger's `gaffer`.
 *
 * @internal
 */
export function calledAs({ program, path }: Call): string {
  const ours = realOf(program);
  // What npx and scripts of npm put there is gone in the shell that reads the hint.
  const folders = (path ?? '')
    .split(delimiter)
    .filter((folder) => !folder.includes(`${sep}node_modules`) && !isOfNpx(folder));
  const isOnPath = folders.some((folder) => ours !== undefined && realOf(join(folder, 'gaffer')) === ours);
  return isOnPath || !ours?.includes(join(sep, 'node_modules', 'gaffer-crew', sep)) ? 'gaffer' : 'npx gaffer-crew';
}

let ofProcess: string | undefined;

/** Text of ours, with the commands that it names as this one was called: those in backquotes, and those that stand in a line of their own. */
export function asCalled(text: string, name?: string): string {
  const called = name ?? (ofProcess ??= calledAs({ program: process.argv[1], path: process.env['PATH'] }));
  return called === 'gaffer' ? text : text.replace(/(`|^ *|run: )gaffer (?=[a-z-])/gm, `$1${called} `);
}

function isOfNpx(folder: string): boolean {
  return folder.includes(`${sep}_npx${sep}`);
}

function realOf(file: string | undefined): string | undefined {
  try {
    return file === undefined ? undefined : realpathSync(file);
  } catch {
    return undefined;
  }
}
