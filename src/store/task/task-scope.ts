import { parseExpression, toShortName } from '../../domain/expressions/expression.ts';
import type { JsonObject, JsonValue } from '../../domain/json.ts';
import type { Plan, PlanTask, Template } from '../../domain/plan/plan.ts';
import type { PreviousRun, TaskFact, TaskFacts } from './task-facts.ts';
import { hasSucceeded } from './groups.ts';

/** What expressions of a run are evaluated against, besides what it has done so far. */
export interface TaskWorld {
  plan: Plan;
  /** Tasks of the plan by id, and those added ones that were looked up. */
  tasks: ReadonlyMap<string, PlanTask>;
}

/**
 * What a set of expressions looks at. `tasks` null: all of them, as something computed chooses among them.
 *
 * @internal
 */
export interface References {
  /** Names as they are written → whether more than status and summary is looked at. */
  tasks: Map<string, boolean> | null;
  issues: boolean;
  /** Names of keys as they are written; null: all of them. */
  state: Set<string> | null;
  previous: boolean;
}

/**
 * What expressions look at: too much at worst, never too little.
 *
 * @internal
 */
export function referencesOf(sources: readonly string[]): References {
  const found: References = { tasks: new Map(), issues: false, state: new Set(), previous: false };
  for (const source of sources) {
    for (const { root, member, offset } of parseExpression(source).references) {
      if (root === 'issues' || root === 'previous') found[root] = true;
      if (root === 'state') found.state = member === null ? null : (found.state?.add(member) ?? null);
      if (root !== 'tasks') continue;
      if (member === null) found.tasks = null;
      else found.tasks?.set(member, needsOutput(source, member, offset) || (found.tasks.get(member) ?? false));
    }
  }
  return found;
}

// Status and summary are in the task's row; the output of a large answer is not.
function needsOutput(source: string, member: string, offset: number): boolean {
  const isDotted = source.startsWith(member, offset);
  return !isDotted || !/^\s*\.\s*(status|summary)\b/.test(source.slice(offset + member.length));
}

/** CEL sources of a template. */
export function sourcesOf(template: Template | null): string[] {
  return (template ?? []).flatMap((part) => (typeof part === 'string' ? [] : part.expression));
}

/** The values that expressions name, and no others: a thousand tasks must not load a thousand outputs each time. */
export async function buildScope(
  world: TaskWorld,
  facts: TaskFacts,
  { sources, local }: { sources: readonly string[]; local: JsonObject },
): Promise<JsonObject> {
  const references = referencesOf(sources);
  const scope: JsonObject = { inputs: world.plan.inputs, tasks: {}, issues: [], state: {}, ...local };
  const wanted = await resolve(world, facts, references.tasks);
  await facts.fetch([...wanted.keys()]);
  const tasks: JsonObject = {};
  for (const [id, needsOutput] of wanted) {
    tasks[id] = await valueOf(facts, id, needsOutput);
  }
  scope['tasks'] = tasks;
  if (references.issues) scope['issues'] = await facts.issues();
  if (references.state?.size !== 0) scope['state'] = await facts.state(references.state && [...references.state]);
  if (references.previous) scope['previous'] = previousOf(world.plan, await facts.previous());
  return scope;
}

// Outputs that nobody has yet are null, so that a first run needs no words for it.
function previousOf({ outputs = {} }: Plan, run: PreviousRun | null): JsonObject {
  const none = Object.fromEntries(Object.keys(outputs).map((name) => [name, null]));
  const { runId = null, status = null, endedAt = null } = run ?? {};
  return { run: runId, status, ended_at: endedAt, outputs: { ...none, ...run?.outputs } };
}

async function resolve(world: TaskWorld, facts: TaskFacts, names: References['tasks']): Promise<Map<string, boolean>> {
  const wanted = new Map<string, boolean>();
  if (names === null) {
    const added = await facts.addedTasks();
    for (const id of [...world.tasks.keys(), ...added.keys()]) wanted.set(id, true);
    return wanted;
  }
  for (const [name, withOutput] of names) {
    const ids = idsOf(world.tasks, name);
    const found = ids.length > 0 ? ids : idsOf(await facts.addedTasks(), name);
    for (const id of found) wanted.set(id, withOutput || (wanted.get(id) ?? false));
  }
  return wanted;
}

const shortNames = new WeakMap<ReadonlyMap<string, PlanTask>, { size: number; ids: Map<string, string[]> }>();

/** Tasks that a name in an expression stands for: the one of that id, and those whose id can be written so after a dot. */
function idsOf(tasks: ReadonlyMap<string, PlanTask>, name: string): string[] {
  let known = shortNames.get(tasks);
  // Tasks are added and never taken away, so their number tells whether there are new ones.
  if (known?.size !== tasks.size) {
    known = { size: tasks.size, ids: new Map() };
    for (const id of tasks.keys()) {
      const short = toShortName(id);
      if (short !== id) known.ids.set(short, [...(known.ids.get(short) ?? []), id]);
    }
    shortNames.set(tasks, known);
  }
  return [...(tasks.has(name) ? [name] : []), ...(known.ids.get(name) ?? [])];
}

/** Tasks that an expression names and that have no result, so that it finds nothing where theirs would be; `fact` undefined: it has not ended. */
export async function namedWithoutResult(
  world: TaskWorld,
  facts: TaskFacts,
  source: string,
): Promise<{ id: string; fact: TaskFact | undefined }[]> {
  const named = await resolve(world, facts, referencesOf([source]).tasks);
  const found = await Promise.all([...named.keys()].map(async (id) => ({ id, fact: await facts.latest(id) })));
  return found.filter(({ fact }) => fact === undefined || hasNone(fact));
}

/** Those of them that have ended. */
export async function endedWithoutResult(world: TaskWorld, facts: TaskFacts, source: string): Promise<TaskFact[]> {
  return (await namedWithoutResult(world, facts, source)).flatMap(({ fact }) => fact ?? []);
}

function hasNone(fact: TaskFact): boolean {
  return fact.status === 'skipped' || (fact.width === null && !hasSucceeded(fact));
}

async function valueOf(facts: TaskFacts, id: string, needsOutput: boolean): Promise<JsonValue> {
  const fact = await facts.latest(id);
  if (!fact || fact.status === 'skipped') return null;
  // Whether a result was taken over must not change what an expression says.
  const status = fact.status === 'reused' ? 'succeeded' : fact.status;
  return { status, summary: fact.summary, output: needsOutput ? await outputOf(facts, fact) : null };
}

/** What came out of an execution: parsed, as text, or of a group the list of its members' outputs. */
async function outputOf(facts: TaskFacts, fact: TaskFact): Promise<JsonValue> {
  if (fact.width !== null) {
    const members = await facts.members(fact);
    await facts.fetchTexts(members.flatMap((member) => (member && hasText(member) ? (member.head ?? []) : [])));
    return Promise.all(members.map(async (member) => (member ? outputOf(facts, member) : null)));
  }
  if (!hasSucceeded(fact)) return null;
  if (fact.output !== undefined) return fact.output;
  return fact.head === null ? '' : facts.text(fact.head);
}

function hasText(fact: TaskFact): boolean {
  return hasSucceeded(fact) && fact.output === undefined;
}
