/*
 * What a person allowed, and what Gaffer made itself: one note each in the user's own folder, outside of every project.
 * T1 A note holds for one real path and one content: whoever changes the thing has to ask again.
 * T2 Only the environment says where the notes lie, never a file of a project.
 * T3 A note that another account made, or could change, counts for nothing.
 */
import { createHash } from 'node:crypto';
import {
  accessSync,
  constants,
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  realpathSync,
  rmSync,
  statSync,
} from 'node:fs';
import { homedir, userInfo } from 'node:os';
import path from 'node:path';
import { GafferError } from '../domain/errors.ts';
import { shellWord } from '../domain/shell-word.ts';
import { readJsonFile, writeJsonFile } from '../host/json-file.ts';
import type { Environment } from './environment.ts';

/** What can be trusted. */
export type TrustKind =
  | ('env' | 'home' | 'workspace' | 'template' | 'script' | 'mcp' | 'project' | 'tools')
  /** A script that runs as a workflow. */
  | 'workflow';

/** Something that is believed as long as it stays what it is. */
export interface TrustedThing {
  kind: TrustKind;
  /** Its real path. */
  path: string;
  /** sha256 of what it says. */
  hash: string;
}

/**
 * Something would be believed that nobody allowed. The message says what it asks for, and names `gaffer trust`.
 *
 * Thrown before anything was done, so that whoever can ask may grant it and begin again.
 */
export class NotTrustedError extends GafferError {
  override readonly name = 'NotTrustedError';
  readonly kind = 'needs-person';
  readonly thing: TrustedThing;
  /** What it asks for, in a sentence. */
  readonly asks: string;
  /** What a person is to see before deciding; null: the sentence says it all. */
  readonly shown: string | null;
  constructor(thing: TrustedThing, asks: string, shown: string | null = null) {
    super(`${asks} Look at it; if it may, run: gaffer trust ${shellWord(thing.path)}`);
    this.thing = thing;
    this.asks = asks;
    this.shown = shown;
  }
}

/** The notes of one user. */
export interface TrustStore {
  holds(thing: TrustedThing): boolean;
  /** @throws TrustStoreError when the user's folder cannot be written */
  grant(thing: TrustedThing): void;
  /**
   * Notes what is about to be made, beside what was granted of that path; of several at once each is noted.
   *
   * @returns what takes the note away, once it is granted or not to be. @throws TrustStoreError as `grant` does
   */
  expect(thing: TrustedThing): () => void;
  /** Those whose things are still there, by path. */
  list(): TrustedThing[];
}

/**
 * The user's own folder cannot be written.
 *
 * @internal
 */
export class TrustStoreError extends GafferError {
  override readonly name = 'TrustStoreError';
  readonly kind = 'failed';
}

/**
 * The user's folder for settings: `XDG_CONFIG_HOME`, else `.config` of the account's home, then `gaffer`. Touches nothing.
 *
 * `HOME` counts only where the account has no home: commands that are started with another one see the same notes.
 */
export function userConfigDir(env: Environment = process.env): string {
  const given = env['XDG_CONFIG_HOME'];
  const base = given && path.isAbsolute(given) ? given : path.join(accountHome(env), '.config');
  return path.join(base, 'gaffer');
}

function accountHome(env: Environment): string {
  try {
    const { homedir: folder } = userInfo();
    accessSync(folder, constants.W_OK);
    return folder;
  } catch {
    return env['HOME'] || homedir();
  }
}

/** The notes of this user. Give it the environment itself, without what a `.env` adds (T2). */
export function openTrustStore(env: Environment = process.env): TrustStore {
  const folder = path.join(userConfigDir(env), 'trust');
  const fileOf = ({ kind, path: where }: TrustedThing): string =>
    path.join(folder, `${sha256(`${kind}\n${where}`).slice(0, 32)}.json`);
  const expectedFileOf = (thing: TrustedThing): string =>
    path.join(folder, `${sha256(`${thing.kind}\n${thing.path}\n${thing.hash}`).slice(0, 32)}.json`);
  const list = (): TrustedThing[] =>
    notesIn(folder)
      .flatMap((file) => readNote(file) ?? [])
      .filter((thing) => existsSync(thing.path))
      .toSorted((a, b) => a.path.localeCompare(b.path));
  return {
    holds(thing) {
      return [fileOf(thing), expectedFileOf(thing)].some((file) => {
        const note = readNote(file);
        return note?.kind === thing.kind && note.path === thing.path && note.hash === thing.hash;
      });
    },
    grant: (thing) => writeNote(folder, fileOf(thing), thing),
    expect(thing) {
      const file = expectedFileOf(thing);
      writeNote(folder, file, thing);
      return () => rmSync(file, { force: true });
    },
    list,
  };
}

function writeNote(folder: string, file: string, thing: TrustedThing): void {
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    for (const old of notesIn(folder)) if (isForgotten(old)) rmSync(old, { force: true });
    writeJsonFile(file, { ...thing, at: new Date().toISOString() });
  } catch (cause) {
    const wayOut = 'Set XDG_CONFIG_HOME to a folder of your own.';
    throw new TrustStoreError(`${folder} keeps what you trust, and cannot be written. ${wayOut}`, { cause });
  }
}

// What is away may come back: a disk that is not plugged in, a folder that another container has.
const keptMs = 90 * 24 * 60 * 60_000;

function isForgotten(file: string): boolean {
  return (
    !existsSync(readNote(file)?.path ?? '') &&
    Date.now() - (lstatSync(file, { throwIfNoEntry: false })?.mtimeMs ?? 0) > keptMs
  );
}

/** A file as something to trust. @throws Error of the file system */
export function fileToTrust(kind: TrustKind, file: string, content: string): TrustedThing {
  return { kind, path: realpathSync(file), hash: sha256(content) };
}

/** The account that a file or folder belongs to, links followed, when that is neither this one nor the system's; null: it is not so. */
export function foreignOwnerOf(file: string): number | null {
  const me = process.getuid?.();
  if (me === undefined || !existsSync(file)) return null;
  const { uid } = statSync(file);
  return uid === me || uid === 0 ? null : uid;
}

/** Whether only this account, or the system's, made a file or folder and can change it. */
export function isOwn(file: string): boolean {
  const { uid, mode } = lstatSync(file);
  const me = process.getuid?.();
  return me === undefined || ((uid === me || uid === 0) && (mode & 0o022) === 0);
}

/** sha256 of a text, in hexadecimal. */
export function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

function notesIn(folder: string): string[] {
  try {
    if (!isOwn(folder)) return []; // T3
    return readdirSync(folder)
      .filter((name) => name.endsWith('.json'))
      .map((name) => path.join(folder, name));
  } catch {
    return [];
  }
}

function readNote(file: string): TrustedThing | undefined {
  try {
    if (!isOwn(file) || !isOwn(path.dirname(file))) return undefined; // T3
  } catch {
    return undefined;
  }
  const note = readJsonFile(file) as Partial<TrustedThing> | undefined;
  if (!note?.kind || typeof note.path !== 'string' || typeof note.hash !== 'string') return undefined;
  return { kind: note.kind, path: note.path, hash: note.hash };
}
