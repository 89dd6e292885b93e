import { mkdtempSync, rmSync } from 'node:fs';
import { mkdir, readdir, stat } from 'node:fs/promises';
import path from 'node:path';
import { removeTree } from '../../host/contain/remove-tree.ts';
import { undoneAtExit } from '../../host/exit/undone-at-exit.ts';
import { readJsonFile, writeJsonFile } from '../../host/json-file.ts';
import { privateFolder } from '../../host/private-folder.ts';
import { identify, isHere, type ProcessIdentity, standingOf } from '../../host/process-identity.ts';

/** No step of a merge takes so long, in ms: what is older was left by somebody who was killed, where nobody can say whether he lives. */
const leftMs = 6 * 60 * 60_000;

/** In a folder for one step: whose it is, and the step's own. */
const [ownerName, workName] = ['owner.json', 'work'];

/** A private folder for as long as somebody needs it. */
export interface Scratch {
  folder: string;
  drop: () => Promise<void>;
}

/**
 * Does something with a private folder that goes away afterwards; one that is left by a kill goes with the next step, whoever does it.
 *
 * @param outsideOf it lies outside of this folder
 * @throws Error when there is no place for one
 */
export async function withScratch<Result>(
  outsideOf: string,
  work: (folder: string) => Promise<Result>,
): Promise<Result> {
  const scratch = await openScratch(outsideOf);
  try {
    return await work(scratch.folder);
  } finally {
    await scratch.drop();
  }
}

/** The same folder for whoever drops it himself; it goes away when this process ends, too. @throws Error when there is no place for one */
export async function openScratch(outsideOf: string): Promise<Scratch> {
  const root = await privateFolder('merges', outsideOf);
  await sweep(root);
  const folder = mkdtempSync(path.join(root, 'merge-'));
  const inOrder = undoneAtExit(() => rmSync(folder, { recursive: true, force: true }));
  const drop = async (): Promise<void> => {
    inOrder();
    await removeTree(folder);
  };
  try {
    writeJsonFile(path.join(folder, ownerName), identify(process.pid) ?? null);
    const own = path.join(folder, workName);
    await mkdir(own);
    return { folder: own, drop };
  } catch (error) {
    await drop();
    throw error;
  }
}

async function sweep(root: string): Promise<void> {
  for (const name of await readdir(root)) {
    const folder = path.join(root, name);
    // What stays all the same is in nobody's way.
    if (await isLeft(folder)) await removeTree(folder).catch(() => undefined);
  }
}

async function isLeft(folder: string): Promise<boolean> {
  const owner = readJsonFile(path.join(folder, ownerName)) as ProcessIdentity | null | undefined;
  // A home may be that of several hosts and containers: of a process elsewhere only time tells.
  if (owner && isHere(owner)) return standingOf(owner) === 'dead';
  const made = await stat(folder).catch(() => null);
  return made !== null && made.mtimeMs < Date.now() - leftMs;
}
