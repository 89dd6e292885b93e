import { builtInTools, fromWireName, toWireName } from '../domain/tool-names.ts';
import type { ToolName, ToolTraits } from '../domain/tool-names.ts';
import { serverOf } from '../domain/mcp/server-names.ts';
import { matchesGlob } from '../domain/tools/glob.ts';

/** One entry of a tool list: `Bash(git status:*)` is the name `Bash`, only `git status:*`; what means every tool is the name `*`. */
export interface ToolWord {
  text: string;
  name: string;
  only: string | null;
}

/** What of our tools a word gives: of `filesystem` some actions, of all others the whole tool. */
export interface MeantTool {
  tool: ToolName;
  actions: readonly string[];
}

/** All that `filesystem` does. */
export const fileActions = ['read', 'list', 'search', 'write', 'edit'] as const;

const files = builtInTools.filesystem.name;

// Who may read a file may as well see its name and look for words in it.
const actionsByWord: Readonly<Record<string, readonly string[]>> = {
  filesystem: fileActions,
  ...{ read: ['read', 'list', 'search'], view: ['read', 'list', 'search'], read_file: ['read'] },
  ...{ glob: ['list'], ls: ['list'], list_directory: ['list'], grep: ['search'], search_file_content: ['search'] },
  ...{ write: ['write'], write_file: ['write'], edit: ['edit'], multiedit: ['edit'], replace: ['edit'] },
};

const otherAliases: Readonly<Record<string, ToolName>> = {
  ...{ webfetch: builtInTools.web.name, web_fetch: builtInTools.web.name },
  ...{ run_shell_command: builtInTools.bash.name, shell: builtInTools.bash.name },
};

/** Tools of coding assistants that there are none of here. */
const foreign = new Set(
  (
    'agent task todowrite todoread notebookedit notebookread websearch google_web_search bashoutput killshell killbash exitplanmode ' +
    'enterplanmode askuserquestion skill slashcommand lsp toolsearch monitor sendmessage powershell listmcpresourcestool readmcpresourcetool'
  ).split(' '),
);

/** Words that a tool list may hold: our names and the assistants'. */
export function knownToolWords(tools: readonly ToolTraits[]): string[] {
  const assistants = 'Read Write Edit MultiEdit Glob Grep LS Bash WebFetch'.split(' ');
  return [...tools.map(({ name }) => name), ...assistants];
}

/** Whether a name is one that assistants have a tool for and we have none. */
export function isForeignTool(name: string): boolean {
  return foreign.has(name.toLowerCase()) || name.startsWith('mcp__');
}

/** Whether a text says that it means every tool. */
function meansAllTools(text: string): boolean {
  return /^\s*["'[]*\s*(?:\*|all(?:[ -]available)?(?:[ -]tools)?)\s*["'\]]*\s*$/i.test(text);
}

/** Whether a text says that it means no tool. */
export function meansNoTools(text: string): boolean {
  return /^\s*none\s*$/i.test(text);
}

/** The tools of ours that a name gives, in a namespace also as assistants write it (`mcp__github__list`, `mcp__github` for all of it, `mcp__github__list_*`); empty: none. Of a server of tools, a name or glob below it (M3). */
export function meantTools(name: string, tools: readonly ToolTraits[]): MeantTool[] {
  const plain = name.toLowerCase();
  const has = (tool: ToolName): boolean => tools.some((one) => one.name === tool);
  if (Object.hasOwn(actionsByWord, plain)) return has(files) ? [{ tool: files, actions: actionsByWord[plain]! }] : [];
  const alias = Object.hasOwn(otherAliases, plain) ? otherAliases[plain]! : plain;
  const found = [name, alias, fromWireName(name)].find(has);
  if (found !== undefined) return [{ tool: found, actions: [] }];
  const [space, ...rest] = fromWireName(name).split('.');
  const isOfMcp = space === 'mcp' && rest.length > 0;
  const below = [...(isOfMcp ? rest : [space, ...rest]), ...(isOfMcp && rest.length === 1 ? ['*'] : [])].join('.');
  if (serverOf(below, tools) !== null && /^[\w.*?-]+$/.test(below)) return [{ tool: below, actions: [] }];
  if (!isOfMcp) return [];
  const meant = toWireName(`mcp.${below}`);
  return tools
    .filter((tool) => matchesGlob(toWireName(tool.name), meant))
    .map((tool) => ({ tool: tool.name, actions: [] }));
}

/**
 * A tool list in its words, as people write it: parted by commas, spaces or lines; what stands in brackets belongs to the word before.
 *
 * Null: it is no list but a sentence ("all but Bash"), of which some words happen to be names of tools.
 */
export function toolWords(listed: string, isKnown: (name: string) => boolean): ToolWord[] | null {
  const words: ToolWord[] = [];
  for (const part of splitOutside(listed.trim().replace(/^\[(.*)\]$/s, '$1'), /[,\n]/)) {
    if (meansAllTools(part)) {
      words.push({ text: part, name: '*', only: null });
      continue;
    }
    const own = splitOutside(part, /\s/).map((word) => word.replace(/^(["'`])(.*)\1$/s, '$2'));
    const joined: string[] = [];
    for (const word of own) {
      if (word.startsWith('(') && joined.length > 0) joined[joined.length - 1] += word;
      else joined.push(word);
    }
    const found = joined.map(toToolWord);
    if (found.length > 1 && !found.every(({ name }) => isKnown(name))) return null;
    words.push(...found);
  }
  return words;
}

function toToolWord(text: string): ToolWord {
  const [, name, only] = /^([^()]*)\((.*)\)$/s.exec(text) ?? [];
  return name === undefined ? { text, name: text, only: null } : { text, name, only: only!.trim() };
}

/** Cuts a text where brackets are closed; one that is never closed keeps all that follows. */
function splitOutside(text: string, separator: RegExp): string[] {
  const parts = [''];
  let depth = 0;
  for (const character of text) {
    if (character === '(') depth++;
    if (character === ')' && depth > 0) depth--;
    if (depth === 0 && separator.test(character)) parts.push('');
    else parts[parts.length - 1] += character;
  }
  return parts.map((part) => part.trim()).filter((part) => part !== '');
}
