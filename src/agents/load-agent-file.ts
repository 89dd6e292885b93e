import { basename, dirname, extname, relative } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import type { Diagnostic } from '../definition/source/diagnostic.ts';
import { quoted } from '../definition/source/diagnostic.ts';
import { nearest } from '../domain/nearest.ts';
import { readYaml } from '../definition/source/read-yaml.ts';
import { schemaDiagnostics } from '../definition/schema/schema-errors.ts';
import type { SourceDocument } from '../definition/source/source-document.ts';
import { isJsonObject } from '../definition/source/source-document.ts';
import { readSourceFile, SourceText } from '../definition/source/source-text.ts';
import { planDefaults } from '../domain/plan/plan.ts';
import type { ToolTraits } from '../domain/tool-names.ts';
import { handsOf } from './agent-hands.ts';
import { modelOf } from './agent-model.ts';
import { runnerOf } from './agent-runner.ts';
import { serversOf } from './agent-servers.ts';
import type { AgentCard, LoadedAgent } from './agent-problem.ts';
import { emptyCard, withoutErrors } from './agent-problem.ts';
import type { AgentFile } from './agent-schema.ts';
import { agentFileSchema, agentKeys, ownKey, silentKeys } from './agent-schema.ts';
import type { PromptPart } from './compose-prompt.ts';
import { defaultSystemPrompt, readPromptParts } from './compose-prompt.ts';
import { readFrontMatter, refuseMisplaced, splitFrontMatter } from './front-matter.ts';
import { isAboutHands, isLimit } from './hands-keys.ts';

/**
 * An agent from Markdown with front matter; null when the file has none (a README, a prompt to compose with).
 *
 * @throws DefinitionError when the front matter cannot be read
 */
export function loadMarkdownAgent(file: string, dir: string, tools: readonly ToolTraits[]): LoadedAgent | null {
  const { text } = readSourceFile(file);
  const source = new SourceText(text.replace(/\r(?!\n)/g, '\n'), file);
  const { matter, body } = splitFrontMatter(source);
  if (matter === null) {
    refuseMisplaced(source);
    return null;
  }
  const { document, isLoose } = readFrontMatter(source, matter);
  // In a folder below, Markdown of any kind may have front matter.
  const isDeep = relative(dir, dirname(file)) !== '';
  if (isDeep && !['name', 'description'].some((key) => document.valueAt([key]) !== undefined)) return null;
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

/** An agent from what stands in a document, however it was read. `dir`: that the files of its prompt may lie in. */
export function toAgent(
  written: SourceDocument,
  { dir, body, tools }: { dir: string; body: string; tools: readonly ToolTraits[] },
): LoadedAgent {
  const document = written.renamed(ownKey);
  const fileName = basename(document.name, extname(document.name)).normalize();
  const parsed = agentFileSchema.safeParse(document.value);
  if (!parsed.success) {
    const keysAt = () => ({ live: agentKeys, planned: [] });
    return {
      name: statedName(document) ?? fileName,
      agent: null,
      card: emptyCard,
      diagnostics: schemaDiagnostics(document, parsed.error, { keysAt }),
    };
  }
  const found = unknownKeys(document);
  const keys = parsed.data;
  const name = keys.name?.normalize() ?? fileName;
  const description = (keys.description ?? '').trim();
  const texts = readPromptParts(document, dir, promptParts(keys), found);
  texts.push(
    ...[keys.system, keys.instructions, keys.prompt, body]
      .map((text) => (text ?? '').trim())
      .filter((text) => text !== ''),
  );
  const { declared, ...hands } = serversOf(document, { tools, found });
  const agent = {
    name,
    description,
    ...modelOf(document, ['model'], keys.model ?? null, found),
    ...handsOf(keys, { document, found, ...hands }),
    ...declared,
    ...runnerOf(document, keys, found),
    maxTurns: keys.max_turns ?? planDefaults.agent.maxTurns,
    maxTokens: keys.max_tokens ?? planDefaults.agent.maxTokens,
    system: texts.length > 0 ? texts.join('\n\n') : defaultSystemPrompt(name, description),
  };
  return withoutErrors(agent, cardOf(keys, document), found);
}

function cardOf(keys: AgentFile, { value }: SourceDocument): AgentCard {
  const unused = Object.entries(isJsonObject(value) ? value : {}).filter(([key]) => !agentKeys.includes(key));
  const category = keys.category?.trim() ?? '';
  return { category: category === '' ? null : category, tags: wordsOf(keys.tags), unused: Object.fromEntries(unused) };
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
      const value = document.valueAt([key]) ?? null;
      if (isAboutHands(key, value) || isOtherLimit(document, key)) return unknownHands(document, key);
      const close = nearest(key, agentKeys);
      const hint = close === null ? null : `did you mean "${close}"?`;
      const message = `the key ${quoted(key)} is not used`;
      return document.diagnostic([key], { code: 'unknown-key', message, hint, severity: 'warning', on: 'key' });
    });
}

/** Whether a key says a limit once more, and says another one. */
function isOtherLimit(document: SourceDocument, key: string): boolean {
  return isLimit(key) && !isDeepStrictEqual(document.valueAt([key]), document.valueAt([ownKey(key)]));
}

function unknownHands(document: SourceDocument, key: string): Diagnostic {
  const twin = ownKey(key);
  const message =
    agentKeys.includes(twin) && key !== twin
      ? `${quoted(key)} says ${twin} once more, and one of the two would be lost`
      : `the key ${quoted(key)} is about what the agent may do, and it is not understood: the agent could do more than its author gave it`;
  const hint = 'say it with tools, disallowedTools, permissionMode, or as "policy" of the workflow';
  return document.diagnostic([key], { code: 'unknown-hands', message, hint, on: 'key' });
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
