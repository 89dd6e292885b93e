import { realpathSync } from 'node:fs';
import { homedir, userInfo } from 'node:os';
import { dirname, join, relative, resolve, sep } from 'node:path';
import type { Plan } from '../../domain/plan/plan.ts';
import { ownWorkspaces, workspaceOf } from '../../domain/plan/workspace.ts';
import { readUserFile } from '../../host/user-file.ts';

/** Folders of a home that hold keys: no file may have agents work there, nor in one that contains them. */
const keyFolders = [
  '.ssh',
  '.gnupg',
  '.aws',
  '.azure',
  '.kube',
  '.docker',
  '.config',
  '.local/share/keyrings',
  '.claude',
];

/**
 * Folders in which a workflow file, rather than the person who starts it, has agents work, although they lie outside of its own folder
 * and of the current one, or hold keys.
 *
 * @throws NotTrustedError naming them, unless the file was trusted as it is
 */
export async function checkChosenWorkspaces(
  plan: Plan,
  { cwd, file, isGiven }: { cwd: string; file: string; isGiven: boolean },
): Promise<void> {
  const path = resolve(cwd, file);
  const tasks = ownWorkspaces(plan.tasks).map((own) => workspaceOf(plan, { workspace: { path: own } }).path);
  const allowed = [dirname(path), cwd, ...(isGiven ? [plan.workspace] : [])].map(realOf);
  const mayHoldKeys = new Set([realOf(cwd), ...(isGiven ? [realOf(plan.workspace)] : [])]);
  const asked = [...new Set([...(isGiven ? [] : [plan.workspace]), ...tasks].map(realOf))].filter(
    (folder) => !allowed.some((outer) => isInside(folder, outer)) || (holdsKeys(folder) && !mayHoldKeys.has(folder)),
  );
  if (asked.length === 0) return;
  const { fileToTrust, NotTrustedError, openTrustStore } = await import('../../config/trust-store.ts');
  const thing = fileToTrust('workspace', path, readUserFile(path));
  if (openTrustStore().holds(thing)) return;
  throw new NotTrustedError(
    thing,
    `${thing.path} has agents work in ${asked.join(', ')}, outside of its folder or where keys are (--workspace would be your own word).`,
  );
}

function holdsKeys(folder: string): boolean {
  const homes = [homedir(), accountHome()].map(realOf);
  return homes.some((home) =>
    keyFolders.map((name) => join(home, name)).some((keys) => isInside(keys, folder) || isInside(folder, keys)),
  );
}

function accountHome(): string {
  try {
    return userInfo().homedir;
  } catch {
    return homedir();
  }
}

function isInside(inner: string, outer: string): boolean {
  const way = relative(outer, inner);
  return way === '' || (way !== '..' && !way.startsWith(`..${sep}`) && !way.startsWith(sep));
}

/** A folder that is not there is refused elsewhere. */
function realOf(folder: string): string {
  try {
    return realpathSync(folder);
  } catch {
    return resolve(folder);
  }
}
