import { existsSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';

const rootMarkers = ['.gaffer', '.git', 'package.json'];

/** The nearest folder, going up, that holds `.gaffer`, `.git` or `package.json`; else the folder itself. */
export function projectRoot(cwd: string): string {
  const start = resolve(cwd);
  for (let folder = start; ; folder = dirname(folder)) {
    if (rootMarkers.some((marker) => existsSync(join(folder, marker)))) return folder;
    if (dirname(folder) === folder) return start;
  }
}
