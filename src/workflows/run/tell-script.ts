import { outlineOptions } from '../../domain/plan/outline.ts';
import type { PlanState } from './carry.ts';

/** A task of the run has come to its end: the script that asked it hears of it. */
export function tellScript({ scripts, tasks, crew: { books } }: PlanState, id: string): void {
  const { askedBy } = outlineOptions(tasks.of(id));
  const state = books.tasks.get(id);
  if (askedBy !== null && state) scripts.ended(askedBy, state);
}
