import type { Diagnostic } from '../definition/source/diagnostic.ts';
import { quoted } from '../definition/source/diagnostic.ts';
import { isOfNamespace, toolHint } from '../definition/source/tool-hint.ts';
import type { SourceDocument, ValuePath } from '../definition/source/source-document.ts';
import { isJsonObject } from '../definition/source/source-document.ts';
import type { Agent, ToolRule } from '../domain/plan/plan.ts';
import { allToolsOf, serverOf } from '../domain/mcp/server-names.ts';
import { planDefaults } from '../domain/plan/plan.ts';
import { builtInTools, isNamespaced, type ToolName, type ToolTraits } from '../domain/tool-names.ts';
import type { AgentFile } from './agent-schema.ts';
import type { Careful } from './permission-mode.ts';
import { carefulOf } from './permission-mode.ts';
import { denialsOf, grantsOf, isWholeFilesystem, wholeTool } from './tool-grants.ts';
import { fileActions, isForeignTool, knownToolWords, meansNoTools, meantTools, toolWords } from './tool-words.ts';
import type { ToolWord } from './tool-words.ts';

const files = builtInTools.filesystem.name;

/** Which tools there are, and where to say what is wrong. */
interface HandsContext {
  document: SourceDocument;
  known: readonly ToolTraits[];
  found: Diagnostic[];
  /** Servers of tools that the file itself asks for: all of their tools belong to what it gets without a list. */
  servers: readonly string[];
}

/** What of each tool an agent may use: globs as in {@link ToolRule.unless}. */
type Grants = Map<ToolName, Set<string>>;

/**
 * The tools of an agent file, and the rules that keep the agent to what the file says of them: never more than it says.
 *
 * No list means every built-in tool, as the convention has it; an empty one means none.
 */
export function handsOf(keys: AgentFile, context: HandsContext): Pick<Agent, 'tools' | 'rules'> {
  const grants = givenTools(keys.tools, context);
  const own = new Map([...grants].map(([tool, globs]) => [tool, new Set([...globs].filter((glob) => !isWhole(glob)))]));
  const careful = carefulOf(keys, context.document, context.found);
  const denials = takeAway(grants, careful, keys.disallowed_tools, context);
  const rules = [
    ...denials,
    ...[...grants].flatMap(([tool, globs]) => (isAll(tool, globs) ? [] : [rule('deny', { tool, unless: globs })])),
    ...asking(grants, own, careful),
  ];
  const names = context.known.map(({ name }) => name);
  const tools = [...new Set([...names, ...grants.keys()])].filter((name) => grants.has(name));
  return { tools, ...(rules.length > 0 && { rules }) };
}

function givenTools(listed: AgentFile['tools'], context: HandsContext): Grants {
  const { document, known } = context;
  const grants: Grants = new Map();
  const give = (tool: ToolName, globs: readonly string[]): void => {
    grants.set(tool, new Set([...(grants.get(tool) ?? []), ...globs]));
  };
  const isWritten = isJsonObject(document.value) && Object.hasOwn(document.value, 'tools');
  const words = wordsIn('tools', listed, context);
  const isAllListed = words.some(isEveryTool);
  if (!isWritten || isAllListed) {
    for (const { name } of known.filter(({ isDefault }) => isDefault)) give(name, wholeOf(name));
    for (const server of context.servers) give(allToolsOf(server).name, [wholeTool]);
  }
  for (const { word, path } of words.filter((each) => !isEveryTool(each))) {
    const meant = meantTools(word.name, known);
    if (meant.length === 0) context.found.push(unknownTool(word, path, isAllListed, context));
    for (const { tool, actions } of meant) {
      const globs = grantsOf(tool, actions, word.only);
      if (globs) give(tool, globs);
      else context.found.push(notUnderstood(word, path, context));
    }
  }
  const ofFiles = grants.get(files);
  // An edit does nothing that reading and writing do not.
  if (ofFiles && ['read', 'write'].every((action) => ofFiles.has(`${action} ${wholeTool}`))) give(files, ['edit **']);
  return grants;
}

/** Takes from `grants` what the file takes away; the rules for what is taken away in part. */
function takeAway(
  grants: Grants,
  careful: Careful,
  listed: AgentFile['disallowed_tools'],
  context: HandsContext,
): ToolRule[] {
  const { known, found } = context;
  for (const tool of [...grants.keys()]) if (careful.takesWhole(tool)) remove(grants, tool, careful.takenActions(tool));
  const rules: ToolRule[] = [];
  const words = wordsIn('disallowed_tools', listed, context);
  if (words.some(isEveryTool)) grants.clear();
  for (const { word, path } of words.filter((each) => !isEveryTool(each))) {
    const meant = meantTools(word.name, known);
    const isNothing = isForeignTool(word.name) || isNamespaced(word.name);
    if (meant.length === 0 && !isNothing) found.push(unknownDenial(word, path, context));
    for (const { tool, actions } of meant) {
      if (word.only === null || /^:?\*\*?$/.test(word.only)) {
        remove(grants, tool, actions);
        // Which tools a server has is not known yet: what is given may be a glob over them.
        if (serverOf(tool, known) !== null) rules.push(rule('deny', { tool }));
        continue;
      }
      const globs = denialsOf(tool, actions, word.only);
      if (globs) rules.push(...globs.map((match) => rule('deny', { tool, match })));
      else found.push(notUnderstood(word, path, context, 'error'));
    }
  }
  return rules;
}

function remove(grants: Grants, tool: ToolName, actions: readonly string[]): void {
  const left = [...(grants.get(tool) ?? [])].filter(
    (glob) => tool === files && !actions.some((action) => glob.startsWith(`${action} `)),
  );
  if (left.length > 0) grants.set(tool, new Set(left));
  else grants.delete(tool);
}

// What the file names one by one, it has decided already.
function asking(grants: Grants, own: Grants, careful: Careful): ToolRule[] {
  return [...grants.keys()].flatMap((tool) =>
    careful.asks(tool).map((match) => rule('ask', { tool, match, unless: own.get(tool) })),
  );
}

function rule(
  action: ToolRule['action'],
  { tool, match = null, unless }: { tool: ToolName; match?: string | null; unless?: ReadonlySet<string> | undefined },
): ToolRule {
  const approval = { by: [], ...planDefaults.approval };
  return { tool, match, ...(unless && unless.size > 0 && { unless: [...unless] }), agents: [], action, approval };
}

function wholeOf(tool: ToolName): string[] {
  return tool === files ? fileActions.map((action) => `${action} ${wholeTool}`) : [wholeTool];
}

function isAll(tool: ToolName, globs: ReadonlySet<string>): boolean {
  return tool === files ? isWholeFilesystem(globs) : globs.has(wholeTool);
}

function isWhole(glob: string): boolean {
  return glob === wholeTool || glob.endsWith(` ${wholeTool}`);
}

type ListedWord = { word: ToolWord; path: ValuePath };

function isEveryTool({ word }: ListedWord): boolean {
  return word.name === '*';
}

function wordsIn(
  key: 'tools' | 'disallowed_tools',
  listed: string | string[] | null | undefined,
  { document, known, found }: HandsContext,
): ListedWord[] {
  const isKnown = (name: string): boolean =>
    isForeignTool(name) || isNamespaced(name) || meantTools(name, known).length > 0;
  return (typeof listed === 'string' ? [listed] : (listed ?? [])).flatMap((text, index) => {
    if (meansNoTools(text)) return [];
    const path = Array.isArray(listed) ? [key, index] : [key];
    const words = toolWords(text, isKnown);
    if (words) return words.map((word) => ({ word, path }));
    const message = `${quoted(text)} is no list of tools, and what a sentence means is not guessed`;
    found.push(document.diagnostic(path, { code: 'no-tool-list', message, hint: 'list them: "Read, Grep, Bash"' }));
    return [];
  });
}

// Assistants have tools that we do not; a name in a namespace is meant for us. Beside "all", any other word may take away ("!Bash").
function unknownTool(
  { text, name }: ToolWord,
  path: ValuePath,
  isBesideAll: boolean,
  { document, known }: HandsContext,
): Diagnostic {
  const isOurs = isOfNamespace(name) && !isForeignTool(name);
  if (isBesideAll && !isOurs && !isForeignTool(name)) {
    const message = `what ${quoted(text)} means beside all tools is not understood: it may take one of them away`;
    const hint = 'what the agent may not stands under disallowedTools';
    return document.diagnostic(path, { code: 'no-tool-list', message, hint });
  }
  const message = `unknown tool ${quoted(text)}${isOurs ? '' : ': the agent works without it'}`;
  const hint = isForeignTool(name) ? null : toolHint(name, knownToolWords(known));
  return document.diagnostic(path, { code: 'unknown-tool', message, hint, severity: isOurs ? 'error' : 'warning' });
}

function unknownDenial({ text, name }: ToolWord, path: ValuePath, { document, known }: HandsContext): Diagnostic {
  const message = `unknown tool ${quoted(text)}: what it would take away stays with the agent`;
  const hint = toolHint(name, knownToolWords(known));
  return document.diagnostic(path, { code: 'unknown-tool', message, hint });
}

function notUnderstood(
  { text }: ToolWord,
  path: ValuePath,
  { document }: HandsContext,
  severity: Diagnostic['severity'] = 'warning',
): Diagnostic {
  const end = severity === 'error' ? 'what it would take away stays with the agent' : 'the agent works without it';
  const message = `what ${quoted(text)} says in brackets is not understood: ${end}`;
  const hint = 'understood are "Bash(git status:*)", "Read(/src/**)" and "WebFetch(domain:example.com)"';
  return document.diagnostic(path, { code: 'unknown-grant', message, hint, severity });
}
