/*
 * How a folder or file of a workspace is opened, and never one outside of it (J3 and J4 of tools/files/workspace-jail.ts): step by step from
 * the workspace down, without following a link.
 */
import { constants, existsSync } from 'node:fs';
import { lstat, open, readlink, realpath } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import path from 'node:path';

/** A path is not one that the model may use; the message is for the model. */
export class JailError extends Error {
  override readonly name = 'JailError';
  readonly kind: 'outside' | 'protected' | 'forbidden' | 'not-found' | 'wrong-type' | 'changed';
  constructor(kind: JailError['kind'], message: string) {
    super(message);
    this.kind = kind;
  }
}

/** An open folder inside the workspace. It stays the same one whatever happens to its path. */
export interface Folder {
  handle: FileHandle;
  /** Path for the file system's functions of an entry of it, or of itself. */
  at(name?: string): string;
  /** Its path from the workspace down, for people; '' is the workspace itself. */
  relative: string;
}

const hasProc = process.platform === 'linux' && existsSync('/proc/self/fd');
const { O_RDONLY, O_DIRECTORY, O_NOFOLLOW, O_NONBLOCK } = constants;

/**
 * Opens a folder of the workspace, component by component (J3).
 *
 * @throws JailError
 */
export async function openFolder(root: string, parts: readonly string[]): Promise<Folder> {
  let folder = await openStep(root, [], root);
  for (let depth = 1; depth <= parts.length; depth++) {
    const parent: Folder = folder;
    try {
      folder = await openStep(root, parts.slice(0, depth), parent.at(parts[depth - 1]));
    } finally {
      await parent.handle.close();
    }
  }
  return folder;
}

async function openStep(root: string, parts: readonly string[], at: string): Promise<Folder> {
  const relative = parts.join('/');
  const handle = await open(at, O_RDONLY | O_DIRECTORY | O_NOFOLLOW).catch((error: NodeJS.ErrnoException) => {
    throw toJailError(error, relative);
  });
  const own = path.join(root, ...parts);
  try {
    await checkOpened(handle, own, relative);
  } catch (error) {
    await handle.close();
    throw error;
  }
  return { handle, relative, at: (name) => path.join(hasProc ? `/proc/self/fd/${handle.fd}` : own, name ?? '.') };
}

/** Opens a file of a folder for reading, or whatever `flags` say; only plain files, and never through a link. */
export async function openFile(folder: Folder, name: string, flags: number, mode?: number): Promise<FileHandle> {
  const relative = folder.relative === '' ? name : `${folder.relative}/${name}`;
  // Without O_NONBLOCK, opening a pipe would wait for its other end for ever.
  const handle = await open(folder.at(name), flags | O_NOFOLLOW | O_NONBLOCK, mode).catch(
    (error: NodeJS.ErrnoException) => {
      throw toJailError(error, relative);
    },
  );
  try {
    const stat = await handle.stat();
    if (stat.isDirectory()) throw new JailError('wrong-type', `${quote(relative)} is a folder: use list`);
    if (!stat.isFile()) throw new JailError('wrong-type', `${quote(relative)} is not a plain file`);
    if (!hasProc) await checkOpened(handle, folder.at(name), relative);
  } catch (error) {
    await handle.close();
    throw error;
  }
  return handle;
}

// The thing behind the handle must be the thing that the path means, links resolved (J3, J4).
async function checkOpened(handle: FileHandle, own: string, relative: string): Promise<void> {
  const isSame = hasProc
    ? (await readlink(`/proc/self/fd/${handle.fd}`)) === own
    : await Promise.all([handle.stat(), lstat(own), realpath(own)]).then(
        ([opened, named, real]) => opened.dev === named.dev && opened.ino === named.ino && real === own,
        () => false,
      );
  if (!isSame) throw new JailError('changed', `${quote(relative)} was moved or replaced meanwhile: try again`);
}

function toJailError(error: NodeJS.ErrnoException, relative: string): JailError {
  const name = quote(relative === '' ? '.' : relative);
  if (error.code === 'ENOENT') return new JailError('not-found', `there is no ${name}: list shows what there is`);
  if (error.code === 'ELOOP') return new JailError('changed', `${name} became a link meanwhile: try again`);
  if (error.code === 'ENOTDIR') return new JailError('wrong-type', `${name} is not a folder`);
  if (error.code === 'EISDIR') return new JailError('wrong-type', `${name} is a folder`);
  if (error.code === 'EEXIST') return new JailError('changed', `${name} is there already`);
  return new JailError('not-found', `${name} cannot be opened (${error.code})`);
}

/** A path that somebody wrote, for a message. */
export function quote(text: string): string {
  const short = text.length <= 200 ? text : `${text.slice(0, 200)}…`;
  return JSON.stringify(short);
}
