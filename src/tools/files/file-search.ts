import { constants } from 'node:fs';
import type { FilePlace } from './file-place.ts';
import { openPath } from './file-place.ts';
import { Walk } from './file-walk.ts';
import type { WalkedEntry } from './file-walk.ts';
import { matchesPattern } from '../../domain/tools/path-pattern.ts';
import { awakeLimit } from '../../host/awake-timer.ts';
import type { ThreadLimits } from '../../host/thread.ts';
import { startThread, ThreadCpuError, ThreadError } from '../../host/thread.ts';
import { JailError, openFile } from '../../host/jail/open-folder.ts';

const maxFileBytes = 1024 * 1024;
const maxTotalBytes = 64 * 1024 * 1024;
const maxMatches = 200;

/** What to look for. */
export interface Search {
  text: string;
  isRegex: boolean;
  ignoreCase: boolean;
  path: string;
  pattern: string | undefined;
}

/** Lines of one file that match, as `[number, text]`. */
type Finder = (content: string) => Promise<[number, string][]>;

/**
 * Lines of the workspace's text files that match, as `path:line: text`.
 *
 * A regular expression runs in a thread that is ended after 5 s of CPU: a hostile one must not hold up the worker.
 */
export async function searchFiles(place: FilePlace, search: Search, signal: AbortSignal): Promise<string> {
  const { timeMs } = place.limits;
  const isRegex = search.isRegex || search.ignoreCase;
  // Its thread has a limit of CPU, which it gets late on a crowded machine.
  const limit = awakeLimit(isRegex ? 4 * timeMs : timeMs);
  const both = AbortSignal.any([signal, limit.signal]);
  const bounds = { cpuMs: timeMs, signal };
  const regexThread = isRegex ? startRegexThread(search, bounds) : undefined;
  const find: Finder = regexThread?.find ?? ((content) => Promise.resolve(findLiteral(content, search.text)));
  const lines: string[] = [];
  const notes: string[] = [];
  try {
    notes.push(
      ...(await collect(new Walk(await openPath(place, search.path), place.limits, both), search, find, lines)),
    );
  } catch (error) {
    if (signal.aborted) throw signal.reason;
    const isOver = error instanceof ThreadCpuError || limit.signal.aborted;
    if (!isOver && error instanceof ThreadError)
      throw new JailError('wrong-type', `the search failed: ${error.message}`);
    if (!isOver) throw error;
    notes.push(`[stopped after ${timeMs / 1000} s: search for something simpler, or in fewer files]`);
  } finally {
    limit.stop();
    await regexThread?.stop();
  }
  if (lines.length === 0 && notes.length === 0) return '[nothing found]';
  return [...lines, ...notes].join('\n');
}

async function collect(walk: Walk, search: Search, find: Finder, lines: string[]): Promise<string[]> {
  let total = 0;
  for await (const entry of walk.entries()) {
    if (entry.kind !== 'file' || (search.pattern !== undefined && !matchesPattern(entry.path, search.pattern)))
      continue;
    if (!walk.permits(entry)) continue;
    const content = await readText(entry);
    if (content === undefined) continue;
    total += content.length;
    if (total > maxTotalBytes) return ['[stopped after 64 MB: give a path or a pattern]', ...walk.notes()];
    for (const [number, text] of await find(content)) {
      if (lines.length >= maxMatches)
        return [`[shortened after ${maxMatches} lines: search for something narrower]`, ...walk.notes()];
      lines.push(`${entry.path.replace(/[\n\r]/g, '?')}:${number}: ${text}`);
    }
  }
  return walk.notes();
}

async function readText({ folder, name }: WalkedEntry): Promise<string | undefined> {
  const handle = await openFile(folder, name, constants.O_RDONLY).catch((error: unknown) => {
    if (error instanceof JailError) return undefined;
    throw error;
  });
  if (!handle) return undefined;
  try {
    if ((await handle.stat()).size > maxFileBytes) return undefined;
    const bytes = await handle.readFile();
    return bytes.subarray(0, 8192).includes(0) ? undefined : bytes.toString('utf8');
  } finally {
    await handle.close();
  }
}

function findLiteral(content: string, wanted: string): [number, string][] {
  if (!content.includes(wanted)) return [];
  const found: [number, string][] = [];
  for (const [index, line] of content.split('\n').entries()) {
    const at = line.indexOf(wanted);
    if (at !== -1) found.push([index + 1, excerpt(line, at)]);
    if (found.length > maxMatches) break;
  }
  return found;
}

function excerpt(line: string, at: number): string {
  const from = Math.max(0, Math.min(at - 100, line.length - 300));
  return line.slice(from, from + 300).replace(/\r$/, '');
}

const threadSource = `
const { parentPort, workerData } = require('node:worker_threads');
const regex = new RegExp(workerData.source, workerData.flags);
parentPort.on('message', (content) => {
  const found = [];
  for (const [index, line] of content.split('\\n').entries()) {
    const match = regex.exec(line.replace(/\\r$/, ''));
    if (match) found.push([index + 1, match.index, line]);
    if (found.length > workerData.maxMatches) break;
  }
  parentPort.postMessage(found);
});`;

// Unicode mode is stricter than what models are used to write: an escape like \- is an error there.
function regexFlags(source: string, ignoreCase: boolean): string {
  const wanted = ignoreCase ? 'i' : '';
  for (const flags of [`${wanted}u`, wanted]) {
    try {
      new RegExp(source, flags);
      return flags;
    } catch (error) {
      if (flags === wanted) throw new JailError('wrong-type', `not a regular expression: ${(error as Error).message}`);
    }
  }
  return wanted;
}

function startRegexThread(search: Search, limits: ThreadLimits): { find: Finder; stop: () => Promise<void> } {
  const source = search.isRegex ? search.text : search.text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
  const workerData = { source, flags: regexFlags(source, search.ignoreCase), maxMatches };
  const thread = startThread(threadSource, workerData, limits);
  const find: Finder = async (content) => {
    const found = await thread.ask<[number, number, string][]>(content);
    return found.map(([number, at, line]) => [number, excerpt(line, at)]);
  };
  return { find, stop: () => thread.stop() };
}
