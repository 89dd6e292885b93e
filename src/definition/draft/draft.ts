import type { JsonObject, JsonValue } from '../../domain/json.ts';
import type { Pass } from '../../domain/context/briefing.ts';
import { passes } from '../../domain/context/briefing.ts';
import type { ValuePath } from '../source/source-document.ts';
import { isJsonObject } from '../source/source-document.ts';

/** What can be made out of a task, valid or not. */
export interface DraftTask {
  path: ValuePath;
  /** Index of its phase; null for a task of the graph form. */
  phase: number | null;
  id: string | null;
  context: string | null;
  profile: string | null;
  hasProfileKey: boolean;
  /** What does it instead of an agent; null: an agent does. */
  work: 'workflow' | 'tool' | null;
  prompt: string | null;
  dependencies: DraftDependency[];
  /** How many of the dependencies must be met. */
  join: 'all' | 'any' | { quorum: number };
  isForEach: boolean;
  decompose: boolean;
  /** All its keys, as they are. */
  keys: JsonObject;
}

/** A dependency that a user wrote. */
export interface DraftDependency {
  path: ValuePath;
  task: string;
  on: 'all_success' | 'any_end';
  /** What of its result is passed on; left out: as its task says. */
  pass?: Pass;
}

/** An agent of `delegates`. */
interface DraftDelegate {
  path: ValuePath;
  name: string;
}

/** What can be made out of a phase, valid or not. */
interface DraftPhase {
  path: ValuePath;
  name: string | null;
  isParallel: boolean;
  keys: JsonObject;
}

/** What can be made out of a definition that may hold mistakes: enough to check names, so that all mistakes are reported at once. */
export interface Draft {
  defaultProfile: string | null;
  hasDefaultProfileKey: boolean;
  manager: string | null;
  /** Whom an agent may give work to; null: the file does not say. */
  delegates: DraftDelegate[] | null;
  /** Expressions by the names of what they give, as they are. */
  outputs: JsonObject;
  /** What stands in `evaluate`, and its checks as they are; null: there is none. */
  evaluate: { keys: JsonObject; checks: JsonObject[] } | null;
  phases: DraftPhase[];
  /** Those of the phases, as written, then those outside of phases. */
  tasks: DraftTask[];
}

/** The folder that a `workspace` names, however it is written; null: none. */
export function folderIn(workspace: JsonValue | undefined): string | null {
  const folder = isJsonObject(workspace) ? workspace['path'] : workspace;
  return typeof folder === 'string' && folder.trim() !== '' ? folder : null;
}

/** Reads what is readable; never fails. */
export function toDraft(value: JsonValue): Draft {
  const root = isJsonObject(value) ? value : {};
  const draft: Draft = {
    defaultProfile: agentName(root['default_profile']),
    hasDefaultProfileKey: Object.hasOwn(root, 'default_profile'),
    manager: agentName(root['manager']),
    delegates: Object.hasOwn(root, 'delegates') ? delegatesOf(root['delegates']) : null,
    outputs: isJsonObject(root['outputs']) ? root['outputs'] : {},
    evaluate: Object.hasOwn(root, 'evaluate') ? evaluateOf(root['evaluate']) : null,
    phases: [],
    tasks: [],
  };
  for (const [phaseIndex, phase] of list(root['phases']).entries()) {
    const keys = isJsonObject(phase) ? phase : {};
    const path = ['phases', phaseIndex];
    draft.phases.push({ path, name: text(keys['name']), isParallel: keys['execution_mode'] === 'parallel', keys });
    addTasks(draft, keys['tasks'], { phase: phaseIndex, path: [...path, 'tasks'] });
  }
  addTasks(draft, root['tasks'], { phase: null, path: ['tasks'] });
  return draft;
}

function evaluateOf(value: JsonValue | undefined): Draft['evaluate'] {
  const keys = isJsonObject(value) ? value : {};
  return { keys, checks: list(keys['checks']).map((check) => (isJsonObject(check) ? check : {})) };
}

function delegatesOf(value: JsonValue | undefined): DraftDelegate[] {
  return list(value).flatMap((entry, index) => {
    const name = agentName(entry);
    return name === null ? [] : [{ path: ['delegates', index], name }];
  });
}

function addTasks(draft: Draft, value: JsonValue | undefined, from: { phase: number | null; path: ValuePath }): void {
  for (const [index, task] of list(value).entries()) {
    if (isJsonObject(task)) draft.tasks.push(toDraftTask(task, from.phase, [...from.path, index]));
  }
}

function toDraftTask(task: JsonObject, phase: number | null, path: ValuePath): DraftTask {
  const join = task['join'];
  const quorum = isJsonObject(join) ? join['quorum'] : undefined;
  return {
    path,
    phase,
    id: text(task['id']),
    context: text(task['context_name']),
    profile: agentName(task['profile']),
    hasProfileKey: Object.hasOwn(task, 'profile'),
    work: Object.hasOwn(task, 'workflow') ? 'workflow' : Object.hasOwn(task, 'tool') ? 'tool' : null,
    prompt: text(task['prompt']),
    dependencies: dependenciesOf(task, path),
    join: join === 'any' ? 'any' : typeof quorum === 'number' ? { quorum } : 'all',
    isForEach: Object.hasOwn(task, 'for_each'),
    decompose: task['decompose'] === true,
    keys: task,
  };
}

/** Each task once: a stricter second mention of it wins. */
function dependenciesOf(task: JsonObject, path: ValuePath): DraftDependency[] {
  const always: DraftDependency['on'] = task['join'] === 'any_end' ? 'any_end' : 'all_success';
  const found = new Map<string, DraftDependency>();
  for (const key of ['depends_on', 'dependencies']) {
    for (const [index, entry] of list(task[key]).entries()) {
      const keys = isJsonObject(entry) ? entry : { task: entry };
      const id = text(keys['task']);
      if (id === null) continue;
      const isLenient = keys['on'] === 'any_end' || keys['continue_on_error'] === true;
      const place = [...path, key, index, ...(isJsonObject(entry) ? ['task'] : [])];
      const pass = keys['pass'];
      const passed = isPass(pass) ? { pass } : {};
      const edge: DraftDependency = { path: place, task: id, on: isLenient ? 'any_end' : always, ...passed };
      if (found.get(id)?.on !== 'all_success') found.set(id, { ...edge, path: found.get(id)?.path ?? edge.path });
    }
  }
  return [...found.values()];
}

function isPass(value: JsonValue | undefined): value is Pass {
  return (passes as readonly (JsonValue | undefined)[]).includes(value);
}

function text(value: JsonValue | undefined): string | null {
  return typeof value === 'string' && value.trim() !== '' ? value : null;
}

/** An expression names no agent, and the schema says already that it cannot stand there. */
function agentName(value: JsonValue | undefined): string | null {
  return typeof value === 'string' && value.includes('${{') ? null : text(value);
}

function list(value: JsonValue | undefined): JsonValue[] {
  return Array.isArray(value) ? value : [];
}
