import type { SettleInput } from '../../contracts/merge.ts';
import { fingerprint } from '../../domain/fingerprint.ts';
import type { RunEventDraft } from '../../domain/run/run-events.ts';
import { changeBranch, listBranches } from '../../store/merges/merge-branches.ts';
import { appendNew } from '../../store/run/events.ts';
import type { ActivityDependencies } from '../base/dependencies.ts';
import type { FrozenRun } from '../base/frozen-run.ts';

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
      const { branch, head } = branches.get(taskId)!;
      const isNew = await changeBranch(sql, run.no, { taskId, status, target, reason });
      if (!isNew || status !== 'rejected') continue;
      const key = `merge-rejected/${taskId}/${head}/${target}`;
      events.push({ key, type: 'merge:rejected', taskId, branch, into: target, reason });
    }
    const heads = taskIds.map((id) => branches.get(id)!.head).join();
    const text = `${taskIds.join(', ')} cannot go into ${target} now: ${reason}`;
    if (status === 'waiting')
      events.push({ key: `merge-waiting/${fingerprint(`${heads} ${text}`)}`, type: 'run:log', text });
    await appendNew(sql, run.no, events);
  });
}
