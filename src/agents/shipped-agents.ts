import { readdirSync, realpathSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { ToolTraits } from '../domain/tool-names.ts';
import { isFolder } from '../definition/source/is-folder.ts';
import { loadMarkdownAgent } from './load-agent-file.ts';
import type { KnownAgent } from './registry.ts';
import { loadAgents } from './registry.ts';

/** The folder with the agents that the package brings: it lies as far above the source as above what is built of it. */
const shippedDir = fileURLToPath(new URL('../../agents', import.meta.url));

let names: ReadonlyMap<string, string> | undefined;

/** Whether a folder is the one of the package, however its path is written. */
export function isShippedDir(dir: string): boolean {
  return isFolder(dir) && isFolder(shippedDir) && realpathSync(dir) === realpathSync(shippedDir);
}

/** Whether a file is one of the agents that the package brings. */
export function isShippedFile(file: string): boolean {
  return file.startsWith(join(shippedDir, '/'));
}

/** Names of the agents that the package brings. Opens none of them: each is called as its file. */
export function shippedNames(): Iterable<string> {
  return files().keys();
}

/** An agent that the package brings, by its name or `CATEGORY/NAME`: one file is read. */
export function openShipped(name: string, tools: readonly ToolTraits[]): KnownAgent | undefined {
  const file = files().get(basename(name));
  const called = file === undefined ? [] : [basename(file), `${basename(dirname(file))}/${basename(file)}`];
  if (file === undefined || !called.includes(`${name}.md`)) return undefined;
  const { agent, card } = loadMarkdownAgent(file, shippedDir, tools) ?? {};
  return agent && card ? { agent: { ...agent, name }, file, ...card } : undefined;
}

/** All agents that the package brings, by name. Reads a few hundred files: some tenths of a second. */
export function loadShipped(): readonly KnownAgent[] {
  return [...loadAgents([shippedDir]).known.values()];
}

function files(): ReadonlyMap<string, string> {
  if (names) return names;
  const folders = isFolder(shippedDir) ? readdirSync(shippedDir, { withFileTypes: true }) : [];
  const found = folders
    // These hold what prompts are composed of.
    .filter((entry) => entry.isDirectory() && !['base', 'platforms'].includes(entry.name))
    .flatMap(({ name }) => readdirSync(join(shippedDir, name)).map((file) => join(shippedDir, name, file)))
    .filter((file) => file.endsWith('.md'));
  names = new Map(found.map((file) => [basename(file, '.md'), file]));
  return names;
}
