import { lstat, mkdir, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';

/**
 * Writes a file of ours into an attempt's home before a session begins, and says where it is; `name` may have folders in it.
 *
 * The program of a session before could write there: what stands in the file's place, or in that of a folder above it, a link to files of the
 * user's for one, is taken away and not followed.
 */
export async function writeHomeFile(home: string, name: string, text: string): Promise<string> {
  await mkdir(home, { recursive: true, mode: 0o700 });
  const folders = name.split('/').slice(0, -1);
  for (const depth of folders.keys()) await ownFolder(path.join(home, ...folders.slice(0, depth + 1)));
  const file = path.join(home, name);
  await rm(file, { recursive: true, force: true });
  await writeFile(file, text, { flag: 'wx', mode: 0o600 });
  return file;
}

async function ownFolder(folder: string): Promise<void> {
  const known = await lstat(folder).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return null;
    throw error;
  });
  if (known?.isDirectory()) return;
  if (known) await rm(folder);
  await mkdir(folder, { mode: 0o700 });
}
