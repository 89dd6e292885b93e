import type { OutlineTask } from '../../domain/plan/outline.ts';
import type { CarriedScript } from '../../contracts/script.ts';
import { Scripts } from '../script/scripts.ts';
import type { PlanState } from './carry.ts';

/** A plan's run, as far as its scripts change it. */
type ScriptedRun = Omit<PlanState, 'scripts'> & { add: (tasks: OutlineTask[], parent: string | null) => void };

/** The scripts of a plan's run. `caughtUp`: one that goes on has been given all that it had got, so many characters. */
export function scriptsOf(
  run: ScriptedRun,
  {
    carried = [],
    caughtUp,
  }: { carried?: readonly CarriedScript[] | undefined; caughtUp: (characters: number) => void },
): Scripts {
  const { scheduler, executions, tasks, crew } = run;
  const { books } = crew;
  const world = {
    books,
    addCalls: (added: readonly OutlineTask[]) => run.add([...added], null),
    isKnown: (taskId: string) => tasks.find(taskId) !== undefined,
    caughtUp,
    rest: (taskId: string) => scheduler.wait(taskId, true),
    drop(taskId: string, reason: string) {
      books.dropped.add(taskId);
      executions.skip(taskId, reason);
      for (const id of scheduler.skip(taskId)) books.skip(tasks.toWorkItem(id), reason, true);
      books.hold.changes++;
    },
  };
  return new Scripts(world, carried);
}
