import { emptyRunState, reduceRun, type RunState } from '../../domain/run/run-state.ts';
import type { Store } from '../../store/store.ts';

/** A run as its events so far tell it. */
export async function replay(store: Store, runKey: string): Promise<RunState> {
  let state = emptyRunState;
  for (;;) {
    const before = state.lastSeq;
    for (const event of await store.events.list(runKey, before)) state = reduceRun(state, event);
    if (state.lastSeq === before) return state;
  }
}
