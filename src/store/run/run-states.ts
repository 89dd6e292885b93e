import { foldRun } from '../../domain/analysis/fold-run.ts';
import { emptyRunState, type RunState } from '../../domain/run/run-state.ts';
import type { Sql } from '../database/sql.ts';
import { listEvents } from '../service/feed-rows.ts';

/** How many events are read at once. */
const mostAtOnce = 5000;
/** How many tasks the states may have that are kept, all together: about 30 MB. */
const usualTasks = 50_000;
/** What a state takes beside its tasks, counted as tasks. */
const tasksOfNone = 50;

/**
 * What runs' events add up to. Those that were asked for last are kept, so that whoever asks again reads only what is new: a page that is
 * loaded again, a list that is looked at, a terminal.
 *
 * S1 Every answer has all that was committed before it was asked for: a kept state is where reading goes on, never the answer.
 * S2 Rows are named by number, which no later run gets.
 */
export class RunStates {
  readonly #sql: Sql;
  readonly #mostTasks: number;
  /** The one that was asked for last comes last. */
  readonly #kept = new Map<number, RunState>();
  #tasks = 0;

  constructor(sql: Sql, mostTasks = usualTasks) {
    this.#sql = sql;
    this.#mostTasks = mostTasks;
  }

  /** The state of the run in that row. */
  async of(no: number): Promise<RunState> {
    let state = this.#kept.get(no) ?? emptyRunState;
    // S1
    for (;;) {
      const events = await listEvents(this.#sql, no, state.lastSeq, mostAtOnce);
      state = foldRun(state, events);
      if (events.length < mostAtOnce) break;
    }
    this.#keep(no, state);
    return state;
  }

  #keep(no: number, state: RunState): void {
    this.#forget(no);
    this.#kept.set(no, state);
    this.#tasks += weightOf(state);
    for (const oldest of this.#kept.keys()) {
      if (this.#tasks <= this.#mostTasks) return;
      this.#forget(oldest);
    }
  }

  #forget(no: number): void {
    const known = this.#kept.get(no);
    if (!known) return;
    this.#kept.delete(no);
    this.#tasks -= weightOf(known);
  }
}

function weightOf({ tasks, checkpoints }: RunState): number {
  return tasks.size + checkpoints.length + tasksOfNone;
}
