import type { JsonValue } from '../../domain/json.ts';
import type { Workspace } from '../../domain/plan/plan.ts';
import { filesOf } from '../../domain/plan/workspace.ts';
import { overlapOf, toFileScope } from '../../domain/plan/glob-overlap.ts';
import { serverOf } from '../../domain/mcp/server-names.ts';
import { builtInTools, fromWireName, isNamespaced, type ToolTraits } from '../../domain/tool-names.ts';
import type { CheckSchema } from './check-output-schema.ts';
import { checkCommands } from './check-command.ts';
import { checkOutputSchema, tryFew } from './check-output-schema.ts';
import { checkTaskContext } from './check-task-context.ts';
import type { Diagnostic } from '../source/diagnostic.ts';
import { quoted } from '../source/diagnostic.ts';
import type { Draft, DraftTask } from '../draft/draft.ts';
import { toolHint } from '../source/tool-hint.ts';
import type { PlanGraph } from '../draft/graph.ts';
import type { PlanTexts } from '../draft/texts.ts';
import type { SourceDocument, ValuePath } from '../source/source-document.ts';
import { isJsonObject } from '../source/source-document.ts';

/** What is needed to check tasks one by one and in pairs. */
export interface TaskChecks {
  draft: Draft;
  graph: PlanGraph;
  texts: PlanTexts;
  ids: readonly string[];
  /** Where each task works; null: in the run's workspace. */
  workspaces: readonly (Workspace | null)[];
  checkSchema?: CheckSchema | undefined;
  tools: readonly ToolTraits[];
}

/** Comparing globs takes the product of their lengths. */
const mostCompared = 20_000_000;
const mostOverlaps = 20;

/** What is wrong or doubtful with tasks, apart from names of agents, order and expressions. */
export function checkTasks(document: SourceDocument, checks: TaskChecks): Diagnostic[] {
  const { draft, texts } = checks;
  const checkSchema = checks.checkSchema && tryFew(checks.checkSchema);
  return [
    ...[...draft.phases, ...draft.tasks].flatMap(({ path }) => checkConditions(document, path, texts)),
    ...draft.tasks.flatMap((task) => checkTask(document, task, { checkSchema, tools: checks.tools })),
    ...draft.tasks.flatMap(({ path }) => checkTaskContext(document, path)),
    ...draft.tasks.flatMap(({ path }) => checkCommands(document, [...path, 'compensate'], texts)),
    ...checkFiles(document, checks),
  ];
}

/** The tool that a path of the definition names, one of those that there are. */
export function checkTool(document: SourceDocument, path: ValuePath, tools: readonly ToolTraits[]): Diagnostic[] {
  const word = document.valueAt(path);
  const names = tools.map(({ name }) => name);
  if (typeof word !== 'string' || isTool(fromWireName(word), tools)) return [];
  const hint = toolHint(word, names);
  return [document.diagnostic(path, { code: 'unknown-tool', message: `unknown tool ${quoted(word)}`, hint })];
}

// Which tools a server has is asked when the run begins.
function isTool(name: string, tools: readonly ToolTraits[]): boolean {
  if (serverOf(name, tools) !== null && isNamespaced(name)) return true;
  return tools.some((tool) => tool.name === name && !name.endsWith('.*'));
}

/** A condition that is known before the start is a mistake, or must at least be true or false; a list must be one. */
function checkConditions(document: SourceDocument, path: ValuePath, texts: PlanTexts): Diagnostic[] {
  const found: Diagnostic[] = [];
  const check = (at: ValuePath): JsonValue | undefined => {
    const value = texts.constantAt(at);
    if (value !== undefined && value !== null && typeof value !== 'boolean') {
      const message = `a condition must be true or false, but this is ${quoted(JSON.stringify(value))}`;
      found.push(document.diagnostic(at, { code: 'bad-expression', message }));
    }
    return value;
  };
  const when = check([...path, 'when']);
  // An input that switches a task off is what conditions are for; a written "false" is not.
  const isWritten = texts.sourceAt([...path, 'when']) === 'false';
  if (when === false && isWritten) {
    const message = 'it can never start: its condition is false';
    found.push(document.diagnostic([...path, 'when'], { code: 'unreachable-task', message, hint: 'leave it out' }));
  }
  check([...path, 'repeat', 'until']);
  for (const at of [
    [...path, 'for_each'],
    [...path, 'for_each', 'items'],
  ]) {
    const items = texts.constantAt(at);
    if (items === undefined || Array.isArray(items)) continue;
    const message = `for_each needs a list, but this is ${quoted(JSON.stringify(items))}`;
    found.push(document.diagnostic(at, { code: 'bad-expression', message }));
  }
  return found;
}

function checkTask(
  document: SourceDocument,
  { path, keys, isForEach, context, work }: DraftTask,
  { checkSchema, tools }: { checkSchema: CheckSchema | undefined; tools: readonly ToolTraits[] },
): Diagnostic[] {
  const found: Diagnostic[] = [];
  if (isForEach && context !== null) {
    const message = `all items continue the context ${quoted(context)}: they run one after the other`;
    const what = { code: 'shared-context', message, hint: 'leave context_name out', severity: 'warning' } as const;
    found.push(document.diagnostic([...path, 'context_name'], what));
  }
  if (isJsonObject(keys['output'])) {
    found.push(...checkOutputSchema(document, { path: [...path, 'output'], schema: keys['output'], checkSchema }));
  }
  found.push(...checkTool(document, [...path, 'compensate', 'tool'], tools));
  if (work === 'tool')
    found.push(...checkTool(document, [...path, 'tool'], tools), ...refuseOfAgents(document, [...path, 'tool']));
  found.push(...checkUndoer(document, path, { keys, work }));
  for (const [index, glob] of (Array.isArray(keys['files_scope']) ? keys['files_scope'] : []).entries()) {
    if (typeof glob !== 'string' || (!/^[/\\~]|^[A-Za-z]:/.test(glob) && !glob.split('/').includes('..'))) continue;
    const message = `${quoted(glob)} leads out of the workspace`;
    found.push(document.diagnostic([...path, 'files_scope', index], { code: 'bad-value', message }));
  }
  return found;
}

// They are about the agent that calls them.
function refuseOfAgents(document: SourceDocument, path: ValuePath): Diagnostic[] {
  const word = document.valueAt(path);
  if (word !== builtInTools.planTasks.name && word !== builtInTools.reportBlocker.name) return [];
  const message = `${quoted(word)} is a tool for agents: a task cannot be a call of it`;
  return [document.diagnostic(path, { code: 'bad-value', message, hint: 'write what is to be done as a "prompt"' })];
}

// Whoever does a task undoes it, too, where nobody is named: here, nobody does it.
function checkUndoer(
  document: SourceDocument,
  path: ValuePath,
  { keys, work }: Pick<DraftTask, 'keys' | 'work'>,
): Diagnostic[] {
  const undo = keys['compensate'];
  if (work !== 'tool' || !isJsonObject(undo) || !Object.hasOwn(undo, 'prompt') || Object.hasOwn(undo, 'profile'))
    return [];
  const message = 'the task has no agent, so "compensate" has to say who undoes it';
  const hint = 'add "profile: NAME" to it';
  return [document.diagnostic([...path, 'compensate'], { code: 'no-agent', message, hint })];
}

/** Tasks that could run at once but write the same files: they are run one after the other. */
function checkFiles(document: SourceDocument, { draft, graph, texts, ids, workspaces }: TaskChecks): Diagnostic[] {
  const scopes = draft.tasks.map(({ path, keys }, index) => {
    const globs = Array.isArray(keys['files_scope']) ? keys['files_scope'] : [];
    const texted = globs.map((_, at) => texts.textAt([...path, 'files_scope', at]).text).filter((glob) => glob !== '');
    const workspace = workspaces[index];
    return filesOf({ filesScope: texted, ...(workspace && { workspace }) });
  });
  const parsed = scopes.map(toFileScope);
  const lengths = scopes.map((globs) => globs.join().length);
  const writers = graph.order.filter((index) => scopes[index]!.length > 0);
  const found: Diagnostic[] = [];
  let compared = 0;
  for (const [at, index] of writers.entries()) {
    for (const other of writers.slice(0, at)) {
      if (graph.hasEndedBefore(index, other)) continue;
      compared += lengths[index]! * lengths[other]!;
      if (compared > mostCompared || found.length >= mostOverlaps) return found;
      if (overlapOf(parsed[index]!, parsed[other]!) === null) continue;
      const message = `${quoted(ids[index]!)} and ${quoted(ids[other]!)} may write the same files: they never run at once`;
      const hint = `let one depend on the other, or give them different files`;
      const what = { code: 'files-overlap', message, hint, severity: 'warning' } as const;
      found.push(document.diagnostic([...draft.tasks[index]!.path, 'files_scope'], what));
    }
  }
  return found;
}
