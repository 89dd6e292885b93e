import { lstatSync } from 'node:fs';

/** What lies at a path, links not followed; `missing` also when it cannot be reached, such as below a file. */
export function kindOf(file: string): 'file' | 'folder' | 'link' | 'missing' {
  try {
    const found = lstatSync(file);
    if (found.isSymbolicLink()) return 'link';
    return found.isDirectory() ? 'folder' : 'file';
  } catch {
    return 'missing';
  }
}
