/** One execution of a task of the plan: of an item of its `for_each`, in an iteration of its loop. */
export interface Instance {
  /** Id of the task in the plan. */
  task: string;
  /** Index of the item, from 0; null: not a task with `for_each`. */
  item: number | null;
  /** Iteration of the loop it stands in, from 1. */
  iteration: number;
}

/** Id of an execution: `task`, `task[item]`, `task#iteration`, `task[item]#iteration` (design section 5). */
export function toInstanceId({ task, item, iteration }: Instance): string {
  return `${task}${item === null ? '' : `[${item}]`}${iteration > 1 ? `#${iteration}` : ''}`;
}

/** The execution behind a {@link toInstanceId}. Ids of tasks hold neither `[` nor `#`. */
export function parseInstanceId(id: string): Instance {
  const match = /^([^[#]*)(?:\[(\d+)\])?(?:#(\d+))?$/.exec(id);
  if (!match) throw new Error(`not the id of a task: ${id}`);
  return { task: match[1]!, item: match[2] === undefined ? null : Number(match[2]), iteration: Number(match[3] ?? 1) };
}
