import { mkdirSync, realpathSync, renameSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { placeOf } from '../../../src/activities/base/task-workspace.ts';
import { asPartOf } from '../../../src/domain/plan/part-of-run.ts';
import type { Plan, PlanTask } from '../../../src/domain/plan/plan.ts';
import type { WorkflowWork } from '../../../src/domain/plan/task-work.ts';
import { movedTo } from '../../../src/domain/plan/workspace.ts';
import { tempFolder } from '../../support/base/temp-folder.ts';
import { yamlPlan } from '../../support/plan/yaml-plan.ts';

const dependencies = { folderProblem: () => null };
const work = (plan: string, folder: string): WorkflowWork => ({
  ...{ kind: 'workflow', plan, name: plan, folder, inherits: [], canUndo: false },
});

/** Three runs in each other: the second works in `a/b` of the first, the third in `c` of the second. */
function threeRuns(workspace: string): Plan[] {
  const plan = { ...yamlPlan('tasks: [{ id: t, prompt: x }]'), workspace };
  const leaf = plan.tasks[0]!;
  const task = (path?: string): PlanTask => ({ ...leaf, ...(path !== undefined && { workspace: { path } }) });
  const first: Plan = { ...plan, workflows: { second: { ...plan, workflows: { third: plan } } } };
  const second = asPartOf(first, task('a'), work('second', 'b'));
  return [first, second, asPartOf(second, task('c'), work('third', ''))];
}

it('a run in a run works below the folders of all around it, whichever of them becomes a link', async () => {
  const root = join(tempFolder(), 'root');
  const outside = tempFolder();
  mkdirSync(join(root, 'a/b/c/d'), { recursive: true });
  mkdirSync(join(outside, 'b/c/d'), { recursive: true });
  mkdirSync(join(outside, 'c/d'), { recursive: true });
  const [, second, third] = threeRuns(root);
  const below = { workspace: { path: 'd' } };
  expect(await placeOf(dependencies, third!, undefined)).toEqual({ leadsTo: realpathSync(join(root, 'a/b/c')) });
  expect(await placeOf(dependencies, third!, below)).toEqual({ leadsTo: realpathSync(join(root, 'a/b/c/d')) });

  for (const link of ['a', 'a/b']) {
    renameSync(join(root, link), join(root, 'aside'));
    symlinkSync(outside, join(root, link));
    for (const plan of [second!, third!])
      expect(await placeOf(dependencies, plan, undefined)).toMatch(/^The folder of this run, .* by a link\.$/);
    expect(await placeOf(dependencies, third!, below)).toBe(
      'The folder of this task, d, leads out of the workspace by a link.',
    );
    renameSync(join(root, link), join(root, `old-${link.length}`));
    renameSync(join(root, 'aside'), join(root, link));
  }
});

it('a run in a run whose folder is the one around it, and one that a person moves, have nothing to lie in', () => {
  const root = tempFolder();
  const plan = { ...yamlPlan('tasks: [{ id: t, prompt: x }]'), workspace: root };
  const around: Plan = { ...plan, workflows: { same: plan } };
  expect(asPartOf(around, plan.tasks[0]!, work('same', '')).within).toBeUndefined();
  const [, second] = threeRuns(root);
  expect(second!.within).toEqual([root, join(root, 'a')]);
  expect(movedTo(second!, '/elsewhere').within).toBeUndefined();
});
