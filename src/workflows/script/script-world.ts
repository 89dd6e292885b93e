import type { OutlineTask } from '../../domain/plan/outline.ts';
import type { RunBooks } from '../books/run-books.ts';

/** What a script needs of the run that it is a task of. */
export interface ScriptWorld {
  readonly books: RunBooks;
  /** Adds tasks to the run. */
  addCalls(tasks: readonly OutlineTask[]): void;
  /** Gives a task up, whether it is at work or has not begun: nothing is missing by it. */
  drop(taskId: string, reason: string): void;
  /** A script is at work: it takes no place of those who work for it. */
  rest(taskId: string): void;
  /** Whether a task is there. */
  isKnown(taskId: string): boolean;
  /** A script that goes on has been given all that it had got: so many characters. */
  caughtUp(characters: number): void;
}
