import { statSync } from 'node:fs';
import { join } from 'node:path';
import { projectRoot } from '../../host/project-root.ts';

/** The project file's name. */
export const projectFileName = 'gaffer.yaml';

/** Where the project file of a folder lies; null: there is none. Apart from what reads it, which most commands need not load. */
export function findProjectFile(cwd: string): string | null {
  const path = join(projectRoot(cwd), projectFileName);
  return isFile(path) ? path : null;
}

// While agents' commands run, an empty folder may hold the name (host/sandbox/believed-cover.ts).
function isFile(path: string): boolean {
  try {
    return statSync(path).isFile();
  } catch {
    return false;
  }
}
