import { basename, extname } from 'node:path';
import type { Diagnostic } from '../definition/source/diagnostic.ts';
import { quoted } from '../definition/source/diagnostic.ts';
import { nearest, nearestHint } from '../definition/source/nearest.ts';
import { readYaml } from '../definition/source/read-yaml.ts';
import { schemaDiagnostics } from '../definition/schema/schema-errors.ts';
import type { SourceDocument } from '../definition/source/source-document.ts';
import { isJsonObject } from '../definition/source/source-document.ts';
import { readSourceFile } from '../definition/source/source-text.ts';
import { planDefaults } from '../domain/plan/plan.ts';
import { isNamespaced, type ToolName, type ToolTraits } from '../domain/tool-names.ts';
import { modelOf } from './agent-model.ts';
import type { LoadedAgent } from './agent-problem.ts';
import { withoutErrors } from './agent-problem.ts';
import type { AgentFile } from './agent-schema.ts';
import { agentFileSchema, agentKeys, silentKeys } from './agent-schema.ts';
import type { PromptPart } from './compose-prompt.ts';
import { defaultSystemPrompt, readPromptParts } from './compose-prompt.ts';
import { readFrontMatter, splitFrontMatter } from './front-matter.ts';
import { asksOnlyToRead, knownToolWords, toToolName } from './tool-aliases.ts';

/**
 * An agent from Markdown with front matter; null when the file has none (a README, a prompt to compose with).
 *
 * @throws DefinitionError when the front matter cannot be read
 */
export function loadMarkdownAgent(file: string, dir: string, tools: readonly ToolTraits[]): LoadedAgent | null {
  const source = readSourceFile(file);
  const { matter, body } = splitFrontMatter(source);
  if (matter === null) return null;
  const { document, isLoose } = readFrontMatter(source, matter);
  const loaded = toAgent(document, { dir, body, tools });
  if (isLoose) {
    const message = 'the front matter is not YAML; it was read line by line as "key: text"';
    const what = {
      code: 'loose-front-matter',
      message,
      hint: 'put text that holds ": " in quotes',
      severity: 'warning',
    } as const;
    loaded.diagnostics.push(document.diagnostic([], what));
  }
  return loaded;
}

/**
 * An agent from a YAML file, with its prompt under `prompt`, `instructions` or `system`.
 *
 * @throws DefinitionError when the file cannot be read
 */
export function loadYamlAgent(file: string, dir: string, tools: readonly ToolTraits[]): LoadedAgent {
  return toAgent(readYaml(readSourceFile(file)), { dir, body: '', tools });
}

function toAgent(
  document: SourceDocument,
  { dir, body, tools }: { dir: string; body: string; tools: readonly ToolTraits[] },
): LoadedAgent {
  const fileName = basename(document.name, extname(document.name));
  const parsed = agentFileSchema.safeParse(document.value);
  if (!parsed.success) {
    const keysAt = () => ({ live: agentKeys, planned: [] });
    return {
      name: statedName(document) ?? fileName,
      agent: null,
      diagnostics: schemaDiagnostics(document, parsed.error, { keysAt }),
    };
  }
  const found = unknownKeys(document);
  const keys = parsed.data;
  const name = keys.name ?? fileName;
  const description = (keys.description ?? '').trim();
  const texts = readPromptParts(document, dir, promptParts(keys), found);
  texts.push(
    ...[keys.system, keys.instructions, keys.prompt, body]
      .map((text) => (text ?? '').trim())
      .filter((text) => text !== ''),
  );
  const agent = {
    name,
    description,
    ...modelOf(document, ['model'], keys.model ?? null, found),
    tools: toolsOf(document, keys.tools, { known: tools, found }),
    maxTurns: keys.max_turns ?? planDefaults.agent.maxTurns,
    maxTokens: keys.max_tokens ?? planDefaults.agent.maxTokens,
    system: texts.length > 0 ? texts.join('\n\n') : defaultSystemPrompt(name, description),
  };
  return withoutErrors(agent, found);
}

function statedName(document: SourceDocument): string | null {
  const name = isJsonObject(document.value) ? document.value['name'] : null;
  return typeof name === 'string' && name !== '' ? name : null;
}

function unknownKeys(document: SourceDocument): Diagnostic[] {
  const keys = isJsonObject(document.value) ? Object.keys(document.value) : [];
  return keys
    .filter((key) => !agentKeys.includes(key) && !silentKeys.includes(key))
    .map((key) => {
      const close = nearest(key, agentKeys);
      const hint = close === null ? null : `did you mean "${close}"?`;
      const message = `the key ${quoted(key)} is not used`;
      return document.diagnostic([key], { code: 'unknown-key', message, hint, severity: 'warning', on: 'key' });
    });
}

/** No list means every built-in tool, as the convention has it; an empty one means none. */
function toolsOf(
  document: SourceDocument,
  listed: AgentFile['tools'],
  { known, found }: { known: readonly ToolTraits[]; found: Diagnostic[] },
): ToolName[] {
  const isWritten = isJsonObject(document.value) && Object.hasOwn(document.value, 'tools');
  if (!isWritten || listed === '*') return known.filter(({ isDefault }) => isDefault).map(({ name }) => name);
  const words = wordsOf(listed);
  const tools = new Set<ToolName>();
  for (const [index, word] of words.entries()) {
    const tool = toToolName(word, known);
    if (tool) tools.add(tool);
    else {
      const path = Array.isArray(listed) ? ['tools', index] : ['tools'];
      // Assistants have tools that we do not; a name in a namespace is meant for us.
      const isOurs = isNamespaced(word);
      const message = `unknown tool ${quoted(word)}${isOurs ? '' : ': the agent works without it'}`;
      const hint = nearestHint(word, knownToolWords(known));
      const severity = isOurs ? 'error' : 'warning';
      found.push(document.diagnostic(path, { code: 'unknown-tool', message, hint, severity }));
    }
  }
  if (asksOnlyToRead(words)) {
    const message = 'the tool "filesystem" that the agent gets writes too, not only reads';
    found.push(document.diagnostic(['tools'], { code: 'wider-tool', message, severity: 'warning' }));
  }
  return known.map(({ name }) => name).filter((name) => tools.has(name));
}

function promptParts(keys: AgentFile): PromptPart[] {
  const parts: PromptPart[] = keys.base ? [{ path: ['base'], file: keys.base }] : [];
  for (const [index, file] of wordsOf(keys.platforms).entries()) {
    parts.push({ path: Array.isArray(keys.platforms) ? ['platforms', index] : ['platforms'], file });
  }
  return parts;
}

function wordsOf(words: string | string[] | null | undefined): string[] {
  const list = typeof words === 'string' ? words.split(',') : (words ?? []);
  return list.map((word) => word.trim()).filter((word) => word !== '');
}
