import { dirname, resolve } from 'node:path';
import { ownWorkspaces, workspaceOf } from '../../domain/plan/workspace.ts';
import { holdsKeys, isInside, realOf } from '../../host/key-folders.ts';
import type { LoadedDefinition } from './load-definition.ts';

/**
 * Folders in which a workflow file, rather than the person who starts it, has agents work, although they lie outside of its own folder
 * and of the current one, or hold keys.
 *
 * @throws NotTrustedError naming them, unless the file was trusted as it is
 */
export async function checkChosenWorkspaces(
  { plan, text }: Pick<LoadedDefinition, 'plan' | 'text'>,
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
  const thing = fileToTrust('workspace', path, text ?? '');
  if (openTrustStore().holds(thing)) return;
  throw new NotTrustedError(
    thing,
    `${thing.path} has agents work in ${asked.join(', ')}, outside of its folder or where keys are (\`workspace\` would be your own word).`,
  );
}
