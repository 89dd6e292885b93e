import type { TestProject } from 'vitest/node';
import { guardedRunFolder } from './run-folder.ts';

/** A folder for all that tests make which start their own servers; nothing of it outlives the run. */
export default function setup(project: TestProject): () => Promise<void> {
  const folder = guardedRunFolder(project.vitest.projects.map(({ tmpDir }) => tmpDir));
  return () => folder.remove();
}
