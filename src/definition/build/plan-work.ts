import { fromWireName } from '../../domain/tool-names.ts';
import type { JsonObject, JsonValue } from '../../domain/json.ts';
import type { InputHole, TaskWork, WorkflowWork } from '../../domain/plan/task-work.ts';
import type { PlanTexts } from '../draft/texts.ts';
import type { TaskFile } from '../schema/schema-tasks.ts';
import type { ValuePath } from '../source/source-document.ts';
import { isJsonObject } from '../source/source-document.ts';

/** The workflows that tasks of a definition are, by the task's path as JSON. */
export type NestedWorks = ReadonlyMap<string, WorkflowWork>;

/** What does a checked task instead of an agent; nothing: an agent does. */
export function toPlanWork(
  file: TaskFile,
  { path, texts, nested }: { path: ValuePath; texts: PlanTexts; nested: NestedWorks },
): { work?: TaskWork } {
  if (file.tool !== undefined) {
    return {
      work: { kind: 'tool', tool: fromWireName(file.tool), ...readInput(file.input, [...path, 'input'], texts) },
    };
  }
  const work = nested.get(JSON.stringify(path));
  return work ? { work: { ...work, ...readInput(file.inputs, [...path, 'inputs'], texts) } } : {};
}

/** An input with what is known of it filled in, and the places that are left open. */
export function readInput(
  value: unknown,
  path: ValuePath,
  texts: PlanTexts,
): { input: JsonObject; holes: InputHole[] } {
  const holes: InputHole[] = [];
  const read = (each: JsonValue, at: (string | number)[]): JsonValue => {
    if (typeof each === 'string' && each.includes('${{')) {
      const { known, hole } = readText([...path, ...at], at, texts);
      if (hole) holes.push(hole);
      return known ?? each;
    }
    if (Array.isArray(each)) return each.map((item, index) => read(item, [...at, index]));
    if (!isJsonObject(each)) return each;
    return Object.fromEntries(Object.entries(each).map(([key, item]) => [key, read(item, [...at, key])]));
  };
  const input = read((value ?? {}) as JsonObject, []) as JsonObject;
  return { input, holes };
}

function readText(path: ValuePath, at: (string | number)[], texts: PlanTexts): { known?: JsonValue; hole?: InputHole } {
  const pieces = texts.readAt(path).filter((piece) => piece !== '');
  const isWhole = pieces.length === 1 && typeof pieces[0] !== 'string';
  if (isWhole) {
    const known = texts.constantAt(path);
    if (known !== undefined) return { known };
    return { hole: { path: at, pieces: texts.piecesAt(path).filter((piece) => piece !== ''), isWhole } };
  }
  const { text, template } = texts.textAt(path);
  return template === null ? { known: text } : { hole: { path: at, pieces: template, isWhole } };
}
