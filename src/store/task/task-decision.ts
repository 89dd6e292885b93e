import { isForCrew, type ToolName } from '../../domain/tool-names.ts';
import { evaluateExpression, renderTemplate } from '../../domain/expressions/expression.ts';
import type { Instance } from '../../domain/ids/execution-id.ts';
import { toInstanceId } from '../../domain/ids/execution-id.ts';
import type { JsonObject, JsonValue } from '../../domain/json.ts';
import { agentAtWork } from '../../domain/plan/agent-at-work.ts';
import { guidesFor } from '../../domain/plan/guide-note.ts';
import type { Plan, PlanTask, TaskApproval, ToolRule } from '../../domain/plan/plan.ts';
import type { InputHole, TaskWork } from '../../domain/plan/task-work.ts';
import { fillHoles } from '../../domain/plan/task-work.ts';
import { inWords } from '../../domain/scheduling/task-node.ts';
import { hashOf } from '../database/canonical-json.ts';
import { factHash, hasSucceeded } from './groups.ts';
import type { TaskFacts } from './task-facts.ts';
import { buildScope, endedWithoutResult, sourcesOf } from './task-scope.ts';
import type { TaskWorld } from './task-scope.ts';

/** Widest `for_each`. */
const maxItems = 10_000;

/** Longest reason or error that goes into a workflow's history. */
const longestReason = 500;

/** What is to become of a task that is about to start. */
export type TaskDecision =
  | { kind: 'start'; prompt: string; asks: boolean; key: string }
  /** `isMissing`: not by its own condition, but as there is nothing that it could work on. */
  | { kind: 'skip'; reason: string; isMissing?: true }
  | { kind: 'expand'; items: JsonValue[] }
  | { kind: 'fail'; error: string };

/** A task that is about to start. */
export interface Starting extends Instance {
  head: string | null;
  /** A person changed its prompt. */
  prompt?: string;
}

/** Decides a task's condition, width and prompt. Nothing is written. */
export async function decide(
  world: TaskWorld,
  facts: TaskFacts,
  { definition, starting }: { definition: PlanTask; starting: Starting },
): Promise<TaskDecision> {
  try {
    return await tryToDecide(world, facts, definition, starting);
  } catch (error) {
    if (!(error instanceof Error) || isInfrastructure(error)) throw error;
    return { kind: 'fail', error: `${starting.task}: ${error.message}`.slice(0, longestReason) };
  }
}

/** Whether a loop is over, or an approval asked for. @throws Error when the expression gives neither true nor false */
export async function isTrue(
  world: TaskWorld,
  facts: TaskFacts,
  { source, local }: { source: string; local: JsonObject },
): Promise<boolean> {
  return evaluateBoolean(source, await buildScope(world, facts, { sources: [source], local }));
}

// Trouble with the database is none of the expression's: the step is tried again.
function isInfrastructure(error: Error): boolean {
  return error.name === 'StoreError' || 'severity' in error;
}

async function tryToDecide(
  world: TaskWorld,
  facts: TaskFacts,
  definition: PlanTask,
  starting: Starting,
): Promise<TaskDecision> {
  const { when, forEach, template, approval, work } = definition;
  const isMember = starting.item !== null;
  const isGroup = forEach !== null && !isMember;
  const item = isMember ? await facts.item(starting.task, starting.iteration, starting.item!) : undefined;
  const asksIf = approval?.at === 'before' ? approval.when : null;
  const isWhole = template === null || starting.prompt !== undefined;
  // A group's condition is decided once, for all of its members.
  const condition = isMember ? null : when;
  const sources = [
    ...(condition === null ? [] : [condition]),
    ...(isGroup
      ? [forEach.items]
      : [
          ...(isWhole ? [] : sourcesOf(template)),
          ...(work ? sourcesOfWork(work) : []),
          ...(asksIf === null ? [] : [asksIf]),
        ]),
  ];
  const local = localsOf(definition, starting, item);
  const scope = sources.length === 0 ? {} : await buildScope(world, facts, { sources, local });
  if (condition !== null && !evaluateBoolean(condition, scope)) {
    return { kind: 'skip', reason: `its condition is false: ${condition}`.slice(0, longestReason) };
  }
  if (isGroup) return expand(world, facts, { source: forEach.items, scope });
  const prompt = starting.prompt ?? promptOf(definition, scope);
  const asks =
    approval?.at === 'before' && starting.prompt === undefined && (asksIf === null || evaluateBoolean(asksIf, scope));
  return { kind: 'start', prompt, asks, key: await keyOf(world, facts, { definition, starting, item, prompt }) };
}

function promptOf({ template, prompt, work }: PlanTask, scope: JsonObject): string {
  if (work) return JSON.stringify(fillHoles(work, (hole) => valueOfHole(hole, scope)));
  return template === null ? prompt : renderTemplate(template, scope);
}

function valueOfHole({ pieces, isWhole }: InputHole, scope: JsonObject): JsonValue {
  const [first] = pieces;
  return isWhole && typeof first === 'object'
    ? evaluateExpression(first.expression, scope)
    : renderTemplate(pieces, scope);
}

function sourcesOfWork({ holes }: TaskWork): string[] {
  return holes.flatMap(({ pieces }) => sourcesOf(pieces));
}

/** What `item` and `task` stand for in the expressions of a task. */
export function localsOf(definition: PlanTask, instance: Instance, item?: JsonValue): JsonObject {
  const { id, agent, context } = definition;
  const task: JsonObject = { id, instance: toInstanceId(instance), agent, context, iteration: instance.iteration };
  if (instance.item !== null) task['index'] = instance.item;
  return { task, ...(item === undefined ? {} : { item }) };
}

function evaluateBoolean(source: string, scope: JsonObject): boolean {
  const value = evaluateExpression(source, scope);
  if (typeof value !== 'boolean') throw new Error(`${source} gives ${describe(value)}, not true or false`);
  return value;
}

// What ended without a result left no list: none is there to go through, and what is missing stays so. Anything else is a mistake.
async function expand(
  world: TaskWorld,
  facts: TaskFacts,
  { source, scope }: { source: string; scope: JsonObject },
): Promise<TaskDecision> {
  const items = evaluateExpression(source, scope);
  const absent = items === null ? await endedWithoutResult(world, facts, source) : [];
  const missing = absent.find(({ status, isMissing }) => status !== 'skipped' || isMissing);
  if (missing) {
    const reason = `its list would come from ${missing.id}, which ${inWords(missing.status)}`;
    return { kind: 'skip', reason: reason.slice(0, longestReason), isMissing: true };
  }
  return { kind: 'expand', items: absent.length > 0 ? [] : toItems(source, items) };
}

function toItems(source: string, items: JsonValue): JsonValue[] {
  if (!Array.isArray(items)) throw new Error(`for_each: ${source} gives ${describe(items)}, not a list`);
  if (items.length > maxItems) {
    throw new Error(`for_each: ${source} gives ${items.length} items; at most ${maxItems} are allowed`);
  }
  return items;
}

function describe(value: JsonValue): string {
  if (value === null) return 'null';
  if (Array.isArray(value)) return `a list of ${value.length}`;
  return typeof value === 'object' ? 'an object' : JSON.stringify(value).slice(0, 60);
}

/*
 * What a result depends on, and nothing else: not its place in the plan, nor its id.
 * The phases before are a dependency like any other: their tasks leave files that this one finds.
 */
async function keyOf(
  { plan }: TaskWorld,
  facts: TaskFacts,
  about: { definition: PlanTask; starting: Starting; item: JsonValue | undefined; prompt: string },
): Promise<string> {
  const { definition, starting, item, prompt } = about;
  const agent = agentAtWork(plan, definition.agent, definition);
  const guides = agent ? guidesFor(plan, agent, definition) : [];
  const dependencies = await Promise.all(definition.dependsOn.map(({ task }) => facts.latest(task)));
  return hashOf({
    prompt,
    agent: agent
      ? {
          system: agent.system,
          model: agent.model,
          ...(agent.provider !== undefined && { provider: agent.provider }),
          // What agents say to each other is not known beforehand, and changes no key of before.
          tools: agent.tools.filter((tool) => !isForCrew(tool)).toSorted(),
          maxTokens: agent.maxTokens,
          maxTurns: agent.maxTurns,
          ...(agent.rules && { rules: agent.rules.map(ruleOf) }),
          ...(agent.bounds && { bounds: agent.bounds.map((rules) => rules.map(ruleOf)) }),
        }
      : definition.agent,
    output: definition.output,
    ...serverToolsOf(plan, definition, agent?.tools ?? []),
    ...(definition.work?.kind === 'workflow' && { workflow: definition.work.plan }),
    ...(definition.approval && { approval: decisionOf(definition.approval) }),
    ...(definition.data && { data: definition.data }),
    ...(definition.workspace && { workspace: definition.workspace.path }),
    ...(guides.length > 0 && { guides: guides.map((guide) => ({ ...guide })) }),
    item: item === undefined ? null : [item],
    dependencies: dependencies.map(factHash).toSorted(),
    ...briefingOf(definition),
    phases: definition.afterPhase === null ? null : await facts.phaseDigest(definition.afterPhase),
    before: starting.head === null ? null : await identityOf(facts, starting.head),
  });
}

// Who decides what, and when: a result that nobody, or somebody else, was asked about is another one.
function decisionOf({ at, when, by, needed }: TaskApproval): JsonValue {
  return { at, when, by: by.toSorted(), needed };
}

// What servers said of their tools when the run began: another text or input makes another tool of the same name.
function serverToolsOf({ mcp }: Plan, { work }: PlanTask, agentTools: readonly ToolName[]): JsonObject {
  const names = new Set(work?.kind === 'tool' ? [work.tool] : agentTools);
  const used = (mcp?.tools ?? []).filter(({ name }) => names.has(name));
  return used.length === 0 ? {} : { servers: Object.fromEntries(used.map(({ name, hash }) => [name, hash])) };
}

// What it begins with besides its prompt: plans that pass nothing on keep their keys.
function briefingOf({ dependsOn, strategy }: PlanTask): JsonObject {
  const passes = dependsOn.flatMap(({ pass }) => pass ?? []).toSorted();
  return { ...(passes.length > 0 && { passes }), ...(strategy && { strategy }) };
}

async function identityOf(facts: TaskFacts, head: string): Promise<JsonValue> {
  const fact = await facts.byHead(head);
  // A conversation that a failure left behind is like no other.
  return hasSucceeded(fact) ? [fact!.reuseKey, fact!.outputHash] : [head];
}

function ruleOf({ tool, match, unless = [], action }: ToolRule): JsonObject {
  return { tool, match, unless, action };
}
