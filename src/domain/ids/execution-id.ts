/*
 * The grammar of ids of work, for all files of this folder. They stand in the store, in events and in Temporal's histories,
 * so what is built here stays the same, byte for byte. Nobody else puts such an id together or takes one apart.
 *
 *   name         one or more characters, but no "/", "~", "[", "]", "#" or control character; does not begin as a helper does
 *   execution    name [ "[" item "]" ] [ "#" iteration ]     build  build[0]  build#2  build[0]#2
 *   helper       ( "undo:" | "help:" number ":" ) worker     undo:build[0]  help:3:build  help:4:undo:build     worker-id.ts
 *   worker       execution | helper                          whoever takes turns
 *   attempt      worker "~" number                           build~1                                           journal-key.ts
 *   step         attempt "/" turn                            build~1/4
 *   key          step [ "/" tool use ] "/" epoch             build~1/4/0  build~1/4/toolu_1/0
 *   undo's key   "undo:" execution "/" epoch [ "/" tries ]   undo:build/0  undo:build/0/2
 *   request      "before/" execution | "after/" attempt      before/build  after/build~1                        request-id.ts
 *                | ( "budget/" | "provider/" | "loop/" ) step
 *                | ( "tool/" | "blocker/" ) step "/" tool use
 *   child        run "/" worker [ "~" number ]               nightly/build  nightly/build~2                     child-id.ts
 *   conversation any text; of an item that has its own: name "[" item "]"
 *
 * Numbers have no leading zeros. Items count from 0, iterations from 1: the first one is not written, as is a child's first
 * attempt. What is stored may be older than the rule for names, so whoever takes a stored id apart takes any name.
 */

/** One execution of a task of the plan: of an item of its `for_each`, in an iteration of its loop. */
export interface Instance {
  /** Id of the task in the plan. */
  task: string;
  /** Index of the item, from 0; null: not a task with `for_each`. */
  item: number | null;
  /** Iteration of the loop it stands in, from 1. */
  iteration: number;
}

/** What the id of a task in a definition looks like: a narrower `name`. */
export const taskIdPattern = /^[A-Za-z0-9_][A-Za-z0-9_.-]*$/;

const instancePattern =
  /^(?<task>(?!undo:|help:\d+:)[^/~[\]#\p{Cc}]+)(?:\[(?<item>0|[1-9]\d{0,8})\])?(?:#(?<iteration>[2-9]|[1-9]\d{1,8}))?$/u;

/** Id of an execution: `task`, `task[item]`, `task#iteration`, `task[item]#iteration`. */
export function toInstanceId({ task, item, iteration }: Instance): string {
  return `${task}${item === null ? '' : `[${item}]`}${iterationMark(iteration)}`;
}

/** Id of an execution in the first iteration of its loop: the same for all of them. */
export function withoutIteration(id: string): string {
  return toInstanceId({ ...toInstance(id), iteration: 1 });
}

/** What tells an iteration from the first one: `#2`, or nothing for the first. */
export function iterationMark(iteration: number): string {
  return iteration > 1 ? `#${iteration}` : '';
}

/** Whether a text is the id of an execution. */
export function isInstanceId(id: string): boolean {
  return instancePattern.test(id);
}

/** The execution behind a {@link toInstanceId}. @throws Error when it is none */
export function parseInstanceId(id: string): Instance {
  const instance = match(id);
  if (!instance) throw new Error(`not the id of a task: ${id}`);
  return instance;
}

/** The execution behind an id that somebody gave or that may be older than the grammar: what is none is a task of that name. */
export function toInstance(id: string): Instance {
  return match(id) ?? { task: id, item: null, iteration: 1 };
}

/** Conversation of an execution: items of a task that shares none have one each. */
export function contextOf({ id, context }: { id: string; context: string }, item: number | null): string {
  return context === id ? toInstanceId({ task: context, item, iteration: 1 }) : context;
}

function match(id: string): Instance | null {
  const { task, item, iteration } = instancePattern.exec(id)?.groups ?? {};
  if (task === undefined) return null;
  return { task, item: item === undefined ? null : Number(item), iteration: Number(iteration ?? 1) };
}
