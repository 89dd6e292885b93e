import { patched } from '@temporalio/workflow';
import { toHelperId } from '../../domain/ids/worker-id.ts';
import type { WaitAnswer, WaitRequest } from '../../contracts/waiting.ts';
import type { CarriedRun } from '../../contracts/carried-run.ts';
import type { RunBooks } from '../books/run-books.ts';
import type { RunItem } from '../books/work-item.ts';
import { askManager } from './ask-manager.ts';

/** Tasks that wait: for a manager, a person, a higher limit or a provider. */
export class Waits {
  /** Told when a task begins to wait for somebody, and when it goes on. */
  onWait: ((taskId: string, isWaiting: boolean) => void) | null = null;
  readonly #books: RunBooks;
  readonly #run: RunItem;
  /** Managers at work on blockers, by request. */
  readonly #helpIds = new Map<string, string>();

  constructor(books: RunBooks, run: RunItem) {
    this.#books = books;
    this.#run = run;
  }

  toJSON(): CarriedRun['helpIds'] {
    return [...this.#helpIds];
  }

  restore(helpIds: CarriedRun['helpIds']): void {
    for (const [request, id] of helpIds) this.#helpIds.set(request, id);
  }

  /** Waits until somebody answered. */
  async for(request: WaitRequest): Promise<WaitAnswer> {
    const { hold, room, tasks } = this.#books;
    const { taskId, cause, detail, limit, until, asksPerson = false } = request;
    const state = tasks.get(taskId);
    // What time ends concerns one model; others may be asked.
    if (cause === 'provider' && until === undefined && !this.#isResumed(request.id)) hold.breaker ??= detail;
    hold.wait(taskId, 1, { cause, detail, ...(limit && { limit }) });
    this.onWait?.(taskId, true);
    if (state) state.status = 'waiting';
    try {
      // A person was asked already: the manager had passed it on.
      const help =
        cause === 'blocker' && !asksPerson && !room.isKnown(request.id) ? await this.#askManager(request) : null;
      this.#helpIds.delete(request.id);
      if (help) return help;
      const answering = room.ask(request);
      void this.#books.flush();
      const answer = await answering;
      if (answer.outcome === 'halted') this.#books.stopRun('stopped', `${request.what}: ${answer.text}`);
      return answer;
    } finally {
      if (!hold.wait(taskId, -1)) {
        this.onWait?.(taskId, false);
        if (state?.status === 'waiting') state.status = 'running';
      }
      void this.#books.flush();
    }
  }

  /** Waits until a person has said something about a task that has ended, and stays so meanwhile. */
  async about(request: WaitRequest): Promise<WaitAnswer> {
    const { hold, room } = this.#books;
    const { taskId, cause, detail } = request;
    hold.wait(taskId, 1, { cause, detail });
    try {
      const answering = room.ask(request);
      void this.#books.flush();
      return await answering;
    } finally {
      hold.wait(taskId, -1);
      void this.#books.flush();
    }
  }

  // What the execution before asked for held the run then; whoever resumed it since has resumed it.
  #isResumed(id: string): boolean {
    const { hold, room } = this.#books;
    return hold.breaker === null && room.isKnown(id) && patched('stays-resumed');
  }

  /** A task stands still for another agent, or goes on. The run is at work all the same: somebody else is. */
  stand(taskId: string, isStanding: boolean): void {
    const { hold, tasks } = this.#books;
    const state = tasks.get(taskId);
    this.onWait?.(taskId, isStanding);
    if (state && isStanding) state.status = 'waiting';
    else if (state?.status === 'waiting') state.status = 'running';
    hold.changes++;
  }

  #askManager(request: WaitRequest): Promise<WaitAnswer | null> {
    return askManager(this.#books, request, { run: this.#run, helpId: () => this.#helpIdOf(request) });
  }

  // The same one if it is asked again.
  #helpIdOf({ id, taskId }: WaitRequest): string {
    const known = this.#helpIds.get(id) ?? toHelperId({ kind: 'help', number: this.#books.nextNumber(), of: taskId });
    this.#helpIds.set(id, known);
    return known;
  }
}
