import { existsSync, readdirSync } from 'node:fs';
import { dirname, extname, join, resolve } from 'node:path';
import type { JsonValue } from '../../domain/json.ts';
import type { Diagnostic } from '../source/diagnostic.ts';
import { DefinitionError } from '../source/diagnostic.ts';
import { readYaml } from '../source/read-yaml.ts';
import { isJsonObject, SourceDocument } from '../source/source-document.ts';
import { readSourceFile } from '../source/source-text.ts';
import { Translation } from '../source/translated-document.ts';

/** Files that go with a folder of workstreams; paths may be relative to `cwd`. */
export interface FolderOptions {
  /** Who does them: `agents: [{ id, type, track, priority }]`; default: `agents.yaml` in the folder, beside it, or in `config/` beside it. */
  pool?: string | undefined;
  /** Their tracks: `{ NAME: [ID] }`; default: those of the pool's file, and what workstreams say themselves. */
  tracks?: string | undefined;
  /** Which of them run as a workflow: `[{ match, use }]`; default: those of the pool's file. */
  patterns?: string | undefined;
  cwd?: string;
}

/** How many workstreams a folder may have: as many as a plan can show. */
const mostFiles = 2000;

/** Names of the workstreams in a folder, in order. */
export function workstreamFiles(folder: string): string[] {
  return readdirSync(folder)
    .filter((name) => /^ws-.*\.json$/i.test(name))
    .sort();
}

/**
 * Reads a folder of `ws-*.json` with its pool and its tracks as one definition, of which each part has its place in its own file.
 *
 * @throws DefinitionError with everything that cannot be read
 */
export function readWorkstreamFolder(folder: string, options: FolderOptions): SourceDocument {
  const names = workstreamFiles(folder);
  if (names.length === 0)
    fail(folder, 'unreadable-file', `${folder} is a folder, not a file, and has no ws-*.json`, 'name a file in it');
  if (names.length > mostFiles) fail(folder, 'too-large', `${folder} has more than ${mostFiles} workstreams`, null);
  const all = new Translation(folder, new SourceDocument(folder, {}, null));
  const errors: Diagnostic[] = [];
  for (const [index, name] of names.entries()) {
    const document = readInto(errors, join(folder, name));
    if (document) all.put(['workstreams', index], document.value, { document, path: [] });
  }
  putPool(all, errors, { folder, options });
  putTracks(all, errors, options);
  putPatterns(all, errors, options);
  if (errors.length > 0) throw new DefinitionError(errors);
  return all.toDocument({});
}

function putPool(
  all: Translation,
  errors: Diagnostic[],
  { folder, options }: { folder: string; options: FolderOptions },
): void {
  const file = options.pool === undefined ? findPool(folder) : resolve(options.cwd ?? '.', options.pool);
  const document = file === null ? null : readInto(errors, file);
  if (!document) return;
  const path = Array.isArray(document.value) ? [] : ['agents'];
  const agents = document.valueAt(path);
  if (Array.isArray(agents) && (options.pool === undefined || agents.every(isMember)))
    all.put(['agents'], agents, { document, path });
  // One that was only found may be another program's.
  else if (options.pool !== undefined) {
    const hint = 'a pool is written "agents: [{ id: agent-1, type: aider, track: NAME }]"';
    errors.push(
      document.diagnostic([], { code: 'no-pool', message: `${file} is no pool: it has no list of agents`, hint }),
    );
  } else return;
  for (const key of ['tracks', 'patterns']) {
    const value = document.valueAt([key]);
    if (value !== undefined) all.put([key], value, { document, path: [key] });
  }
}

function putTracks(all: Translation, errors: Diagnostic[], { tracks: file, cwd = '.' }: FolderOptions): void {
  const document = file === undefined ? null : readInto(errors, resolve(cwd, file));
  if (!document) return;
  const path = isJsonObject(document.value) && isJsonObject(document.value['tracks']) ? ['tracks'] : [];
  all.put(['tracks'], document.valueAt(path)!, { document, path });
}

function putPatterns(all: Translation, errors: Diagnostic[], { patterns: file, cwd = '.' }: FolderOptions): void {
  const document = file === undefined ? null : readInto(errors, resolve(cwd, file));
  if (!document) return;
  const path = Array.isArray(document.value) ? [] : ['patterns'];
  const patterns = document.valueAt(path);
  if (patterns !== undefined) return all.put(['patterns'], patterns, { document, path });
  const hint = 'patterns are written "patterns: [{ match: "ws-22*", use: FILE }]"';
  errors.push(document.diagnostic([], { code: 'no-patterns', message: `${file} has no patterns`, hint }));
}

/** Whether it may be a member of a pool, with mistakes: a task is none. */
function isMember(value: JsonValue): boolean {
  return (
    !isJsonObject(value) ||
    !['prompt', 'agentName', 'tasks', 'depends_on', 'dependencies'].some((key) => Object.hasOwn(value, key))
  );
}

/** The pool's file of a folder where nobody names one; null: there is none. */
function findPool(folder: string): string | null {
  const places = [folder, dirname(resolve(folder)), join(dirname(resolve(folder)), 'config')];
  const files = places.flatMap((place) => ['agents.yaml', 'agents.yml'].map((name) => join(place, name)));
  return files.find((file) => existsSync(file)) ?? null;
}

function readInto(errors: Diagnostic[], file: string): SourceDocument | null {
  try {
    return readYaml(readSourceFile(file), extname(file).toLowerCase() === '.json' ? 'json' : 'yaml');
  } catch (error) {
    if (!(error instanceof DefinitionError)) throw error;
    errors.push(...error.diagnostics);
    return null;
  }
}

function fail(file: string, code: string, message: string, hint: string | null): never {
  const place = { file, line: null, column: null, path: '', frame: null };
  throw new DefinitionError([{ severity: 'error', code, message, hint, ...place }]);
}
