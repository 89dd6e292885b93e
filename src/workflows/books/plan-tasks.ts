import type { OutlineTask } from '../../domain/plan/outline.ts';
import type { RunOutline } from '../../contracts/outline.ts';
import { parseInstanceId } from '../../domain/ids/execution-id.ts';
import type { WorkItem } from './work-item.ts';
import { toWorkItem } from './work-item.ts';

/** The tasks of a plan, found by their own id or by that of an execution. */
export class PlanTasks {
  readonly #outline: RunOutline;
  readonly #byId: Map<string, OutlineTask>;

  constructor(outline: RunOutline) {
    this.#outline = outline;
    this.#byId = new Map(outline.tasks.map((task) => [task.id, task]));
  }

  /** A task was added while the run lives. */
  add(task: OutlineTask): void {
    this.#byId.set(task.id, task);
    this.#outline.tasks.push(task);
  }

  /** The task with that id; undefined: none. */
  find(taskId: string): OutlineTask | undefined {
    return this.#byId.get(taskId);
  }

  /** The task behind an execution. */
  of(executionId: string): OutlineTask {
    return this.#byId.get(parseInstanceId(executionId).task)!;
  }

  /** An execution as a piece of work. */
  toWorkItem(executionId: string): WorkItem {
    return toWorkItem(executionId, this.of(executionId), this.#outline);
  }
}
