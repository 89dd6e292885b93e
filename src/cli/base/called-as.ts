import { realpathSync } from 'node:fs';
import { delimiter, join, sep } from 'node:path';

/** What of a process says how its command was called. */
interface Call {
  /** Path of the program that runs: `process.argv[1]`. */
  program: string | undefined;
  /** `PATH`. */
  path: string | undefined;
  cwd: string;
}

/**
 * How the command was called, in words that can be pasted into the same shell: `gaffer` where that is ours, `npx gaffer-crew` where it is
 * only installed in a project, as npm has a stranger's `gaffer`, and `npx gaffer` in a checkout, where that is the checkout's own.
 *
 * @internal
 */
export function calledAs({ program, path, cwd }: Call): string {
  const ours = realOf(program);
  // What npx and scripts of npm put there is gone in the shell that reads the hint.
  const folders = (path ?? '')
    .split(delimiter)
    .filter((folder) => !folder.includes(`${sep}node_modules`) && !isOfNpx(folder));
  if (ours === undefined || folders.some((folder) => realOf(join(folder, 'gaffer')) === ours)) return 'gaffer';
  if (ours.includes(join(sep, 'node_modules', 'gaffer-crew', sep))) return 'npx gaffer-crew';
  const checkout = checkoutPrograms.find((each) => ours.endsWith(each));
  const root = checkout === undefined ? undefined : ours.slice(0, -checkout.length);
  return root !== undefined && `${cwd}${sep}`.startsWith(`${root}${sep}`) ? 'npx gaffer' : 'gaffer';
}

const checkoutPrograms = [join(sep, 'bin', 'gaffer.js'), join(sep, 'scripts', 'demo.mjs')];

let ofProcess: string | undefined;

function ownName(): string {
  const { argv, env } = process;
  return (ofProcess ??= calledAs({ program: argv[1], path: env['PATH'], cwd: process.cwd() }));
}

/**
 * Text of ours, with the commands that it names as this one was called: those in backquotes, and those that stand in a line of their own.
 * Lines that are marked as somebody else's stay as they are.
 */
export function asCalled(text: string, called = ownName()): string {
  if (called === 'gaffer') return text;
  return text
    .split('\n')
    .map((line) => (line.includes('  │ ') ? line : line.replace(/(`|^ *|run: )gaffer (?=[a-z-])/g, `$1${called} `)))
    .join('\n');
}

/** A page of help, all of which is ours: every command is named as this one was called. */
export function helpAsCalled(text: string, called = ownName()): string {
  return text.replace(/(?<![\w-])gaffer (?=[[a-z-])/g, `${called} `);
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
