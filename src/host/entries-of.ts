import type { Dirent } from 'node:fs';
import { opendir } from 'node:fs/promises';

/**
 * The first entries of a folder where agents write: one can hold millions, which no process has room for.
 *
 * @throws the operating system's error when it cannot be listed
 */
export async function entriesOf(folder: string, most: number): Promise<Dirent[]> {
  const found: Dirent[] = [];
  for await (const entry of await opendir(folder, { bufferSize: 256 })) {
    found.push(entry);
    if (found.length >= most) break;
  }
  return found;
}

/** Whether nothing is in a folder, or it is gone by now: sandboxes that overlap make empty ones, and take them away again. */
export async function isEmptyFolder(folder: string): Promise<boolean> {
  try {
    return (await entriesOf(folder, 1)).length === 0;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return true;
    throw error;
  }
}
