import type { AgentDelta } from '../../domain/conversation/agent-delta.ts';
import type { RunEvent } from '../../domain/run/run-events.ts';

/** Turns of a run whose answer a reader was told: a piece of it that comes later would be text that it has already. */
export class AnsweredTurns {
  readonly #turns = new Map<string, number>();

  /** Hears what the reader is told. */
  told(event: RunEvent): void {
    // Another attempt counts its turns anew.
    if (event.type === 'task:start') this.#turns.delete(event.taskId);
    if (event.type === 'agent:answer') this.#turns.set(event.taskId, event.turn);
  }

  /** Whether a piece still says something. */
  isOpen({ taskId, turn }: Pick<AgentDelta, 'taskId' | 'turn'>): boolean {
    return turn > (this.#turns.get(taskId) ?? 0);
  }
}
