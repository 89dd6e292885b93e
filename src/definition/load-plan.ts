import { existsSync, realpathSync } from 'node:fs';
import { basename, resolve } from 'node:path';
import type { CrewPool } from '../agents/choose-crew.ts';
import type { AgentRegistry } from '../agents/registry.ts';
import type { JsonObject, JsonValue } from '../domain/json.ts';
import type { TierNames } from '../domain/money/model-tiers.ts';
import type { Plan } from '../domain/plan/plan.ts';
import { builtInList, type ToolTraits } from '../domain/tool-names.ts';
import { withCrewTools } from '../domain/messages/crew-tools.ts';
import { planDefaults } from '../domain/plan/plan.ts';
import type { CheckedDraft } from './check/check-definition.ts';
import { checkDraft } from './check/check-definition.ts';
import type { CheckSchema } from './check/check-output-schema.ts';
import { limitWarnings } from './check/check-limits.ts';
import { fitAgents, fitTasks, modelsOf } from './check/check-models.ts';
import { checkCommunicationFile } from './check/check-communication-file.ts';
import { checkWork } from './check/check-work.ts';
import { checkSummaryModel } from './check/check-summary-model.ts';
import { stateWarnings } from './check/check-state.ts';
import { checkPolicy } from './check/check-policy.ts';
import { nothingToApprove } from './check/nothing-to-approve.ts';
import type { Diagnostic } from './source/diagnostic.ts';
import { DefinitionError } from './source/diagnostic.ts';
import { type Draft, folderIn, toDraft } from './draft/draft.ts';
import type { NativeDefinition } from './formats/format.ts';
import type { FormatOptions, PlanSource } from './formats/open-definition.ts';
import { defaultName, openDefinition } from './formats/open-definition.ts';
import { openScript, scriptIn } from './formats/script.ts';
import { loadEvaluation } from './evaluation/load-evaluation.ts';
import { resolveInputs } from './draft/inputs.ts';
import { otherInputs } from './draft/other-inputs.ts';
import type { PlanTexts } from './draft/texts.ts';
import { keysAt } from './schema/known-keys.ts';
import { agentOf } from './draft/agents.ts';
import { toPolicy, withApprovedSplit } from './build/plan-approval.ts';
import { toPlanContext } from './build/plan-context.ts';
import { checkLimits, toPlanLimits } from './build/plan-limits.ts';
import { toCrew, trackIndex } from './build/plan-pool.ts';
import { withServers } from './mcp/plan-servers.ts';
import { errorsIn, serverTools, type McpServers } from './mcp/mcp-sources.ts';
import { toPlanCoding } from './build/plan-coding.ts';
import { guidesOf } from './build/workspace-guides.ts';
import { toPlanPhases, toPlanTasks } from './build/plan-tasks.ts';
import { toScriptPlan } from './script-plan.ts';
import { withCrew } from './with-crew.ts';
import type { NestedWorks } from './build/plan-work.ts';
import type { ChainLink, NestedDefinition, NestedPlan } from './nested/nested-plans.ts';
import { loadNested } from './nested/nested-plans.ts';
import { withPlainNames } from './source/plain-names.ts';
import type { LimitsFile, WorkflowFile } from './schema/schema.ts';
import { workflowSchema } from './schema/schema.ts';
import { missingKey, schemaDiagnostics } from './schema/schema-errors.ts';
import type { SourceDocument } from './source/source-document.ts';
import { isJsonObject } from './source/source-document.ts';

/** What a definition is completed with. */
export interface PlanContext extends FormatOptions {
  agents: AgentRegistry;
  /** Those among whom a description that names none is shared out; asked only for such a one. */
  crewPool?: () => CrewPool;
  /** Has a person approve how work is split, before what it was split into begins. */
  approvePlan?: boolean | undefined;
  /** Wins over the file's `communication_file`. */
  communicationFile?: string | undefined;
  /** Names of the models' providers that there are; left out: all that the model table has. */
  providers?: readonly string[];
  /** Tools that there are; left out: the built-in ones. */
  tools?: readonly ToolTraits[];
  /** Servers that some of them come from. */
  mcp?: McpServers;
  /** Values of inputs; text is converted by the declared type. */
  inputs?: Readonly<Record<string, JsonValue>>;
  /** Wins over the file's `limits`, in the same format: `{ usd: 1, timeout: '10m' }`. */
  limits?: JsonObject;
  /** Wins over the file's `models`, in the same format. */
  models?: JsonObject;
  /** What `auto` chooses from where the file does not say it, in the same format. */
  tiers?: TierNames;
  /** Wins over the file's `workspace`. */
  workspace?: string;
  /** Says why a JSON Schema of an `output` cannot be used, beyond its shape; null: it can. */
  checkSchema?: CheckSchema;
  /** Absolute folder that a relative workspace is taken from. */
  cwd: string;
  /** Whether folders that tasks work in are looked for here: not when the run works on another machine. Default: no. */
  looksForFolders?: boolean;
  /** Of a workflow that is a task: those around it, outermost first, and the inputs that only the run will know. */
  within?: { chain: readonly ChainLink[]; openInputs: readonly string[] };
}

/**
 * Turns a definition into a Plan, or says everything that is wrong with it at once.
 *
 * Starts nothing; reads only the file itself, and, if it is to look for them, which folders there are and what is in them for agents. Safe on hostile input.
 *
 * @throws DefinitionError with every error, in order of their places
 */
export function loadPlan(source: PlanSource, context: PlanContext): NestedPlan {
  const { plan: loaded, warnings, ...rest } = load(source, context);
  const plan = withServers(loaded, context.mcp?.sources ?? []);
  const guides = context.looksForFolders ? guidesOf(plan) : undefined;
  const doubts = context.within ? [] : (context.mcp?.diagnostics ?? []);
  return { plan: guides ? { ...plan, guides } : plan, warnings: [...warnings, ...doubts], ...rest };
}

// Servers that agents' own files declare.
function toolsOfOwn({ chosen }: CheckedDraft): ToolTraits[] {
  return serverTools(Object.values(chosen.agents).flatMap(({ mcp }) => mcp ?? []));
}

function load(source: PlanSource, context: PlanContext): NestedPlan {
  const script = scriptIn(source, context.format);
  if (!script) return loadTasks(source, context);
  // The format is the script's; what its agents are checked with is native.
  const native = { ...context, inputs: {}, format: undefined };
  const read = (value: JsonValue, name: string) => loadTasks({ kind: 'object', value, name }, native);
  return { ...toScriptPlan(openScript(script), context, read), inherits: [] };
}

function loadTasks(source: PlanSource, context: PlanContext): NestedPlan {
  const { agents, ...opened } = withCrew(openDefinition(source, context), context);
  const { document, value, parsed, found } = parseDefinition(opened);
  const draft = toDraft(value);
  const limits = checkLimits(context.limits ?? {});
  const inputs = resolveInputs(document, context.inputs ?? {}, context.within?.openInputs);
  const workspace = workspaceIn(value, context);
  const place = { workspace, looksForFolders: context.looksForFolders ?? false, parent: null };
  const { providers, tools, checkSchema } = context;
  const models = modelsOf(document, context);
  const rules = { models: { factsOf: models.factsOf, givenLimits: context.limits ?? {} }, tiers: models.tiers };
  const checked = checkDraft(document, draft, { agents, providers, tools, inputs, place, checkSchema, ...rules });
  found.push(...limits.diagnostics, ...models.diagnostics, ...inputs.diagnostics, ...checked.diagnostics);
  found.push(...checkPolicy(document, agents, [...(tools ?? builtInList), ...toolsOfOwn(checked)]));
  found.push(...checkSummaryModel(document, parsed.data?.context, { providers, models: rules.models }));
  const communication = checkCommunicationFile(document, context.communicationFile, place);
  found.push(...communication.diagnostics);
  if (context.approvePlan) found.push(...nothingToApprove(document, draft));
  const inner = innerPlans(document, { source, draft, checked, workspace }, context);
  found.push(...inner.diagnostics);

  const errors = errorsIn(found, context.within ? [] : context.mcp?.diagnostics);
  if (!parsed.success || errors.length > 0) throw new DefinitionError(inOrder(errors, document.name));
  const file = parsed.data;
  const { diagnostics: longAnswers, ...fitted } = fitAgents(document, checked.chosen.agents, models);
  const settings = {
    ...fitted,
    name: file.name ?? defaultName(source),
    workspace,
    inputs: inputs.values,
    ...(inputs.open && { openInputs: inputs.open }),
    ...inner.plans,
    limits: toPlanLimits(file.limits ?? {}, limits.limits),
  };
  const extras = { communicationFile: communication.path, works: inner.works };
  const whole = withCrewTools(toPlan({ file, draft, checked, settings, ...extras }), file.communication);
  const plan = withApprovedSplit({ ...whole, ...fitTasks(whole, models) }, context.approvePlan ?? false);
  const doubts = [...longAnswers, ...planWarnings(document, plan, checked)];
  const rest = { inherits: inheritedLimits(file.limits ?? {}), otherInputs: otherInputs(document, checked.texts) };
  return { plan, warnings: inOrder([...found, ...doubts], document.name), ...rest };
}

function planWarnings(document: SourceDocument, plan: Plan, { texts }: CheckedDraft): Diagnostic[] {
  return [...limitWarnings(document, plan), ...stateWarnings(document, plan, texts.expressions)];
}

function nestContext(source: PlanSource, workspace: string, context: PlanContext): Parameters<typeof loadNested>[2] {
  const chain = context.within?.chain ?? [rootOf(source, context.cwd)];
  const { findWorkflow: find } = context;
  const looksForFolders = context.looksForFolders ?? false;
  return { source, chain, workspace, looksForFolders, find, load: (nested) => loadWithin(nested, context) };
}

function rootOf(source: PlanSource, cwd: string): ChainLink {
  if (source.kind === 'object') return { id: '', name: source.name };
  const file = resolve(cwd, source.file);
  return { id: existsSync(file) ? realpathSync(file) : file, name: basename(file) };
}

// What was given on the way is for the definition that was started.
function loadWithin({ source, found, inputs, openInputs, workspace, chain }: NestedDefinition, context: PlanContext) {
  const { limits: _l, workspace: _w, format: _f, pool: _p, tracks: _t, patterns: _m, ...others } = context;
  const { approvePlan: _a, communicationFile: _c, chosen: _n, ...rest } = others;
  return loadPlan(source, { ...rest, agents: found.agents, inputs, cwd: workspace, within: { chain, openInputs } });
}

/** The plans in a plan: workflows that are tasks of it, and what evaluates its runs. */
function innerPlans(
  document: SourceDocument,
  { source, draft, checked, workspace }: { source: PlanSource; draft: Draft; checked: CheckedDraft; workspace: string },
  context: PlanContext,
): { works: NestedWorks; plans: Pick<Plan, 'workflows' | 'evaluate'>; diagnostics: Diagnostic[] } {
  const { texts, names } = checked;
  const { works, ...nested } = loadNested(document, { draft, texts }, nestContext(source, workspace, context));
  const { evaluate, ...evaluation } = loadEvaluation(document, {
    ...{ draft, texts, ids: names.map(({ id }) => id), checkSchema: context.checkSchema },
    load: (checks) => loadChecks(checks, { context, workspace }),
  });
  const workflows = { ...nested.plans, ...evaluation.plans };
  const plans = { ...(Object.keys(workflows).length > 0 && { workflows }), ...(evaluate && { evaluate }) };
  return { works, plans, diagnostics: [...nested.diagnostics, ...evaluation.diagnostics] };
}

function loadChecks(value: JsonObject, { context, workspace }: { context: PlanContext; workspace: string }): Plan {
  const { agents, tools, providers, checkSchema } = context;
  const known = { ...(tools && { tools }), ...(providers && { providers }), ...(checkSchema && { checkSchema }) };
  const { models, tiers } = context;
  const own = { ...(models && { models }), ...(tiers && { tiers }) };
  return loadTasks({ kind: 'object', value, name: 'evaluation' }, { agents, cwd: workspace, ...known, ...own }).plan;
}

function inheritedLimits(file: LimitsFile): NestedPlan['inherits'] {
  const written = {
    usd: file.usd,
    timeoutMs: file.timeout,
    onExceeded: file.on_exceeded,
    maxParallel: file.max_parallel,
    maxDepth: file.max_depth,
    maxFanOut: file.max_fan_out,
    maxAddedTasks: file.max_added_tasks,
  };
  return (Object.keys(written) as NestedPlan['inherits']).filter((limit) => written[limit] === undefined);
}

/** Holds a definition to the schema. @throws DefinitionError when nothing more can be said of it */
export function parseDefinition(opened: NativeDefinition) {
  const document = withPlainNames(opened.document);
  const { value } = document;
  const parsed = workflowSchema.safeParse(value);
  const found = [...opened.diagnostics];
  if (!parsed.success) found.push(...schemaDiagnostics(document, parsed.error, { keysAt }));
  if (!isJsonObject(value)) throw new DefinitionError(found);
  found.push(...checkWork(document, toDraft(value), 'file'));
  const hasTasks = Object.hasOwn(value, 'phases') || Object.hasOwn(value, 'tasks');
  const wanted = document.wordFor('phases') ?? 'tasks';
  if (!hasTasks) found.push(...missingKey(document, [wanted], { keysAt }));
  return { document, value, parsed, found };
}

function workspaceIn({ workspace }: JsonObject, context: PlanContext): string {
  return resolve(context.cwd, context.workspace ?? folderIn(workspace) ?? '.');
}

interface PlanParts {
  file: WorkflowFile;
  draft: Draft;
  checked: CheckedDraft;
  communicationFile: string | null;
  settings: Pick<
    Plan,
    'name' | 'workspace' | 'inputs' | 'openInputs' | 'workflows' | 'evaluate' | 'limits' | 'agents' | 'models'
  >;
  works: NestedWorks;
}

function toPlan({ file, draft, checked, settings, communicationFile, works }: PlanParts): Plan {
  const { names, graph, texts, workspaces } = checked;
  const files = [...(file.phases ?? []).flatMap(({ tasks }) => tasks), ...(file.tasks ?? [])];
  const agents = draft.tasks.map((task) => agentOf(task, draft)!);
  const context = toPlanContext(file.context ?? {});
  const more = { depth: 0, tracks: trackIndex(file), nested: works, context };
  const tasks = toPlanTasks({ draft, files, names, agents, graph, texts, workspaces, ...more });
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
    context,
    ...(communicationFile !== null && { communicationFile }),
    ...toCrew(file, tasks),
    ...toPlanCoding(file),
    onFailure: file.on_failure ?? planDefaults.run.onFailure,
    checkpointEvery: file.checkpoint_every ?? planDefaults.run.checkpointEvery,
    policy: toPolicy(file.policy),
    ...outputsIn(file, texts),
    phases: toPlanPhases(file.phases ?? [], texts),
    tasks,
  };
}

function outputsIn({ outputs = {} }: WorkflowFile, texts: PlanTexts): Pick<Plan, 'outputs'> {
  const names = Object.keys(outputs);
  if (names.length === 0) return {};
  return { outputs: Object.fromEntries(names.map((name) => [name, texts.sourceAt(['outputs', name])!])) };
}

/** The definition's own first, from top to bottom. */
function inOrder(diagnostics: Diagnostic[], name: string): Diagnostic[] {
  const rank = ({ file }: Diagnostic): number => (file === name || file?.startsWith(`${name}/`) ? 0 : 1);
  const files = (a: Diagnostic, b: Diagnostic): number =>
    rank(a) === 0 && a.file !== b.file ? (a.file! < b.file! ? -1 : 1) : 0;
  return diagnostics.toSorted(
    (a, b) => rank(a) - rank(b) || files(a, b) || (a.line ?? 0) - (b.line ?? 0) || (a.column ?? 0) - (b.column ?? 0),
  );
}
