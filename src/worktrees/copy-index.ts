import { copyFile, stat, utimes } from 'node:fs/promises';

/**
 * Copies git's notes of files, with their time. Git looks anew into files that were changed in the second of its notes or later; with a later
 * time it would take a change of that second for none, where the length is the same.
 */
export async function copyIndex(from: string, to: string): Promise<void> {
  const { atime, mtime } = await stat(from);
  await copyFile(from, to);
  await utimes(to, atime, mtime);
}
