import { builtInTools, type ToolName } from '../domain/tool-names.ts';
import { fileActions } from './tool-words.ts';

/*
 * What stands in the brackets of a tool's word, as globs of our rules.
 *
 * G1 A grant never reaches further than what was written: what we cannot say as narrowly is not understood.
 * G2 What is taken away never reaches less far.
 */

/** The whole of a tool, where nothing stands in brackets. */
export const wholeTool = '**';

/** Globs for `unless` of what a word grants; null: it is not understood. */
export function grantsOf(tool: ToolName, actions: readonly string[], only: string | null): string[] | null {
  if (tool === builtInTools.filesystem.name) {
    const path = only === null ? wholeTool : grantedPath(only);
    return path === null ? null : actions.map((action) => `${action} ${path}`);
  }
  if (only === null || /^(?::?\*|\*\*)$/.test(only)) return [wholeTool];
  if (tool === builtInTools.bash.name) return only.includes('?') ? null : commandGlobs(only);
  if (tool !== builtInTools.web.name) return null;
  const host = hostOf(only);
  if (host === null) return /^https?:\/\/[^?\s]+$/.test(only) ? [only] : null;
  return host === '*' ? [wholeTool] : [`https://${host}/*`, `http://${host}/*`];
}

/** Globs for `match` of what a word takes away, a rule each; null: it is not understood. */
export function denialsOf(tool: ToolName, actions: readonly string[], only: string): string[] | null {
  if (tool === builtInTools.filesystem.name) {
    const path = deniedPath(only);
    // To write covers to edit, and a rule about editing means every way to change a file.
    const verbs = actions.map((action) => (action === 'edit' ? 'write' : action));
    return path === null ? null : [...new Set(verbs)].map((verb) => `${verb} ${path}`);
  }
  if (tool === builtInTools.bash.name) return commandGlobs(only);
  const host = tool === builtInTools.web.name ? hostOf(only) : null;
  return host === null ? null : [`*://${host}`, `*://${host}:*`];
}

/** Whether globs of `filesystem` give all that it does. */
export function isWholeFilesystem(globs: ReadonlySet<string>): boolean {
  return fileActions.every((action) => globs.has(`${action} ${wholeTool}`));
}

// `git status:*` is a command with whatever follows it as words of its own; `:*` stands at the end, or several commands are meant.
function commandGlobs(only: string): string[] | null {
  const stem = /^(.*\S)(?::\*| \*)$/s.exec(only)?.[1];
  if (only === '' || (stem ?? only).includes(':*')) return null;
  return stem === undefined ? [only] : [stem, `${stem} *`];
}

// As assistants read it: `/src` from the project down, `//src` from the root of the disk.
function grantedPath(only: string): string | null {
  if (only === '*') return wholeTool;
  const path = plain(only);
  return path === null || /^~|(?:^|\/)\.\.(?:\/|$)/.test(path) ? null : path;
}

// Where somebody's home lies, or what is above the workspace, nobody knows here: below it is anywhere.
function deniedPath(only: string): string | null {
  const below = /^(?:~[^/]*|\.\.)(?:\/+\.\.)*(?:\/+|$)(.*)$/s.exec(only)?.[1];
  if (below !== undefined && /(?:^|\/)\.\.(?:\/|$)/.test(below)) return null;
  const path = below === '' ? wholeTool : plain(below ?? only);
  return path === null || (below === undefined && path.includes('/')) ? path : `**/${path}`;
}

function plain(only: string): string | null {
  if (only === '' || /[[\]{}!\\"'`]/.test(only)) return null;
  const path = only.startsWith('//') ? only.slice(1) : only.replace(/^\.?\//, '');
  return path.endsWith('/') || path === '' ? `${path}**` : path;
}

function hostOf(only: string): string | null {
  return /^domain:([\w.*-]+)$/i.exec(only)?.[1]?.toLowerCase() ?? null;
}
