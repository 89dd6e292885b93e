/*
 * Workflow files of a service's folders, for who does not know their names:
 * F1 Links are not followed, and what callers may not name (access/nameable.ts) is not there.
 * F2 Whatever lies in those folders, little of it is looked at: somebody waits for the answer. Others get their turn between two files, and
 *    what a file says is read once for as long as it stays as it is.
 */
import { readdir, stat } from 'node:fs/promises';
import { extname, join, relative, resolve, sep } from 'node:path';
import { setImmediate as turn } from 'node:timers/promises';
import { isForeign, openDefinition } from '../../definition/formats/open-definition.ts';
import { DefinitionError } from '../../definition/source/diagnostic.ts';
import { isJsonObject } from '../../definition/source/source-document.ts';
import { usualBounds } from '../../domain/source/source-bounds.ts';
import { readSourceFile, type SourceText } from '../../definition/source/source-text.ts';
import { readYaml } from '../../definition/source/read-yaml.ts';
import type { JsonValue } from '../../domain/json.ts';
import { isReadable } from '../access/nameable.ts';
import type { Session } from '../connection/session.ts';
import { ByStamp } from './by-stamp.ts';

/** A file that can be named as what is to run. */
export interface WorkflowFile {
  /** Its path from the session's folder, with slashes: what a start names. */
  id: string;
  /** Absolute. */
  file: string;
  /** What it says, whatever its format; in a list only its name and what it is for; null: it cannot be read as one. */
  value: JsonValue;
  /** Why it cannot be read; null: it can. */
  problem: string | null;
}

type ReadWorkflow = Pick<WorkflowFile, 'value' | 'problem'>;

const mostEntries = 5000;
const mostFiles = 300;
/** Most that is read for one list: other YAML and JSON than workflows has to be read, too. */
const mostBytes = 64 * 1024 * 1024;
const deepest = 5;
/** A key that one of the formats cannot do without: most files have none, and are not read as YAML. */
const mayBeOne =
  /(?:^|[\s{,"'])(?:tasks?|task_description|phases|workflowName|workflowId|workstreams|agentName|agents|orchestrator)["']?\s*:/m;

/** The workflow files below the folders of a session, by their names. `isAll`: there may be more otherwise. */
export async function findWorkflowFiles({
  cwd,
  bounds,
}: Pick<Session, 'cwd' | 'bounds'>): Promise<{ files: WorkflowFile[]; isAll: boolean }> {
  if (bounds?.seesFiles === false) return { files: [], isAll: true };
  const folders = [...new Set([cwd, ...(bounds?.folders ?? [])])].map((folder) => ({ folder, depth: 0 }));
  const found = new Map<string, WorkflowFile>();
  const may = (file: string): boolean => bounds === undefined || isReadable(bounds, file);
  let entries = 0;
  let bytes = 0;
  for (const { folder, depth } of folders) {
    const isHere = bounds === undefined || depth > 0 || bounds.folders.includes(folder);
    for (const entry of isHere ? await entriesOf(folder) : []) {
      if (++entries > mostEntries || found.size >= mostFiles || bytes >= mostBytes)
        return { files: byId(found), isAll: false };
      if (entry.name.startsWith('.') || entry.name === 'node_modules') continue;
      const path = join(folder, entry.name);
      if (entry.isDirectory() && depth < deepest) folders.push({ folder: path, depth: depth + 1 });
      if (!entry.isFile() || !/^\.(?:ya?ml|json)$/i.test(extname(path)) || !may(path)) continue;
      const size = (await stat(path).catch(() => null))?.size ?? 0;
      if (size <= usualBounds.bytes) bytes += size;
      const head = heads.of(path);
      if (head) found.set(path, { id: idOf(path, cwd), file: path, ...head });
      await turn();
    }
  }
  return { files: byId(found), isAll: true };
}

/** The file of that name, if it is there and whoever asks may name it; null: there is none. */
export function workflowFileAt(id: string, { cwd, bounds }: Pick<Session, 'cwd' | 'bounds'>): WorkflowFile | null {
  const file = resolve(cwd, id);
  if (!/^\.(?:ya?ml|json)$/i.test(extname(file)) || bounds?.seesFiles === false) return null;
  const read = bounds === undefined || isReadable(bounds, file) ? readWorkflow(file) : null;
  return read && { id: idOf(file, cwd), file, ...read };
}

/** What a list says of a file: of each little is kept. */
const heads = new ByStamp((file): ReadWorkflow | null => {
  const read = readWorkflow(file);
  if (!read || !isJsonObject(read.value)) return read;
  const kept = Object.entries(read.value).filter(([key]) => ['name', 'description', 'template'].includes(key));
  return { ...read, value: Object.fromEntries(kept) };
});

function idOf(file: string, cwd: string): string {
  return relative(cwd, file).split(sep).join('/');
}

function byId(found: ReadonlyMap<string, WorkflowFile>): WorkflowFile[] {
  return [...found.values()].toSorted((a, b) => (a.id < b.id ? -1 : 1));
}

// A folder that is gone by now, or nobody may look into, has no workflows.
async function entriesOf(folder: string) {
  const found = await readdir(folder, { withFileTypes: true }).catch(() => []);
  return found.toSorted((a, b) => (a.name < b.name ? -1 : 1));
}

function readWorkflow(file: string): ReadWorkflow | null {
  let source: SourceText | null = null;
  try {
    source = readSourceFile(file);
    if (!mayBeOne.test(source.text)) return null;
    const { value } = readYaml(source, extname(file).toLowerCase() === '.json' ? 'json' : 'yaml');
    if (isForeign(value))
      return { value: openDefinition({ kind: 'object', value, name: file }).document.value, problem: null };
    return saysTasks(value) ? { value, problem: null } : null;
  } catch (error) {
    if (!(error instanceof DefinitionError)) throw error;
    // Of others' files that cannot be read nobody here has to know.
    const isOurs = source !== null && /^(?:tasks|phases)\s*:|workflow\.schema\.json/m.test(source.text);
    return isOurs ? { value: null, problem: error.diagnostics[0]!.message } : null;
  }
}

function saysTasks(value: JsonValue): boolean {
  return isJsonObject(value) && (Array.isArray(value['tasks']) || Array.isArray(value['phases']));
}
