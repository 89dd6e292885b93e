import { readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { systemArguments } from '../host/sandbox/bubblewrap.ts';

/** What git finds in its sandbox. */
interface ClosedPlaces {
  /** The files that it works on, and our git folder. */
  folder: string;
  own: string;
  index: string;
  objects: string;
  shallow: string;
}

/**
 * What goes before a git that reads files where a program may still be at work: git follows a link that takes a file's place in between, and
 * what it reads goes into objects that the program can read. So it finds those folders and nothing else of this machine.
 */
export function closedIn(bwrapPath: string, { folder, own, index, objects, shallow }: ClosedPlaces): string[] {
  const person = [join(homedir(), '.gitconfig'), join(homedir(), '.config', 'git')];
  const reads = [...person, shallow, ...alternatesOf(objects)];
  const writes = [own, dirname(index), objects, folder];
  return [
    ...[bwrapPath, '--unshare-all', '--die-with-parent', '--new-session'],
    ...systemArguments(false),
    ...['--proc', '/proc', '--dev', '/dev', '--tmpfs', '/tmp'],
    ...reads.flatMap((path) => ['--ro-bind-try', path, path]),
    ...writes.flatMap((path) => ['--bind', path, path]),
    '--',
  ];
}

// A clone may take its objects from another one.
function alternatesOf(objects: string): string[] {
  try {
    const lines = readFileSync(join(objects, 'info', 'alternates'), 'utf8').split('\n');
    return lines.filter((line) => line !== '' && !line.startsWith('#')).map((line) => resolve(objects, line));
  } catch {
    return [];
  }
}
