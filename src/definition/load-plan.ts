import { basename, dirname, extname, join, resolve } from 'node:path';
import type { AgentRegistry } from '../agents/registry.ts';
import type { JsonObject, JsonValue } from '../domain/json.ts';
import type { Plan } from '../domain/plan/plan.ts';
import type { ToolTraits } from '../domain/tool-names.ts';
import { planDefaults } from '../domain/plan/plan.ts';
import { notActing } from './check/not-acting.ts';
import type { CheckedDraft } from './check/check-definition.ts';
import { checkDraft } from './check/check-definition.ts';
import type { CheckSchema } from './check/check-output-schema.ts';
import { limitWarnings } from './check/check-limits.ts';
import { fitAgents, fitTasks, modelsOf } from './check/check-models.ts';
import { checkPolicy } from './check/check-policy.ts';
import type { Diagnostic } from './source/diagnostic.ts';
import { DefinitionError } from './source/diagnostic.ts';
import type { Draft } from './draft/draft.ts';
import { toDraft } from './draft/draft.ts';
import { inlineDocument } from './source/inline-document.ts';
import { resolveInputs } from './draft/inputs.ts';
import type { PlanTexts } from './draft/texts.ts';
import { keysAt } from './schema/known-keys.ts';
import { agentOf } from './draft/agents.ts';
import { toPolicy } from './build/plan-approval.ts';
import { checkLimits, toPlanLimits } from './build/plan-limits.ts';
import { toCrew, trackIndex } from './build/plan-pool.ts';
import { toPlanPhases, toPlanTasks } from './build/plan-tasks.ts';
import { withPlainNames } from './source/plain-names.ts';
import { readYaml } from './source/read-yaml.ts';
import type { WorkflowFile } from './schema/schema.ts';
import { workflowSchema } from './schema/schema.ts';
import { missingKey, schemaDiagnostics } from './schema/schema-errors.ts';
import type { SourceDocument } from './source/source-document.ts';
import { isJsonObject } from './source/source-document.ts';
import { readSourceFile, SourceText } from './source/source-text.ts';

/** Where a definition comes from. `file` of a text is what messages call it; `.json` is read as JSON, all else as YAML. */
export type PlanSource =
  | { kind: 'file'; file: string }
  | { kind: 'text'; text: string; file: string }
  | { kind: 'object'; value: JsonObject; name: string };

/** What a definition is completed with. */
export interface PlanContext {
  agents: AgentRegistry;
  /** Names of the models' providers that there are; left out: all that the model table has. */
  providers?: readonly string[];
  /** Tools that there are; left out: the built-in ones. */
  tools?: readonly ToolTraits[];
  /** Values of inputs; text is converted by the declared type. */
  inputs?: Readonly<Record<string, JsonValue>>;
  /** Wins over the file's `limits`, in the same format: `{ usd: 1, timeout: '10m' }`. */
  limits?: JsonObject;
  /** Wins over the file's `models`, in the same format. */
  models?: JsonObject;
  /** Wins over the file's `workspace`. */
  workspace?: string;
  /** Says why a JSON Schema of an `output` cannot be used, beyond its shape; null: it can. */
  checkSchema?: CheckSchema;
  /** Absolute folder that a relative workspace is taken from. */
  cwd: string;
  /** Whether folders that tasks work in are looked for here: not when the run works on another machine. Default: no. */
  looksForFolders?: boolean;
}

/**
 * Turns a definition into a Plan, or says everything that is wrong with it at once.
 *
 * Starts nothing; reads only the file itself, and which folders there are if it is to look for those of tasks. Safe on hostile input.
 *
 * @throws DefinitionError with every error, in order of their places
 */
export function loadPlan(source: PlanSource, context: PlanContext): { plan: Plan; warnings: Diagnostic[] } {
  const document = withPlainNames(openSource(source));
  const parsed = workflowSchema.safeParse(document.value);
  const found = parsed.success ? [] : schemaDiagnostics(document, parsed.error, { keysAt });
  if (!isJsonObject(document.value)) throw new DefinitionError(found);
  const hasTasks = Object.hasOwn(document.value, 'phases') || Object.hasOwn(document.value, 'tasks');
  if (!hasTasks) found.push(...missingKey(document, ['phases'], { keysAt }));

  const draft = toDraft(document.value);
  const limits = checkLimits(context.limits ?? {});
  const inputs = resolveInputs(document, context.inputs ?? {});
  const workspace = workspaceIn(document.value, context);
  const place = { workspace, looksForFolders: context.looksForFolders ?? false, parent: null };
  const { agents, providers, tools, checkSchema } = context;
  const models = modelsOf(document, context.models ?? {});
  const rules = { factsOf: models.factsOf, givenLimits: context.limits ?? {} };
  const checked = checkDraft(document, draft, { agents, providers, tools, inputs, place, checkSchema, models: rules });
  found.push(...limits.diagnostics, ...models.diagnostics, ...inputs.diagnostics, ...checked.diagnostics);
  found.push(...checkPolicy(document, agents, tools));

  const errors = found.filter(({ severity }) => severity === 'error');
  if (!parsed.success || errors.length > 0) throw new DefinitionError(inOrder(errors, document.name));
  const file = parsed.data;
  const { diagnostics: longAnswers, ...fitted } = fitAgents(document, checked.chosen.agents, models.factsOf);
  const settings = {
    ...fitted,
    name: file.name ?? defaultName(source),
    workspace,
    inputs: inputs.values,
    limits: toPlanLimits(file.limits ?? {}, limits.limits),
  };
  const whole = toPlan({ file, draft, checked, settings });
  const plan = { ...whole, ...fitTasks(whole, models.factsOf) };
  return {
    plan,
    warnings: inOrder(
      [...found, ...longAnswers, ...limitWarnings(document, plan), ...notActing(document, plan)],
      document.name,
    ),
  };
}

function workspaceIn({ workspace }: JsonObject, context: PlanContext): string {
  const written = typeof workspace === 'string' ? workspace : '.';
  return resolve(context.cwd, context.workspace ?? written);
}

interface PlanParts {
  file: WorkflowFile;
  draft: Draft;
  checked: CheckedDraft;
  settings: Pick<Plan, 'name' | 'workspace' | 'inputs' | 'limits' | 'agents' | 'models'>;
}

function toPlan({ file, draft, checked, settings }: PlanParts): Plan {
  const { names, graph, texts, workspaces } = checked;
  const files = [...(file.phases ?? []).flatMap(({ tasks }) => tasks), ...(file.tasks ?? [])];
  const agents = draft.tasks.map((task) => agentOf(task, draft)!);
  const parts = { draft, files, names, agents, graph, texts, workspaces, depth: 0, tracks: trackIndex(file) };
  const tasks = toPlanTasks(parts);
  return {
    version: 1,
    ...settings,
    description: file.description ?? '',
    manager: file.manager ?? null,
    ...(file.delegates && { delegates: [...new Set(file.delegates)] }),
    defaultAgent:
      draft.defaultProfile !== null && Object.hasOwn(settings.agents, draft.defaultProfile)
        ? draft.defaultProfile
        : null,
    context: {
      maxMessages: file.context?.max_messages ?? planDefaults.context.maxMessages,
      pruneAtTokens: file.context?.prune_at_tokens ?? planDefaults.context.pruneAtTokens,
      ...strategyIn(file),
    },
    ...(file.communication && { communication: true }),
    ...toCrew(file, tasks),
    onFailure: file.on_failure ?? planDefaults.run.onFailure,
    checkpointEvery: file.checkpoint_every ?? planDefaults.run.checkpointEvery,
    policy: toPolicy(file.policy),
    ...outputsIn(file, texts),
    phases: toPlanPhases(file.phases ?? [], texts),
    tasks,
  };
}

function strategyIn({ context }: WorkflowFile): Pick<Plan['context'], 'strategy'> {
  const strategy = context?.strategy ?? 'isolated';
  return strategy === 'isolated' ? {} : { strategy };
}

function outputsIn({ outputs = {} }: WorkflowFile, texts: PlanTexts): Pick<Plan, 'outputs'> {
  const names = Object.keys(outputs);
  if (names.length === 0) return {};
  return { outputs: Object.fromEntries(names.map((name) => [name, texts.sourceAt(['outputs', name])!])) };
}

/**
 * Folders that agents of a workflow file are looked for in, best first; some may not exist.
 *
 * `agents/` beside the file; beside its folder when that is called `workflows`; in `cwd`; and `.claude/agents` in `cwd`.
 */
export function agentDirsFor(file: string, cwd: string): string[] {
  const folder = dirname(resolve(cwd, file));
  const dirs = [join(folder, 'agents'), join(cwd, 'agents'), join(cwd, '.claude', 'agents')];
  if (basename(folder) === 'workflows') dirs.splice(1, 0, join(dirname(folder), 'agents'));
  return [...new Set(dirs)];
}

function openSource(source: PlanSource): SourceDocument {
  if (source.kind === 'object') return inlineDocument(source.value, source.name);
  const text = source.kind === 'file' ? readSourceFile(source.file) : new SourceText(source.text, source.file);
  const document = readYaml(text, extname(source.file).toLowerCase() === '.json' ? 'json' : 'yaml');
  if (document.value !== null) return document;
  const hint = 'the smallest workflow has "tasks" with one task';
  throw new DefinitionError([
    document.diagnostic([], { code: 'empty-file', message: `${source.file} is empty`, hint }),
  ]);
}

function defaultName(source: PlanSource): string {
  return source.kind === 'object' ? source.name : basename(source.file).replace(/\.(?:ya?ml|json)$/i, '');
}

/** The definition's own first, from top to bottom. */
function inOrder(diagnostics: Diagnostic[], name: string): Diagnostic[] {
  const rank = ({ file }: Diagnostic): number => (file === name ? 0 : 1);
  return diagnostics.toSorted(
    (a, b) => rank(a) - rank(b) || (a.line ?? 0) - (b.line ?? 0) || (a.column ?? 0) - (b.column ?? 0),
  );
}
