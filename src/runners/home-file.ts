import { mkdir, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';

/**
 * Writes a file of ours into an attempt's home before a session begins, and says where it is.
 *
 * The program of a session before could write there: what stands in the file's place, a link to a file of the user's for one, is taken away
 * and not followed.
 */
export async function writeHomeFile(home: string, name: string, text: string): Promise<string> {
  const file = path.join(home, name);
  await mkdir(home, { recursive: true, mode: 0o700 });
  await rm(file, { recursive: true, force: true });
  await writeFile(file, text, { flag: 'wx', mode: 0o600 });
  return file;
}
