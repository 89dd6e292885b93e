import type { SettleInput } from '../../contracts/merge.ts';
import type { RunEventDraft } from '../../domain/run/run-events.ts';
import { changeBranch, listBranches } from '../../store/merges/merge-branches.ts';
import { appendNew } from '../../store/run/events.ts';
import type { ActivityDependencies } from '../base/dependencies.ts';
import type { FrozenRun } from '../base/frozen-run.ts';
import { waitingEvent } from './merge-events.ts';

/** Notes why branches do not go in, or not now. */
export async function settle(
  { store }: Pick<ActivityDependencies, 'store'>,
  run: FrozenRun,
  { target, taskIds, status, reason }: SettleInput,
): Promise<void> {
  const branches = new Map((await listBranches(store.sql, run.no)).map((branch) => [branch.taskId, branch]));
  await store.transaction(async (sql) => {
    const events: RunEventDraft[] = [];
    for (const taskId of taskIds) {
      const known = branches.get(taskId)!;
      const isNew = await changeBranch(sql, run.no, { taskId, status, target, reason });
      if (!isNew) continue;
      if (status === 'waiting') events.push(waitingEvent(known, target, reason));
      else {
        const { branch, head } = known;
        const key = `merge-rejected/${taskId}/${head}/${target}`;
        events.push({ key, type: 'merge:rejected', taskId, branch, into: target, reason });
      }
    }
    await appendNew(sql, run.no, events);
  });
}
