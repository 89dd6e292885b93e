import { lstat, readdir } from 'node:fs/promises';
import { join, relative } from 'node:path';

const mostEntries = 50_000;
/** What Gaffer and package managers keep there is no work of anybody. */
const skipped: readonly string[] = ['.gaffer', 'node_modules'];

/**
 * In words, the first file below a folder that was made or changed since (ms since the epoch), or folder that one was taken from, by its
 * path from there on; of a git repository also what its branches stand at. null: none.
 *
 * @param known files and folders that are not looked at, absolute: what is told of in another way
 */
async function changedSince(folder: string, since: number, known: readonly string[] = []): Promise<string | null> {
  const look = new Look(folder, since, new Set(known.filter((path) => path !== folder)));
  return look.at(folder);
}

/** The same of several folders. */
export async function anyChangedSince(
  folders: readonly string[],
  since: number,
  known: readonly string[] = [],
): Promise<string | null> {
  for (const folder of folders) {
    const found = await changedSince(folder, since, known);
    if (found !== null) return found;
  }
  return null;
}

class Look {
  readonly #root: string;
  readonly #since: number;
  readonly #known: ReadonlySet<string>;
  #count = 0;

  constructor(root: string, since: number, known: ReadonlySet<string>) {
    this.#root = root;
    this.#since = since;
    this.#known = known;
  }

  async at(folder: string): Promise<string | null> {
    const entries = await readdir(folder, { withFileTypes: true }).catch(() => null);
    if (!entries) return this.#name(folder);
    let isExplained = false;
    for (const entry of entries.toSorted((a, b) => (a.name < b.name ? -1 : 1))) {
      const path = join(folder, entry.name);
      if (skipped.includes(entry.name)) continue;
      if (this.#known.has(path)) {
        // An editor that saves it changes its folder, too.
        isExplained ||= await this.#isNewer(path);
        continue;
      }
      if (++this.#count > mostEntries) return `there are more than ${mostEntries} files`;
      const found = entry.name === '.git' ? await this.#atGit(path) : await this.#atEntry(path, entry.isDirectory());
      if (found !== null) return found;
    }
    return !isExplained && (await this.#isNewer(folder)) ? this.#name(folder) : null;
  }

  async #atEntry(path: string, isFolder: boolean): Promise<string | null> {
    if (isFolder) return this.at(path);
    return (await this.#isNewer(path)) ? this.#name(path) : null;
  }

  // What is staged, and what git keeps for itself, is left out: looking at a repository changes it.
  async #atGit(git: string): Promise<string | null> {
    for (const name of ['HEAD', 'packed-refs'])
      if (await this.#isNewer(join(git, name))) return this.#name(join(git, name));
    const refs = await readdir(join(git, 'refs'), { recursive: true, withFileTypes: true }).catch(() => []);
    for (const ref of refs) {
      const path = join(ref.parentPath, ref.name);
      // Snapshots of ours.
      if (!ref.isFile() || path.startsWith(join(git, 'refs', 'gaffer'))) continue;
      if (await this.#isNewer(path)) return this.#name(path);
    }
    return null;
  }

  // The time of the last change of any kind, which nobody can set.
  async #isNewer(path: string): Promise<boolean> {
    const found = await lstat(path).catch(() => null);
    return found !== null && found.ctimeMs > this.#since;
  }

  #name(path: string): string {
    return `${relative(this.#root, path) || 'the workspace'} has changed since`;
  }
}
