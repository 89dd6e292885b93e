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
