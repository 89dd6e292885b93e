/*
 * H1 An attempt's home is its program's to write. What is noted of it, and how it was when a session began, stands beside it, where no program
 *    gets in.
 * H2 The note is there before the home, and goes after it: a home whose attempt nobody knows any more is found by it.
 * H3 What cannot be copied as it is (pipes, sockets, files that may not be read) is left out of a copy: it holds nothing up.
 */
import { createHash } from 'node:crypto';
import { constants } from 'node:fs';
import { cp, lstat, mkdir, readdir, readFile, rename, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { parseJson } from '../domain/parse-json.ts';
import { removeTree } from '../host/contain/remove-tree.ts';
import { isObject } from './values.ts';

/** An attempt whose program has a home. */
interface HomeOf {
  runKey: string;
  taskId: string;
  attempt: number;
  epoch: number;
}

/** The private folders of attempts on this machine: HOME of their programs, and what these keep of their sessions. */
export interface AttemptHomes {
  /** Where an attempt's home is, whether it is there or not. */
  homeOf(attempt: HomeOf): string;
  /** Makes it where it is missing. @returns its path */
  open(attempt: HomeOf): Promise<string>;
  /** Keeps a copy of it as it is now, instead of one before. */
  keep(attempt: HomeOf): Promise<void>;
  /** Makes it what the last copy has; empty when there is none. */
  putBack(attempt: HomeOf): Promise<void>;
  /** Takes it away, and its copy. */
  drop(attempt: HomeOf): Promise<void>;
  /** Homes that stand here. */
  list(): Promise<HomeOf[]>;
}

const noteEnding = '.json';

/** @param root absolute; `store`: which of the stores that have homes there is meant */
export function createHomes({ root, store }: { root: string; store: string }): AttemptHomes {
  const homeOf = (attempt: HomeOf): string => path.join(root, nameOf(store, attempt));
  const noteOf = (attempt: HomeOf): string => `${homeOf(attempt)}${noteEnding}`;
  const copyOf = (attempt: HomeOf): string => `${homeOf(attempt)}.begun`;
  return {
    homeOf,
    async open({ runKey, taskId, attempt, epoch }) {
      const key = { runKey, taskId, attempt, epoch };
      await writeFile(noteOf(key), JSON.stringify({ store, ...key }), { mode: 0o600 }); // H2
      await mkdir(homeOf(key), { recursive: true, mode: 0o700 });
      return homeOf(key);
    },
    keep: (attempt) => replace(homeOf(attempt), copyOf(attempt)),
    putBack: (attempt) => replace(copyOf(attempt), homeOf(attempt)),
    async drop(attempt) {
      for (const folder of [homeOf(attempt), copyOf(attempt)])
        for (const each of [folder, `${folder}.new`]) await removeTree(each);
      await removeTree(noteOf(attempt));
    },
    async list() {
      const names = (await readdir(root)).filter((name) => name.endsWith(noteEnding));
      const notes = await Promise.all(names.map((name) => readNote(path.join(root, name))));
      return notes.flatMap((note) => (note?.store === store ? [note.attempt] : []));
    },
  };
}

// Short, as sockets may stand below.
function nameOf(store: string, { runKey, taskId, attempt, epoch }: HomeOf): string {
  const key = JSON.stringify([store, runKey, taskId, attempt, epoch]);
  return createHash('sha256').update(key).digest('base64url').slice(0, 22);
}

// Whoever dies in between leaves the one before, or the new one.
async function replace(from: string, to: string): Promise<void> {
  const made = `${to}.new`;
  await removeTree(made);
  const isThere = await lstat(from).catch(() => null);
  if (isThere) {
    const mode = constants.COPYFILE_FICLONE;
    await cp(from, made, { recursive: true, verbatimSymlinks: true, preserveTimestamps: true, mode, filter: isPlain });
  } else await mkdir(made, { mode: 0o700 });
  await removeTree(to);
  await rename(made, to);
}

// H3
async function isPlain(file: string): Promise<boolean> {
  const found = await lstat(file);
  if (found.isSymbolicLink()) return true;
  if (found.isDirectory()) return (found.mode & 0o700) === 0o700;
  return found.isFile() && (found.mode & 0o400) !== 0;
}

async function readNote(file: string): Promise<{ store: string; attempt: HomeOf } | null> {
  const text = await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return '';
    throw error;
  });
  const value = parseJson(text);
  if (!isObject(value)) return null;
  const { store, runKey, taskId, attempt, epoch } = value;
  if (typeof store !== 'string' || typeof runKey !== 'string' || typeof taskId !== 'string') return null;
  if (typeof attempt !== 'number' || typeof epoch !== 'number') return null;
  return { store, attempt: { runKey, taskId, attempt, epoch } };
}
