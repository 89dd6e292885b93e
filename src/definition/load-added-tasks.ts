import type { AgentRegistry } from '../agents/registry.ts';
import type { JsonValue } from '../domain/json.ts';
import { delegatesOf } from '../domain/plan/delegates.ts';
import { providerOf } from '../domain/money/model-table.ts';
import { autoModel } from '../domain/money/model-tiers.ts';
import { agentsAtWork } from '../domain/run/models-at-work.ts';
import type { Plan, PlanTask } from '../domain/plan/plan.ts';
import type { ToolTraits } from '../domain/tool-names.ts';
import { checkDraft } from './check/check-definition.ts';
import type { CheckSchema } from './check/check-output-schema.ts';
import { checkWork } from './check/check-work.ts';
import type { TaskPlace } from './check/check-workspaces.ts';
import type { Diagnostic } from './source/diagnostic.ts';
import { DefinitionError, quoted } from './source/diagnostic.ts';
import type { Draft } from './draft/draft.ts';
import { toDraft } from './draft/draft.ts';
import type { NativeDefinition } from './formats/format.ts';
import { isForeign, openDefinition } from './formats/open-definition.ts';
import { withPlainNames } from './source/plain-names.ts';
import { keysAt } from './schema/known-keys.ts';
import { agentOf } from './draft/agents.ts';
import { toPlanTasks } from './build/plan-tasks.ts';
import { addedTasksSchema } from './schema/schema.ts';
import { schemaDiagnostics } from './schema/schema-errors.ts';
import type { SourceDocument } from './source/source-document.ts';

/** What a run has already when tasks are added to it. */
export interface AddedTasksContext {
  /** With the tasks that were added before, as far as they matter. */
  plan: Plan;
  /** Ids of all tasks of the run, added ones included. */
  existingIds: readonly string[];
  /** How deep the new tasks stand: 1 when a task of the plan, or a person, adds them. */
  depth: number;
  /** Id of the task that they become part of; null: of the run. */
  parent?: string | null;
  /** See {@link PlanContext}. */
  checkSchema?: CheckSchema;
  /** See {@link PlanContext}. */
  tools?: readonly ToolTraits[];
  /** See {@link PlanContext}. */
  looksForFolders?: boolean;
}

/**
 * Tasks that are added while a run lives, checked like those of a file: `value` is a list as `tasks` of a workflow file has it, or one of another format.
 *
 * Agents are those of the plan; of tasks that an agent adds, those that its author lets it give work to. Depth and number are held to `plan.limits`, but for the number that was added in all.
 *
 * @throws DefinitionError with everything that is wrong
 */
export function loadAddedTasks(value: JsonValue, context: AddedTasksContext): { tasks: PlanTask[] } {
  const { plan, existingIds, depth, parent = null } = context;
  const opened = openTasks(value);
  const document = withPlainNames(opened.document);
  const parsed = addedTasksSchema.safeParse(document.value);
  const found = parsed.success ? [] : schemaDiagnostics(document, parsed.error, { keysAt });
  found.push(...opened.diagnostics);
  // Plans of earlier versions have no default.
  const agents = new Map(Object.entries(parent === null ? plan.agents : delegatesOf(plan)));
  const among = (name: string | null): string | null => (name !== null && agents.has(name) ? name : null);
  const defaultProfile = among(plan.defaultAgent ?? null);
  const crew = { manager: among(plan.manager), defaultProfile, hasDefaultProfileKey: defaultProfile !== null };
  const draft: Draft = { ...toDraft(document.value), ...crew };
  const registry: AgentRegistry = { agents, diagnostics: [], dirs: [] };
  const inputs = { names: Object.keys(plan.inputs), values: plan.inputs, diagnostics: [] };
  const taken = { ids: existingIds, contexts: plan.tasks.map((task) => task.context) };
  // The plan's agents were checked at the start, and whoever calls a model knows whether it can.
  const { tiers } = plan;
  const providers = agentsAtWork({ agents: Object.fromEntries(agents), tasks: [], ...(tiers && { tiers }) }).map(
    providerOf,
  );
  const { checkSchema, tools } = context;
  const place = placeOf(context);
  const checked = checkDraft(document, draft, {
    agents: registry,
    providers,
    tools,
    inputs,
    place,
    taken,
    checkSchema,
    tiers,
  });
  found.push(...checked.diagnostics, ...checkPlace(document, draft, context));
  found.push(...checkWork(document, draft, parent === null ? 'person' : 'agent'));
  // What an agent writes is never an expression, so none can lack its mark.
  const isMeant = ({ code }: Diagnostic): boolean => parent === null || code !== 'bare-braces';
  const errors = found.filter((each) => each.severity === 'error' && isMeant(each));
  if (!parsed.success || errors.length > 0) throw new DefinitionError(errors);
  const made = { ...checked, draft, files: parsed.data.tasks, depth, context: contextOf(context) };
  return { tasks: toPlanTasks({ ...made, agents: draft.tasks.map((task) => agentOf(task, draft)!) }) };
}

/** Where the task that an agent works on says how contexts know of each other, what it adds is told so, too; else as the run says. */
function contextOf({ plan, parent = null }: AddedTasksContext): Plan['context'] {
  const strategy = plan.tasks.find(({ id }) => id === parent)?.strategy ?? plan.context.strategy;
  return strategy === undefined ? plan.context : { ...plan.context, strategy };
}

/** Tasks that are to be added as they stand in a workflow file, whatever format they came in; not checked. @throws DefinitionError */
export function addedAsWritten(value: JsonValue): JsonValue[] {
  const tasks = openTasks(value).document.valueAt(['tasks']);
  return Array.isArray(tasks) ? tasks : [];
}

/** Of another format only the tasks count: the run has its limits and its crew. */
function openTasks(value: JsonValue): NativeDefinition {
  const name = 'added tasks';
  const opened = openDefinition({ kind: 'object', value: isForeign(value) ? value : { tasks: value }, name });
  const tasks = opened.document.valueAt(['tasks']);
  return { ...opened, document: opened.document.withValue(tasks === undefined ? {} : { tasks }) };
}

function placeOf({ plan, parent = null, looksForFolders = false }: AddedTasksContext): TaskPlace {
  const task = plan.tasks.find(({ id }) => id === parent);
  const adds = parent === null ? null : { workspace: task?.workspace ?? null };
  return { workspace: plan.workspace, looksForFolders, parent: adds };
}

/** What a file does not have to care for: how many and how deep, and what their parent's followers are waiting for. */
function checkPlace(document: SourceDocument, draft: Draft, context: AddedTasksContext): Diagnostic[] {
  const { plan, depth, parent = null } = context;
  const found: Diagnostic[] = [];
  const report = (path: (string | number)[], code: string, message: string, hint: string | null = null): void => {
    found.push(document.diagnostic(path, { code, message, hint }));
  };
  const { maxDepth, maxFanOut } = plan.limits;
  if (depth > maxDepth) report(['tasks'], 'too-deep', `tasks may be added ${maxDepth} levels deep, not ${depth}`);
  if (draft.tasks.length > maxFanOut) {
    report(['tasks'], 'too-many-tasks', `at most ${maxFanOut} tasks may be added at once, not ${draft.tasks.length}`);
  }
  const waiting = parent === null ? new Set<string>() : waitingFor(parent, plan);
  const contexts = new Set(plan.tasks.filter(({ id }) => id !== parent).map(({ context: name }) => name));
  for (const task of draft.tasks) {
    if (task.keys['model'] === autoModel && !plan.tiers) {
      const message = 'no agent or task of the plan has the model auto, so the run has no models to choose from';
      report([...task.path, 'model'], 'no-tiers', message, 'name a model');
    }
    for (const { task: id, path } of task.dependencies) {
      if (!waiting.has(id)) continue;
      const why = id === parent ? 'it becomes part of that task' : `that task waits for ${quoted(parent!)}`;
      report([...path], 'unreachable-task', `a task can never start when it depends on ${quoted(id)}: ${why}`);
    }
    if (task.context === null || !contexts.has(task.context)) continue;
    const message = `the context ${quoted(task.context)} belongs to another task of the run`;
    report([...task.path, 'context_name'], 'context-in-use', message, 'leave context_name out, or choose a new name');
  }
  return found;
}

/** The task itself, and everything that waits for it. */
function waitingFor(parent: string, plan: Plan): Set<string> {
  const found = new Set([parent]);
  const own = plan.tasks.find(({ id }) => id === parent)?.phase ?? null;
  // Tasks stand in topological order, so one pass finds all of them.
  for (const task of plan.tasks) {
    const isLater = own !== null && task.afterPhase !== null && task.afterPhase >= own;
    if (isLater || task.dependsOn.some((edge) => found.has(edge.task))) found.add(task.id);
  }
  return found;
}
