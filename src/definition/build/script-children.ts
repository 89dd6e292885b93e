import { readdirSync, realpathSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import type { PlanScript } from '../../domain/plan/plan-script.ts';
import type { ScriptName } from '../../domain/plan/scripts.ts';
import { toScriptKey } from '../../domain/plan/scripts.ts';
import { openScript } from '../formats/script.ts';
import type { OpenedScript } from '../formats/script.ts';
import { DefinitionError, quoted } from '../source/diagnostic.ts';
import { isBelow } from '../source/is-below.ts';
import { isScriptFile, maxScriptBytes } from '../source/script-text.ts';
import { readSourceFile } from '../source/source-text.ts';

/** Scripts of a folder that are looked at, at most. */
const mostFiles = 200;

type Child = PlanScript['children'][string];

/**
 * The scripts that one names: by path from its own folder or from `cwd`, by name among those beside it and in `.claude/workflows`.
 *
 * What is not there, lies elsewhere or cannot run is kept with the reason: the script hears of it where it calls it.
 */
export function readChildren({ text, children }: OpenedScript, cwd: string): PlanScript['children'] {
  const own = dirname(resolve(cwd, text.file));
  const folders = [...new Set([own, join(own, '.claude', 'workflows'), join(cwd, '.claude', 'workflows')])];
  let known: Map<string, Child> | undefined;
  const byName = (name: string): Child => {
    known ??= namedIn(folders);
    return known.get(name) ?? { problem: `there is no script named ${quoted(name)} in ${folders.join(', ')}` };
  };
  const find = (child: ScriptName): Child =>
    'name' in child ? byName(child.name) : byPath(child.scriptPath, [own, resolve(cwd)]);
  return Object.fromEntries(children.map((child) => [toScriptKey(child), find(child)]));
}

// The first of a name wins; a file that cannot run has none.
function namedIn(folders: readonly string[]): Map<string, Child> {
  const known = new Map<string, Child>();
  for (const file of folders.flatMap(scriptFiles)) {
    const { name, child } = read(file);
    if (name !== null && !known.has(name)) known.set(name, child);
  }
  return known;
}

function scriptFiles(folder: string): string[] {
  try {
    const names = readdirSync(folder).filter(isScriptFile).sort();
    return names.slice(0, mostFiles).map((name) => join(folder, name));
  } catch {
    return [];
  }
}

function byPath(path: string, folders: readonly string[]): Child {
  const elsewhere = { problem: `${quoted(path)} is no script (.js, .mjs) in ${folders.join(' or ')}` };
  if (!isScriptFile(path)) return elsewhere;
  let found: Child = elsewhere;
  for (const folder of folders) {
    const file = resolve(folder, path);
    if (!folders.some((outer) => isInside(file, outer))) continue;
    found = read(file).child;
    if ('source' in found) return found;
  }
  return found;
}

// Links count as where they lead.
function isInside(file: string, folder: string): boolean {
  try {
    return isBelow(realpathSync(file), realpathSync(folder));
  } catch {
    return isBelow(file, folder);
  }
}

function read(file: string): { name: string | null; child: Child } {
  try {
    const { meta, text } = openScript(readSourceFile(file, { bytes: maxScriptBytes }));
    return { name: meta.name, child: { file, source: text.text } };
  } catch (error) {
    if (!(error instanceof DefinitionError)) throw error;
    return { name: null, child: { problem: error.message.split('\n')[0]!.slice(0, 500) } };
  }
}
