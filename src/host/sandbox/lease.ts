/*
 * What of a workspace a command may write, where that is not all of it: the workspace is mounted read-only, and its leased folders writable
 * on top. The kernel keeps that for every program: a write elsewhere is EROFS, a rename or hard link out of a folder EXDEV.
 * L1 Folders alone: a single file that is a mount can be written, but not replaced, which is how editors write.
 * L2 None is a link, nor is what leads to it: a mount would follow it. One that is not there yet is made.
 * L3 Nothing of git's own is leased. What is believed outside stays covered in a leased folder, too.
 */
import { mkdirSync } from 'node:fs';
import path from 'node:path';
import { kindOf } from '../kind-of.ts';
import { JailError, openFolder, quote } from '../jail/open-folder.ts';
import { linkError } from './git-folders.ts';

/**
 * The folders of a lease, outer ones first, each of them there; null: all of the workspace, a real path, is leased.
 *
 * @param names from the workspace down
 * @throws JailError when one of them cannot be leased
 */
export async function openLease(workspace: string, names: readonly string[] | null): Promise<string[] | null> {
  if (names === null) return null;
  const folders = [...new Set(names.map(plainFolder))];
  if (folders.includes('')) return null;
  for (const folder of folders) await openLeased(workspace, folder);
  const outer = folders.filter((folder) => !folders.some((other) => other !== folder && isLeased([other], folder)));
  return outer.toSorted();
}

/** Whether a path from the workspace down is a leased folder or lies in one. */
export function isLeased(lease: readonly string[], name: string): boolean {
  return lease.some((folder) => `${name}/`.startsWith(`${folder}/`));
}

function plainFolder(name: string): string {
  const plain = path.posix.normalize(name).replace(/\/$/, '');
  if (plain === '.') return '';
  const parts = plain.split('/');
  if (path.isAbsolute(plain) || parts[0] === '..')
    throw new JailError('outside', `${quote(name)} lies outside of the workspace: a lease is for folders in it`);
  if (parts.some((part) => part.toLowerCase() === '.git'))
    throw new JailError('protected', `${quote(name)} belongs to git: it cannot be leased`);
  return plain;
}

async function openLeased(workspace: string, folder: string): Promise<void> {
  const parts = folder.split('/');
  for (const [depth, part] of parts.entries()) {
    const name = parts.slice(0, depth + 1).join('/');
    const kind = kindOf(path.join(workspace, name));
    if (kind === 'link') throw linkError(name);
    if (kind !== 'missing' && kind !== 'folder')
      throw new JailError('wrong-type', `${quote(name)} is no folder: lease the one that it lies in`);
    const parent = await openFolder(workspace, parts.slice(0, depth));
    try {
      if (kind === 'missing') makeFolder(parent.at(part));
    } finally {
      await parent.handle.close();
    }
  }
}

// Somebody else may have made it meanwhile.
function makeFolder(folder: string): void {
  try {
    mkdirSync(folder);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  }
}
