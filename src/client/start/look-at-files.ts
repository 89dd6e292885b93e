import type { Lineage } from '../../contracts/orchestrate-input.ts';
import type { Plan } from '../../domain/plan/plan.ts';
import { looksAround, reuseRule } from '../../domain/plan/reuse-rule.ts';
import { foldersOn, keptFiles } from '../../domain/plan/workspace.ts';
import { anyChangedSince } from '../../host/changed-since.ts';
import type { RunRow } from '../../store/store.ts';
import type { Session } from '../connection/session.ts';

/**
 * The lineage with what of the files has changed since the earlier run ended, where results depend on that and the files are here: else
 * the run's worker looks.
 *
 * @param known files and folders of the definition itself, absolute: what changed of them is seen in what they say
 */
export async function lookAtFiles(
  { startsWorkers, home }: Pick<Session, 'startsWorkers' | 'home'>,
  lineage: Lineage,
  { plan, row, known = [] }: { plan: Plan; row: Pick<RunRow, 'workspace' | 'endedAt'>; known?: readonly string[] },
): Promise<Lineage> {
  const depends = plan.tasks.some(
    (task) => looksAround(plan, task) || reuseRule(plan, task, lineage.kind) === 'same-files',
  );
  if (!startsWorkers || !depends) return lineage;
  if (row.endedAt === null) return { ...lineage, filesChanged: 'that run has not ended by itself' };
  if (row.workspace !== plan.workspace) return { ...lineage, filesChanged: `that run worked in ${row.workspace}` };
  const { ownFolders } = await import('../../config/own-folders.ts');
  const told = [...known, ...keptFiles(plan), home, ...ownFolders()];
  return { ...lineage, filesChanged: await anyChangedSince(foldersOn('', plan), Date.parse(row.endedAt), told) };
}
