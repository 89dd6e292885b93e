import type { Dirent } from 'node:fs';
import { readdirSync, realpathSync, statSync } from 'node:fs';
import { extname, join, relative, sep } from 'node:path';
import type { Diagnostic } from '../definition/source/diagnostic.ts';

const mostFiles = 10_000;
const mostFolders = 2000;
const deepest = 5;

/** Endings of agent files; where one folder has a name twice, the kind that stands first here wins. */
const agentFileEndings = ['.md', '.markdown', '.yaml', '.yml', '.json'] as const;

/** An ending of an agent file. */
export type AgentFileEnding = (typeof agentFileEndings)[number];

/** Markdown that assistants read for other reasons. */
const noAgents = /^(?:skill|agents|claude|gemini|readme|changelog|contributing)\.(?:md|markdown)$/i;

/** What a plugin has besides agents: folders that never hold any, and those that hold none beside a folder of agents. */
const otherThings = ['commands', 'skills'];
const besideAgents = ['hooks', 'docs'];

/**
 * Files of a folder that may be agents, in the order in which they win: from the folder itself those of every kind, from folders below Markdown, also behind links.
 *
 * What cannot be read, and what is left out, is added to `diagnostics`; a folder that is not there has no files.
 */
export function agentFiles(dir: string, diagnostics: Diagnostic[]): string[] {
  try {
    const files = filesIn(dir, diagnostics);
    if (files.length > mostFiles) {
      diagnostics.push(folderProblem(dir, `${dir} has more than ${mostFiles} agent files; the rest is left out`));
    }
    const rankOf = (file: string): number => agentFileEndings.indexOf(endingOf(file) as AgentFileEnding);
    const ranked = files.map((file) => ({ file, depth: relative(dir, file).split(sep).length, rank: rankOf(file) }));
    ranked.sort((a, b) => a.depth - b.depth || a.rank - b.rank || (a.file < b.file ? -1 : 1));
    return ranked.slice(0, mostFiles).map(({ file }) => file);
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code !== 'ENOENT') diagnostics.push(folderProblem(dir, `the agents folder ${dir} cannot be read: ${message}`));
    return [];
  }
}

/** Something that is wrong with a folder, or with a file as a whole. */
export function folderProblem(file: string, message: string): Diagnostic {
  return {
    severity: 'error',
    code: 'agents-folder',
    message,
    file,
    line: null,
    column: null,
    path: '',
    hint: null,
    frame: null,
  };
}

// Below the folder itself only Markdown is looked at: other files there are of any kind.
function filesIn(dir: string, diagnostics: Diagnostic[]): string[] {
  const files: string[] = [];
  const folders = [{ folder: dir, depth: 0 }];
  const seen = new Set([realpathSync(dir)]);
  for (const [looked, { folder, depth }] of folders.entries()) {
    if (looked === mostFolders) {
      diagnostics.push(folderProblem(dir, `${dir} has more than ${mostFolders} folders; the rest is left out`));
      break;
    }
    const entries = entriesOf(folder, depth, diagnostics);
    const isPlugin = entries.some(({ name }) => name === 'agents');
    for (const entry of entries) {
      if (entry.name.startsWith('.') || entry.name === 'node_modules' || noAgents.test(entry.name)) continue;
      const path = join(folder, entry.name);
      if (!isFolder(entry, path)) {
        const ending = endingOf(entry.name);
        if (depth === 0 ? agentFileEndings.some((each) => each === ending) : isMarkdown(ending)) files.push(path);
        continue;
      }
      if (otherThings.includes(entry.name) || (isPlugin && besideAgents.includes(entry.name))) continue;
      if (depth === deepest) {
        diagnostics.push(folderProblem(path, `${path} lies too deep: agents in it are not found`));
      } else if (isNew(path, seen)) folders.push({ folder: path, depth: depth + 1 });
    }
  }
  return files;
}

function endingOf(file: string): string {
  return extname(file).toLowerCase();
}

function isMarkdown(ending: string): boolean {
  return ending === '.md' || ending === '.markdown';
}

function isFolder(entry: Dirent, path: string): boolean {
  try {
    return entry.isSymbolicLink() ? statSync(path).isDirectory() : entry.isDirectory();
  } catch {
    return false;
  }
}

// Links may lead back to where they stand.
function isNew(folder: string, seen: Set<string>): boolean {
  const real = realpathSync(folder);
  return !seen.has(real) && seen.add(real).has(real);
}

function entriesOf(folder: string, depth: number, diagnostics: Diagnostic[]): Dirent[] {
  try {
    return readdirSync(folder, { withFileTypes: true });
  } catch (error) {
    if (depth === 0) throw error;
    diagnostics.push(folderProblem(folder, `${folder} cannot be read: ${(error as Error).message}`));
    return [];
  }
}
