import type { RunState } from '../../domain/run/run-state.ts';

/** Keys of a {@link RunState} that are maps, whose order says something: JSON has them as lists of `[key, value]`. */
type Mapped = 'tasks' | 'widths' | 'waits' | 'compensations';

type Entries<Of> = Of extends ReadonlyMap<string, infer Value> ? [string, Value][] : never;

/** A {@link RunState} as JSON. */
export type RunStateJson = Omit<RunState, Mapped> & { [Key in Mapped]: Entries<RunState[Key]> };

/** How a run stands, to be sent. */
export function toRunStateJson({ tasks, widths, waits, compensations, ...rest }: RunState): RunStateJson {
  return {
    ...rest,
    ...{ tasks: [...tasks], widths: [...widths], waits: [...waits], compensations: [...compensations] },
  };
}

/** How a run stands, as it was sent. */
export function fromRunStateJson({ tasks, widths, waits, compensations, ...rest }: RunStateJson): RunState {
  return {
    ...rest,
    ...{ tasks: new Map(tasks), widths: new Map(widths), waits: new Map(waits) },
    compensations: new Map(compensations),
  };
}
