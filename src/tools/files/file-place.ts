import { stat } from 'node:fs/promises';
import path from 'node:path';
import type { CanonicalCall } from '../../domain/tools/canonical-call.ts';
import { fileCall } from '../../domain/tools/canonical-call.ts';
import type { ToolCall } from '../tool.ts';
import type { JailedPath } from './workspace-jail.ts';
import { JailError } from '../../host/jail/open-folder.ts';
import { resolveInJail } from './workspace-jail.ts';

/** What is done to a file. */
type FileAction = 'read' | 'write' | 'edit' | 'list' | 'search';

/** How far one call walks through the workspace. */
export interface WalkLimits {
  timeMs: number;
  entries: number;
}

/** What every walk is bounded by. */
export const walkLimits: WalkLimits = { timeMs: 5000, entries: 100_000 };

/** Where a call may do what: the jail says what a path means, the policy whether that may be touched. */
export interface FilePlace {
  workspace: string;
  /** As in `ToolCall`. */
  leadsTo?: string | undefined;
  writable?: readonly string[] | undefined;
  action: FileAction;
  objection: ToolCall['objection'];
  limits: WalkLimits;
}

/** A resolved path that the policy lets be touched, and whether it lets what lies in it. */
export interface OpenPath extends JailedPath {
  permits(parts: readonly string[]): boolean;
}

/**
 * Resolves a path that a model wrote, and asks the policy about what it leads to: that, and no other path, is opened then.
 *
 * @throws JailError
 */
export async function openPath(place: FilePlace, text: string): Promise<OpenPath> {
  const { found, touched } = await touchedBy(place, text);
  checkLease(place, found.parts);
  const objection = place.objection(touched(found.parts), 'itself');
  if (objection !== null) throw new JailError('forbidden', objection);
  return { ...found, permits: (parts) => place.objection(touched(parts), 'inside') === null };
}

// By where links lead: the shell's mounts hold to the same.
function checkLease({ writable, action }: FilePlace, parts: readonly string[]): void {
  if (writable === undefined || !(action === 'write' || action === 'edit')) return;
  const file = parts.join('/');
  if (writable.some((folder) => file.startsWith(`${folder}/`))) return;
  throw new JailError(
    'forbidden',
    `${JSON.stringify(file)} is not yours to change: this task may write in ${writable.join(', ')} only`,
  );
}

/**
 * The call as it will touch the workspace, links followed.
 *
 * @throws JailError
 */
export async function canonicalFile(
  place: Pick<FilePlace, 'workspace' | 'action'>,
  text: string,
): Promise<CanonicalCall> {
  const { found, touched } = await touchedBy(place, text);
  return touched(found.parts);
}

async function touchedBy(
  { workspace, leadsTo, action }: Pick<FilePlace, 'workspace' | 'leadsTo' | 'action'>,
  text: string,
) {
  const found = await resolveInJail(workspace, text, action === 'write' || action === 'edit' ? 'write' : 'read');
  if (leadsTo !== undefined && leadsTo !== found.root)
    throw new JailError('changed', 'the workspace folder was moved or replaced meanwhile: try again');
  const roots = [...new Set([found.root, workspace])];
  const foldsCase = await isCaseFolded(found);
  const touched = (parts: readonly string[]): CanonicalCall => fileCall({ action, parts, roots, foldsCase });
  return { found, touched };
}

// Asked of what is there: whether a name in other case leads to the same thing.
async function isCaseFolded({ root, parts, missing }: JailedPath): Promise<boolean> {
  for (let known = parts.length - missing; known >= 0; known--) {
    const own = path.join(root, ...parts.slice(0, known));
    const name = path.basename(own);
    const other = name === name.toLowerCase() ? name.toUpperCase() : name.toLowerCase();
    if (other === name) continue;
    const [one, two] = await Promise.all(
      [own, path.join(path.dirname(own), other)].map((each) => stat(each).catch(() => null)),
    );
    return Boolean(one && two && one.dev === two.dev && one.ino === two.ino);
  }
  return false;
}
