import type { ToolName } from '../domain/tool-names.ts';
import { isToolName, toolNames } from '../domain/tool-names.ts';

/** Names that coding assistants use for tools, and ours that do the same. */
const aliases: Readonly<Record<string, ToolName>> = {
  read: 'filesystem',
  write: 'filesystem',
  edit: 'filesystem',
  multiedit: 'filesystem',
  glob: 'filesystem',
  grep: 'filesystem',
  ls: 'filesystem',
  webfetch: 'web',
  websearch: 'web',
};

const readers = new Set(['read', 'glob', 'grep', 'ls']);

/** Words that a tool list may hold: our names and the assistants'. */
export const knownToolWords: readonly string[] = [
  ...toolNames,
  ...'Read Write Edit MultiEdit Glob Grep LS Bash WebFetch WebSearch'.split(' '),
];

/** Our tool for a word of a tool list; undefined when there is none. */
export function toToolName(word: string): ToolName | undefined {
  const plain = word.trim().toLowerCase();
  if (isToolName(plain)) return plain;
  return Object.hasOwn(aliases, plain) ? aliases[plain] : undefined;
}

/** Whether a list asks for reading files only: our `filesystem` writes too. */
export function asksOnlyToRead(toolWords: readonly string[]): boolean {
  const forFiles = toolWords
    .map((word) => word.trim().toLowerCase())
    .filter((word) => toToolName(word) === 'filesystem');
  return forFiles.length > 0 && forFiles.every((word) => readers.has(word));
}
