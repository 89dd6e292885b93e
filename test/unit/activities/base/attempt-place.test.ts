import { mkdirSync, realpathSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { attemptPlace } from '../../../../src/activities/base/attempt-place.ts';
import type { FrozenRun } from '../../../../src/activities/base/frozen-run.ts';
import type { PlanTask } from '../../../../src/domain/plan/plan.ts';
import type { WorkerStore } from '../../../../src/store/open-store.ts';
import { tempFolder } from '../../../support/base/temp-folder.ts';

describe('attemptPlace', () => {
  const placeIn = (folder: string): ReturnType<typeof attemptPlace> => {
    const workspace = join(folder, 'app');
    const row = { status: 'open', attempt: 1, epoch: 0, folder, workspace, writable: null };
    const sql = { query: () => Promise.resolve({ rows: [row] }) };
    const project = tempFolder();
    const run = { no: 1, plan: { agents: { x: {} }, phases: [], workspace: project } } as unknown as FrozenRun;
    const task = { phase: null, agent: 'x', isolate: 'worktree' } as unknown as PlanTask;
    const store = { sql } as unknown as WorkerStore;
    return attemptPlace({ folderProblem: () => null, store }, run, { task, taskId: 'b', attempt: 1, epoch: 0 });
  };

  it('is the workspace in the worktree, and never where a link in the branch leads', async () => {
    const [folder, elsewhere] = [tempFolder(), tempFolder()];
    symlinkSync(elsewhere, join(folder, 'app'));
    expect(await placeIn(folder)).toBe(
      `The folder of this task, ${join(folder, 'app')}, leads out of its worktree by a link.`,
    );
    const own = tempFolder();
    mkdirSync(join(own, 'app'));
    expect(await placeIn(own)).toEqual({ workspace: join(own, 'app'), leadsTo: realpathSync(join(own, 'app')) });
  });
});
