import { mkdtemp, readdir, rm, stat } from 'node:fs/promises';
import path from 'node:path';
import { undoneAtExit } from '../../host/exit/undone-at-exit.ts';
import { rmSync } from 'node:fs';
import { privateFolder } from '../../host/private-folder.ts';

/** No step of a merge takes so long, in ms: what is older was left by somebody who was killed. */
const leftMs = 6 * 60 * 60_000;

/**
 * Does something with a private folder that goes away afterwards; one that is left by a kill goes with a later one.
 *
 * @param outsideOf it lies outside of this folder
 * @throws Error when there is no place for one
 */
export async function withScratch<Result>(
  outsideOf: string,
  work: (folder: string) => Promise<Result>,
): Promise<Result> {
  const root = await privateFolder('merges', outsideOf);
  await sweep(root);
  const folder = await mkdtemp(path.join(root, 'merge-'));
  const inOrder = undoneAtExit(() => rmSync(folder, { recursive: true, force: true }));
  try {
    return await work(folder);
  } finally {
    inOrder();
    await rm(folder, { recursive: true, force: true });
  }
}

async function sweep(root: string): Promise<void> {
  const before = Date.now() - leftMs;
  for (const name of await readdir(root)) {
    const folder = path.join(root, name);
    const made = await stat(folder).catch(() => null);
    if (made && made.mtimeMs < before) await rm(folder, { recursive: true, force: true });
  }
}
