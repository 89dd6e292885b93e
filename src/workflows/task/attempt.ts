import type { AgentTaskInput, AgentTaskProgress, CarriedLoop, TaskEnd } from '../../contracts/agent-task.ts';
import type { OutlineTask } from '../../domain/plan/outline.ts';
import type { RunBooks } from '../books/run-books.ts';
import type { WaitAnswer, WaitRequest } from '../../contracts/waiting.ts';

/** Asks whoever can answer, and waits for that. */
type AskFor = (request: WaitRequest) => Promise<WaitAnswer>;

/** Where an attempt belongs. */
export interface AttemptPlace {
  books: RunBooks;
  wait: AskFor;
  /** Told when a task stands still for another agent, and when it goes on. */
  stands: (taskId: string, isStanding: boolean) => void;
  /** Does attempts in slices; null: none are. */
  slices: SliceDoor | null;
  /** Has tasks begin that a task at work added. */
  begin: (tasks: OutlineTask[]) => void;
}

/** Does attempts many at a time, as far as that goes. */
export interface SliceDoor {
  /** Whether it takes that attempt at all. */
  takes: (input: AgentTaskInput) => boolean;
  /** @returns the attempt; its result rejects with LoopMoves when it has to go on in a workflow of its own */
  attempt: (input: AgentTaskInput, carried: CarriedLoop | null) => Attempt;
}

/** An attempt in the making. */
export interface Attempt {
  /** `inline`: it has no workflow of its own. */
  at: 'child' | 'inline';
  result: Promise<AgentTaskProgress>;
  /** Tells it that the run is paused, or goes on. */
  setPaused: (isPaused: boolean) => void;
  /** Tells it that the run has other limits. */
  limitsChanged: () => void;
  /** Tells it what it waited for. */
  answer: (answer: WaitAnswer) => void;
  /** Has a child report its end by signal, as the run goes on as new; one that has ended by now is waited for. False: it knows already. */
  letGo: () => Promise<boolean>;
  /** Whether it is a child that {@link letGo} has something to tell. */
  isTied: () => boolean;
  /** It goes on as new, as its own signal says. */
  moves: () => void;
  /** It has come to its end, as its own signal says. */
  end: (end: TaskEnd) => void;
  /** Where its loop stands, if it is one of the run itself. */
  loop: () => CarriedLoop | null;
}
