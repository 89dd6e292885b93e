import type { AgentTaskProgress, LoopState } from '../../contracts/agent-task.ts';
import type { OutlineTask } from '../../domain/plan/outline.ts';
import type { turnOf } from '../../domain/scheduling/turn-of.ts';
import type { TakenTurn, ToolWait } from '../../contracts/turn.ts';
import type { WaitAnswer, WaitRequest } from '../../contracts/waiting.ts';
import { MovesOn } from '../base/trace.ts';

/** A step of an agent loop, as the Web UI tells it; `isFirst`: none was before it. */
export interface ShownStep {
  text: string;
  isFirst: boolean;
}

/** What an agent loop may ask of the run around it. */
export interface RunLink {
  /** Waits while the run is paused. */
  gate: () => Promise<void>;
  /** Waits for a person, a manager, a raised limit or a provider. */
  wait: (request: WaitRequest) => Promise<WaitAnswer>;
  /** Stands still for so long, in ms, or until the run has other limits. `summary` is for the Web UI. */
  rest: (ms: number, summary: string) => Promise<void>;
  /** The same, also until its call is called up, or the run is paused: others are waited for, so no time of a limit goes by. */
  queue: (ms: number, summary: string) => Promise<void>;
  /** Has tasks begin that it added. */
  begin: (tasks: OutlineTask[]) => Promise<void>;
  /**
   * Stands still until the key has been called more often than `seen`, counted from the turn's beginning, or the wait's time is over. It holds no
   * worker, and no time of a limit goes by.
   *
   * @returns how often it has been called
   */
  stand: (wait: ToolWait, seen: number) => Promise<number>;
  /** How its steps are served by Temporal; left out: as its workflow is. */
  turn?: () => ReturnType<typeof turnOf>;
  /** How long this attempt has waited so far, in ms. */
  waitedMs: () => number;
  /** What a step is called in the history that it stands in. */
  titleOf: (step: ShownStep) => string;
  /** Told after every turn. */
  onTurn: (progress: AgentTaskProgress, last: Pick<TakenTurn, 'tools' | 'stop'>) => void;
  /** Does a step that must come to its end before the run may go on as new. */
  busy: <Result>(work: () => Promise<Result>) => Promise<Result>;
  /** Told before every turn where the loop stands: from there it can be taken up, as every step has a row in the journal. @throws LoopMoves */
  noteState?: (state: LoopState) => void;
  /** Where it is taken up; null: at its beginning. */
  from?: LoopState | null;
  /** When the attempt began, in ms since the epoch; default: now. */
  startedAt?: number;
}

/** Ends a loop between two turns without a failure: it is taken up in the next execution of its workflow. */
export class LoopMoves extends MovesOn {
  readonly state: LoopState;

  constructor(state: LoopState) {
    super('the loop goes on in the next execution');
    this.state = state;
  }
}

/** For a loop that may move, where it does. @throws what else it ended with */
export function movedOrThrow(error: unknown): LoopMoves {
  if (error instanceof LoopMoves) return error;
  throw error;
}
