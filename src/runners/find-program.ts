import { accessSync, constants, readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import { parseJson } from '../domain/parse-json.ts';
import { findProgram } from '../host/programs.ts';
import type { FoundProgram, RunnerSearch } from './runner.ts';
import { readStart } from './script-start.ts';

/** A program of the user's PATH, with what it needs to be able to read; nothing of it is run, its version stands in its package. */
export function findForeign(name: string, { env, avoid }: Omit<RunnerSearch, 'runner'>): FoundProgram | undefined {
  const found = findProgram(name, { env, avoid });
  return found === undefined ? undefined : describeProgram(found, [path.dirname(found)]);
}

/** A program as somebody wrote it: by its name, its absolute path, or from the folder down that it works in; undefined: it is not there, or may not be run. */
export function findCommand(name: string, search: Omit<RunnerSearch, 'runner'>): FoundProgram | undefined {
  if (path.isAbsolute(name)) return isProgram(name) ? describeProgram(name) : undefined;
  // One of the folder that it works in is as good as what else its agent could run there.
  if (name.includes('/')) return { path: name, argv: [name], version: null, reads: [] };
  return findForeign(name, search);
}

// What is none names no folder that is then read.
function isProgram(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return statSync(file).isFile();
  } catch {
    return false;
  }
}

/**
 * What is known of a program by where it stands. Besides `beside`, it finds itself alone, or all of what was installed with its package: what
 * else lies in a folder that somebody named is no business of a program's.
 *
 * @internal
 */
export function describeProgram(file: string, beside: readonly string[] = []): FoundProgram {
  const { script, isOfNode, reads } = readStart(file);
  // In a sandbox there may be no node, or another one.
  const argv = isOfNode ? [process.execPath, script] : [file];
  const own = installedIn(script) ?? (beside.length > 0 ? path.dirname(script) : script);
  const folders = [
    ...(beside.length > 0 ? beside : [file]),
    own,
    ...reads,
    ...(isOfNode ? [path.dirname(process.execPath)] : []),
  ];
  return { path: file, argv, version: versionOf(script), reads: [...new Set(folders)] };
}

// All of what was installed with it: a package needs those beside it.
function installedIn(real: string): string | null {
  const parts = real.split(path.sep);
  const at = parts.indexOf('node_modules');
  return at < 0 ? null : parts.slice(0, at + 1).join(path.sep);
}

function versionOf(real: string): string | null {
  for (let folder = path.dirname(real); folder !== path.dirname(folder); folder = path.dirname(folder)) {
    if (path.basename(folder) === 'node_modules') return null;
    const stated = versionIn(path.join(folder, 'package.json'));
    if (stated !== undefined) return stated;
  }
  return null;
}

function versionIn(file: string): string | null | undefined {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch {
    return undefined;
  }
  const value = parseJson(text);
  const version = typeof value === 'object' && value !== null && !Array.isArray(value) ? value['version'] : null;
  return typeof version === 'string' ? version.slice(0, 50) : null;
}
