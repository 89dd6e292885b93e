import { lstatSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { readCommunication } from '../../domain/analysis/communication.ts';
import { toPathParts } from '../../domain/tools/canonical-path.ts';
import type { Diagnostic } from '../source/diagnostic.ts';
import { quoted } from '../source/diagnostic.ts';
import type { SourceDocument } from '../source/source-document.ts';
import { usualBounds } from '../../domain/source/source-bounds.ts';
import type { TaskPlace } from './check-workspaces.ts';

/** The path of the file in which a run can be followed, from the workspace down (null: none), and why it cannot be that. */
export function checkCommunicationFile(
  document: SourceDocument,
  given: string | undefined,
  { workspace, looksForFolders }: TaskPlace,
): { path: string | null; diagnostics: Diagnostic[] } {
  const key = ['communication_file'];
  const written = given ?? document.valueAt(key);
  if (typeof written !== 'string') return { path: null, diagnostics: [] };
  const report = (message: string, hint: string) => {
    return { path: null, diagnostics: [document.diagnostic(key, { code: 'bad-file', message, hint })] };
  };
  const parts = toPathParts(written, [workspace]);
  const problem = typeof parts === 'string' ? 'must be a file in the workspace' : problemOf(parts);
  if (typeof parts === 'string' || problem !== null) {
    const hint = 'such as ".ai-agents/state/team-communication.json"';
    return report(`communication_file ${problem}, but is ${quoted(written)}`, hint);
  }
  if (!looksForFolders || !isForeign(join(workspace, ...parts))) return { path: parts.join('/'), diagnostics: [] };
  const message = `communication_file: ${quoted(written)} is there already, and is no such file: it would be lost`;
  return report(message, 'name another file');
}

function problemOf(parts: readonly string[]): string | null {
  if (!/[^.]\.json$/.test(parts.at(-1) ?? '')) return 'must be named *.json';
  const isHidden = parts.some((part) => part.startsWith('.') && part.toLowerCase() !== '.ai-agents');
  if (isHidden)
    return 'must not lie in a folder whose name begins with a dot, other than ".ai-agents", nor begin with one';
  // Agents, templates and workflows are read from folders of these names.
  const isBelieved = parts.some((part) => /^(?:agents|templates|workflows)$/i.test(part));
  return isBelieved ? 'must not lie where agents, templates or workflows are read from' : null;
}

function isForeign(file: string): boolean {
  try {
    const stat = lstatSync(file);
    return !stat.isFile() || stat.size > usualBounds.bytes || readCommunication(readFileSync(file, 'utf8')) === null;
  } catch {
    return false;
  }
}
