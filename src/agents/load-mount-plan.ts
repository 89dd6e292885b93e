import { basename, extname } from 'node:path';
import type { Diagnostic } from '../definition/source/diagnostic.ts';
import { DefinitionError, quoted } from '../definition/source/diagnostic.ts';
import { nearestHint } from '../domain/nearest.ts';
import { readYaml } from '../definition/source/read-yaml.ts';
import { schemaDiagnostics } from '../definition/schema/schema-errors.ts';
import type { SourceDocument, ValuePath } from '../definition/source/source-document.ts';
import { isJsonObject } from '../definition/source/source-document.ts';
import { readSourceFile } from '../definition/source/source-text.ts';
import type { ModelChoice } from '../domain/money/model-table.ts';
import { planDefaults } from '../domain/plan/plan.ts';
import { builtInTools, type ToolName } from '../domain/tool-names.ts';
import { modelOf } from './agent-model.ts';
import type { LoadedAgent } from './agent-problem.ts';
import { emptyCard, withoutErrors } from './agent-problem.ts';
import type { MountPlan } from './agent-schema.ts';
import { mountPlanSchema } from './agent-schema.ts';
import { defaultSystemPrompt } from './compose-prompt.ts';

const toolModules: Readonly<Record<string, ToolName>> = {
  'tool-issue': builtInTools.issue.name,
  'tool-filesystem': builtInTools.filesystem.name,
  'tool-bash': builtInTools.bash.name,
  'tool-web': builtInTools.web.name,
};
const providerModules = ['provider-anthropic'];
/** What these do, the orchestrator does here by itself. */
const sessionModules = ['loop-basic', 'loop-streaming', 'loop-events', 'context-simple', 'context-persistent'];

/**
 * An agent from a mount plan, named as its file.
 *
 * Modules that we do not have are warned of, and the agent works without them; a tool's own configuration
 * (folders, the actor's name) is not taken over, as both are the orchestrator's to set.
 *
 * @throws DefinitionError when the file cannot be read or is no mount plan
 */
export function loadMountPlan(file: string): LoadedAgent {
  const document = readYaml(readSourceFile(file), 'json');
  const name = basename(file, extname(file)).normalize();
  const keys = isJsonObject(document.value) ? Object.keys(document.value) : [];
  if (!['session', 'providers', 'tools'].some((key) => keys.includes(key))) {
    const message = 'not a mount plan: it has neither "session" nor "providers" nor "tools"';
    throw new DefinitionError([document.diagnostic([], { code: 'not-an-agent', message })]);
  }
  const parsed = mountPlanSchema.safeParse(document.value);
  if (!parsed.success) {
    const keysAt = () => ({ live: Object.keys(mountPlanSchema.shape), planned: [] });
    return { name, agent: null, card: emptyCard, diagnostics: schemaDiagnostics(document, parsed.error, { keysAt }) };
  }
  const found = unknownModules(document, parsed.data);
  const agent = {
    name,
    description: '',
    ...planModel(document, parsed.data, found),
    tools: Object.keys(toolModules)
      .filter((each) => parsed.data.tools?.some(({ module }) => module === each))
      .map((each) => toolModules[each]!),
    maxTurns: planDefaults.agent.maxTurns,
    maxTokens: planDefaults.agent.maxTokens,
    system: defaultSystemPrompt(name, ''),
  };
  return withoutErrors(agent, emptyCard, found);
}

function planModel(document: SourceDocument, plan: MountPlan, found: Diagnostic[]): ModelChoice {
  const index = (plan.providers ?? []).findIndex(({ config }) => config?.['default_model'] !== undefined);
  const path = ['providers', index, 'config', 'default_model'];
  const model = index === -1 ? null : document.valueAt(path);
  if (model === null || model === undefined || typeof model === 'string')
    return modelOf(document, path, model ?? null, found);
  found.push(
    document.diagnostic(path, { code: 'wrong-type', message: 'default_model must be text: the name of a model' }),
  );
  return { model: planDefaults.agent.model };
}

function unknownModules(document: SourceDocument, plan: MountPlan): Diagnostic[] {
  const found: Diagnostic[] = [];
  const check = (path: ValuePath, module: string | undefined, known: readonly string[], without: string) => {
    if (module === undefined || known.includes(module)) return;
    const message = `unknown module ${quoted(module)}: ${without}`;
    const hint = nearestHint(module, known);
    found.push(
      document.diagnostic([...path, 'module'], { code: 'unknown-module', message, hint, severity: 'warning' }),
    );
  };
  for (const part of ['orchestrator', 'context'] as const) {
    check(['session', part], plan.session?.[part]?.module, sessionModules, 'gaffer does its part by itself');
  }
  for (const [index, { module }] of (plan.providers ?? []).entries()) {
    check(['providers', index], module, providerModules, 'the model is called through Anthropic');
  }
  for (const [index, { module }] of (plan.tools ?? []).entries()) {
    check(['tools', index], module, Object.keys(toolModules), 'the agent works without it');
  }
  for (const [index, { module }] of (plan.hooks ?? []).entries()) {
    check(['hooks', index], module, [], 'the agent works without it');
  }
  return found;
}
