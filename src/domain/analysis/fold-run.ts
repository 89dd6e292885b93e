import { DraftMap } from '../draft-map.ts';
import type { RunEvent } from '../run/run-events.ts';
import { reduceRun, type RunState } from '../run/run-state.ts';

/**
 * The state after many more events, by {@link reduceRun}, in time that grows with the events and not with events times tasks.
 *
 * What no event was about is the same object as before; where nothing is new, so is the whole.
 */
export function foldRun(state: RunState, events: Iterable<RunEvent>): RunState {
  let next = state;
  for (const event of events) if (event.seq > next.lastSeq) next = reduceRun(drafted(next), event);
  return next === state ? state : sealed(next, state);
}

function drafted(state: RunState): RunState {
  const { tasks, compensations } = state;
  if (tasks instanceof DraftMap && compensations instanceof DraftMap) return state;
  return { ...state, tasks: draftOf(tasks), compensations: draftOf(compensations) };
}

function draftOf<Value>(map: ReadonlyMap<string, Value>): ReadonlyMap<string, Value> {
  return map instanceof DraftMap ? map : new DraftMap(map);
}

function sealed(state: RunState, before: RunState): RunState {
  const { tasks, compensations } = state;
  return {
    ...state,
    tasks: sameOrCopy(tasks, before.tasks),
    compensations: sameOrCopy(compensations, before.compensations),
  };
}

function sameOrCopy<Value>(
  map: ReadonlyMap<string, Value>,
  before: ReadonlyMap<string, Value>,
): ReadonlyMap<string, Value> {
  const isSame = map.size === before.size && [...map].every(([key, value]) => before.get(key) === value);
  return isSame ? before : new Map(map);
}
