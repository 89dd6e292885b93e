import { createHash } from 'node:crypto';
import { lstat, readdir, readFile, readlink } from 'node:fs/promises';
import { join, relative } from 'node:path';

/** What git, Gaffer and package managers keep there is no work of anybody. */
const skipped: readonly string[] = ['.git', '.gaffer', 'node_modules'];

/** Files up to this size are read, in bytes; of larger ones size and time count. */
const mostRead = 4 * 1024 * 1024;

/** How many are read at a time. */
const atOnce = 16;

/**
 * Short hash of what lies below a folder: names, kinds, rights and contents. Equal for folders that nobody can tell apart, whenever they were
 * written; empty folders do not count, as sandboxes leave some.
 *
 * @param known files that are not looked at, absolute
 */
export async function folderPrint(folder: string, known: readonly string[] = []): Promise<string> {
  const hash = createHash('sha256');
  const files = (await filesBelow(folder)).toSorted().filter((file) => !known.includes(file));
  for (let from = 0; from < files.length; from += atOnce) {
    const some = files.slice(from, from + atOnce);
    const prints = await Promise.all(some.map((file) => printOf(file)));
    for (const [at, file] of some.entries()) hash.update(`${JSON.stringify(relative(folder, file))} ${prints[at]!}\n`);
  }
  return hash.digest('base64url');
}

async function filesBelow(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { withFileTypes: true }).catch(() => []);
  const found = entries
    .filter(({ name }) => !skipped.includes(name))
    .map(async (entry) => {
      const path = join(folder, entry.name);
      return entry.isDirectory() ? filesBelow(path) : [path];
    });
  return (await Promise.all(found)).flat();
}

// One that goes away meanwhile has changed.
async function printOf(file: string): Promise<string> {
  const found = await lstat(file).catch(() => null);
  if (!found) return 'gone';
  if (found.isSymbolicLink()) return `link ${JSON.stringify(await readlink(file).catch(() => ''))}`;
  if (!found.isFile()) return 'other';
  const mode = (found.mode & 0o111) === 0 ? 'file' : 'program';
  if (found.size > mostRead) return `${mode} ${found.size} ${found.mtimeMs}`;
  return `${mode} ${await contentPrint(file).catch(() => 'unreadable')}`;
}

// At once: a stream has 64 kB of its own for each file, however small.
async function contentPrint(file: string): Promise<string> {
  return createHash('sha256')
    .update(await readFile(file))
    .digest('base64url');
}
