import type { JsonObject } from '../../domain/json.ts';
import { buildGraph } from '../draft/graph.ts';
import { nameTasks } from '../draft/task-names.ts';
import { toDraft } from '../draft/draft.ts';
import { isJsonObject, type SourceDocument } from '../source/source-document.ts';
import { whyNotEdited } from './apply-edits.ts';
import { YamlTree } from './yaml-tree.ts';

/** A task of a text, valid or not. */
export interface OutlineTask {
  /** Where it stands, for edits. */
  at: (string | number)[];
  id: string;
  /** Whether the id is written, rather than made from phase and agent. */
  isNamed: boolean;
  /** Index of its phase; null: it stands in none. */
  phase: number | null;
  context: string;
  /** First and last line of its text, from 1. */
  line: number;
  endLine: number;
  /** All its keys as they are. */
  values: JsonObject;
  /** What it waits for: as written, by the order of its phase, or as both go on in one conversation. */
  waitsFor: { task: string; on: 'all_success' | 'any_end'; from: 'explicit' | 'sequence' | 'context' }[];
}

/** A phase of a text, valid or not. */
export interface OutlinePhase {
  at: (string | number)[];
  name: string | null;
  line: number;
  endLine: number;
  /** Its keys but the tasks. */
  values: JsonObject;
}

/** What a workflow text holds, with where it stands: as much as can be read. */
export interface Outline {
  /** Why it cannot be edited piece by piece; null: it can. */
  whyNot: string | null;
  /** Its keys but phases and tasks. */
  values: JsonObject;
  phases: OutlinePhase[];
  tasks: OutlineTask[];
}

/** Reads what a text holds; mistakes in it are the loader's to tell. @throws DefinitionError when it cannot be read at all */
export function outlineOf(text: string, file = 'workflow.yaml'): Outline {
  const tree = new YamlTree(text, file);
  const { document, value } = tree;
  const whyNot = whyNotEdited({ value, tree });
  if (!isJsonObject(value) || whyNot !== null) return { whyNot, values: {}, phases: [], tasks: [] };
  const { phases: _phases, tasks: _tasks, ...values } = value;
  return { whyNot, values, phases: phasesOf(tree, document), tasks: tasksOf(tree, document) };
}

function phasesOf(tree: YamlTree, { value }: SourceDocument): OutlinePhase[] {
  return toDraft(value).phases.map(({ path, name, keys }) => {
    const { tasks: _tasks, ...values } = keys;
    return { at: [...path], name, ...linesOf(tree, path), values };
  });
}

function tasksOf(tree: YamlTree, document: SourceDocument): OutlineTask[] {
  const draft = toDraft(document.value);
  const { names } = nameTasks(document, draft, { ids: [], contexts: [] });
  const { edges } = buildGraph(document, draft, { names });
  return draft.tasks.map(({ path, phase, id, keys }, index) => ({
    ...{ at: [...path], id: names[index]!.id, isNamed: id !== null, phase, context: names[index]!.context },
    ...{ ...linesOf(tree, path), values: keys },
    waitsFor: edges[index]!.map(({ task, on, from }) => ({ task, on, from: from as 'explicit' })),
  }));
}

function linesOf(tree: YamlTree, path: readonly (string | number)[]): { line: number; endLine: number } {
  const entry = tree.entryAt(path);
  if (!entry) return { line: 1, endLine: 1 };
  const { line } = tree.source.position(entry.start);
  return { line, endLine: Math.max(line, tree.source.position(Math.max(entry.start, entry.valueEnd - 1)).line) };
}

/** Which task or phase a mistake at a path is about; null: the workflow. */
export function placeOf(path: string): (string | number)[] | null {
  const found = /^(?:phases\[(\d+)\](?:\.tasks\[(\d+)\])?|tasks\[(\d+)\])/.exec(path);
  if (!found) return null;
  const [, phase, inPhase, task] = found;
  if (task !== undefined) return ['tasks', Number(task)];
  return ['phases', Number(phase), ...(inPhase === undefined ? [] : ['tasks', Number(inPhase)])];
}
