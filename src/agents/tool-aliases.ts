import { builtInTools, fromWireName } from '../domain/tool-names.ts';
import type { ToolName, ToolTraits } from '../domain/tool-names.ts';

const files = builtInTools.filesystem.name;
const web = builtInTools.web.name;

/** Names that coding assistants use for tools, and ours that do the same. */
const aliases: Readonly<Record<string, ToolName>> = {
  ...{ read: files, write: files, edit: files, multiedit: files, glob: files, grep: files, ls: files },
  ...{ webfetch: web, websearch: web },
};

const readers = new Set(['read', 'glob', 'grep', 'ls']);

/** Words that a tool list may hold: our names and the assistants'. */
export function knownToolWords(tools: readonly ToolTraits[]): string[] {
  const assistants = 'Read Write Edit MultiEdit Glob Grep LS Bash WebFetch WebSearch'.split(' ');
  return [...tools.map(({ name }) => name), ...assistants];
}

/** The tool for a word of a tool list, in a namespace also as assistants write it (`mcp__github__list`); undefined when there is none. */
export function toToolName(word: string, tools: readonly ToolTraits[]): ToolName | undefined {
  const exact = word.trim();
  const plain = exact.toLowerCase();
  const names = [exact, plain, fromWireName(exact), Object.hasOwn(aliases, plain) ? aliases[plain]! : plain];
  return names.find((name) => tools.some((tool) => tool.name === name));
}

/** Whether a list asks for reading files only: our `filesystem` writes too. */
export function asksOnlyToRead(toolWords: readonly string[]): boolean {
  const words = toolWords.map((word) => word.trim().toLowerCase());
  const forFiles = words.filter((word) => word === files || (Object.hasOwn(aliases, word) && aliases[word] === files));
  return forFiles.length > 0 && forFiles.every((word) => readers.has(word));
}
