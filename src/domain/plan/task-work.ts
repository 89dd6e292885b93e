import type { JsonObject, JsonValue } from '../json.ts';

/** What does a task instead of an agent: a whole workflow, or one call of a tool. */
export type TaskWork = (WorkflowWork | { kind: 'tool'; tool: string }) & {
  /** Values as they are; those that only the run knows stand in it as written, see {@link TaskWork.holes}. */
  input: JsonObject;
  holes: InputHole[];
};

/** A workflow as a task. */
export interface WorkflowWork {
  kind: 'workflow';
  /** Key of `Plan.workflows`. */
  plan: string;
  /** What the author calls it: a file, or a name. */
  name: string;
  /** Where it works, from the task's workspace down; empty: there. */
  folder: string;
  /** Limits that its own file does not set: it has those of the run that it is part of. */
  inherits: ('usd' | 'timeoutMs' | 'onExceeded' | 'maxParallel' | 'maxDepth' | 'maxFanOut' | 'maxAddedTasks')[];
  /** Whether anything in it is undone. */
  canUndo: boolean;
}

/** What a plan leaves to the run around it, and has of it. */
export interface OpenPlan {
  /** Folders that its workspace has to lie in, links followed: those of the runs that it is part of; not there: of none. */
  within?: string[];
  /** Inputs that only that run knows, as they are declared; not there: all are known. */
  openInputs?: Record<string, JsonObject>;
}

/** When an earlier result of a task is taken over: not at all, wherever its key is the same, or if also the files are as they were. */
export type ReuseRule = 'never' | 'always' | 'same-files';

/** A place of an input that only the run can fill in. `isWhole`: the value itself, whatever its type; else text. */
export interface InputHole {
  path: (string | number)[];
  pieces: (string | { expression: string })[];
  isWhole: boolean;
}

/** Whether something undoes a task that began. */
export function canUndo({ compensate, work }: { compensate: unknown; work?: TaskWork }): boolean {
  return compensate !== null || (work?.kind === 'workflow' && work.canUndo);
}

/** The input with every hole filled in. */
export function fillHoles({ input, holes }: TaskWork, valueOf: (hole: InputHole) => JsonValue): JsonObject {
  const filled = copyOf(input);
  for (const hole of holes) {
    let place: Record<string | number, JsonValue> = filled;
    for (const key of hole.path.slice(0, -1)) place = place[key] as Record<string | number, JsonValue>;
    place[hole.path.at(-1)!] = valueOf(hole);
  }
  return filled;
}

// Plain JSON; the workflow's isolate has no `structuredClone`.
function copyOf(value: JsonObject): JsonObject {
  return JSON.parse(JSON.stringify(value)) as JsonObject;
}

/** A loop: ends when `until` (CEL) is true after an iteration, or after `max` of them. */
export interface Repeat {
  until: string;
  max: number;
}
