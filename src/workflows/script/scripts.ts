import { isCancellation } from '@temporalio/workflow';
import type { CallEvent, CarriedScript } from '../../contracts/script.ts';
import type { JsonValue } from '../../domain/json.ts';
import { toAttemptId } from '../../domain/ids/journal-key.ts';
import { failureTypes } from '../../domain/run/failure-types.ts';
import { longestReturn } from '../../script/run-limits.ts';
import type { ScriptEnd } from '../../script/script-host.ts';
import { describeFailure } from '../base/failures.ts';
import type { TaskState, WorkItem } from '../books/work-item.ts';
import { ScriptRun } from './script-run.ts';
import type { ScriptWorld } from './script-world.ts';

/** The scripts of a run that are at work. */
export class Scripts {
  readonly #world: ScriptWorld;
  readonly #running = new Map<string, ScriptRun>();
  /** Those that an execution before has begun. */
  readonly #carried = new Set<string>();

  constructor(world: ScriptWorld, carried: readonly CarriedScript[] = []) {
    this.#world = world;
    for (const one of carried) {
      this.#carried.add(one.taskId);
      this.#running.set(one.taskId, new ScriptRun(world, one.taskId, one));
    }
  }

  toJSON(): CarriedScript[] {
    return [...this.#running.values()].map((script) => script.toJSON());
  }

  /** A task has come to its end that a script asked. */
  ended(askedBy: string, state: TaskState): void {
    this.#running.get(askedBy)?.ended(toEvent(state));
  }

  /** Runs a script to its end, and notes it in its state. Throws only for a cancel. */
  async run(task: WorkItem): Promise<TaskState> {
    const { books } = this.#world;
    const known = this.#carried.has(task.id) ? books.tasks.get(task.id) : undefined;
    const state = known ?? books.note(task, 'running');
    Object.assign(state, { status: 'running', attempts: 1 });
    this.#world.rest(task.id);
    if (!known) this.#tellStart(task);
    const script = this.#running.get(task.id) ?? new ScriptRun(this.#world, task.id, null);
    this.#running.set(task.id, script);
    try {
      const { end, handled } = await script.run();
      books.handled.push(...handled);
      Object.assign(state, end ? toEnd(end) : { status: 'cancelled', error: books.stop?.reason ?? 'the run ended' });
    } catch (error) {
      const { message } = describeFailure(error);
      Object.assign(state, isCancellation(error) ? { status: 'cancelled', error: 'cancelled' } : failed(message));
      if (isCancellation(error)) throw error;
    } finally {
      this.#running.delete(task.id);
      state.durationMs = Date.now() - state.startedAt;
      this.#tellEnd(state);
    }
    return state;
  }

  #tellStart({ id, agent }: WorkItem): void {
    const { books } = this.#world;
    const description = books.outline.description.slice(0, 200).toWellFormed();
    const told = { taskId: id, agentName: agent, description, attempt: 1 };
    books.emit({ key: `start/${toAttemptId(id, 1)}`, type: 'task:start', ...told });
  }

  #tellEnd(state: TaskState): void {
    const { books } = this.#world;
    if (state.status === 'failed') {
      const told = { taskId: state.id, error: state.error ?? '', attempt: 1, willRetry: false };
      books.emit({ key: `error/${toAttemptId(state.id, 1)}`, type: 'task:error', ...told });
    }
    books.tellEnd(state);
    books.display.soon();
  }
}

// What the script gets of it: `null` for what failed, but an error where no answer fits the schema, and no text of an answer without content.
function toEvent({ id, status, failure, error }: TaskState): CallEvent {
  if (status === 'succeeded' || status === 'reused') return ['answered', id];
  if (failure === failureTypes.outputInvalid) return ['schema', id, error ?? 'the answer does not meet its schema'];
  return [failure === failureTypes.answerEmpty ? 'empty' : 'none', id];
}

function toEnd(end: ScriptEnd): Partial<TaskState> {
  if (end.status === 'failed') return failed(`${end.name}: ${end.message}${placeOf(end)}`);
  const value = (end.hasValue ? end.value : null) as JsonValue;
  const { length } = JSON.stringify(value);
  if (length > longestReturn)
    return failed(`what the script returns has ${length} characters, and at most ${longestReturn} are kept`);
  return { status: 'succeeded', error: null, value };
}

function placeOf({ file, line, column }: Extract<ScriptEnd, { status: 'failed' }>): string {
  if (line === null) return '';
  return ` (${file.split('/').at(-1)}:${line}${column === null ? '' : `:${column}`})`;
}

function failed(error: string): Pick<TaskState, 'status' | 'error'> {
  return { status: 'failed', error: error.slice(0, 2000).toWellFormed() };
}
