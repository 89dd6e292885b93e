import type { Lineage } from '../../contracts/orchestrate-input.ts';
import { askedOf } from '../../domain/evaluation/compare-runs.ts';
import { toInstance } from '../../domain/ids/execution-id.ts';
import type { Plan, PlanTask } from '../../domain/plan/plan.ts';
import { reuseRule } from '../../domain/plan/reuse-rule.ts';
import type { RunState } from '../../domain/run/run-state.ts';

/** What tells why a task is done anew. */
export interface AboutAnew {
  /** As the earlier run had it. */
  before: Plan;
  plan: Plan;
  state: RunState;
  lineage: Pick<Lineage, 'kind' | 'from' | 'redo' | 'only' | 'filesChanged'>;
  /** Ids of all tasks that are done anew. */
  isAnew: ReadonlySet<string>;
}

/** Why a task of a run that goes on from an earlier one is done anew, in words. @param execution the task, or a member of its `for_each` */
export function whyAnew(task: PlanTask, about: AboutAnew, execution = task.id): string {
  const { plan, state, lineage, isAnew } = about;
  const { id } = task;
  const named = lineage.from === null ? null : toInstance(lineage.from).task;
  if (named === id && [id, execution].includes(lineage.from!)) return 'you named it';
  const changed = changesOf(id, about.before, plan);
  if (changed.length > 0) return `changed: ${changed.join(', ')}`;
  if (lineage.redo.includes(id)) return `it depends on ${named ?? 'what is done anew'}`;
  const was = state.tasks.get(execution)?.status;
  if (was === 'failed') return 'it failed before';
  if (was === undefined || was === 'pending' || was === 'ready') return 'it had not begun';
  if (was !== 'succeeded' && was !== 'reused') return `it had not succeeded (${was})`;
  if (lineage.only !== null && !lineage.only.includes(id)) return `it ended after ${lineage.from ?? 'that point'}`;
  if (task.reuse === 'never') return 'its file says `reuse: never`';
  if (reuseRule(plan, task, lineage.kind) === 'same-files' && lineage.filesChanged !== null)
    return 'it looks at files, which have changed';
  const source = task.dependsOn.find((each) => isAnew.has(each.task));
  if (source) return `it reads what ${source.task} brings, unless that comes out the same`;
  const before = plan.tasks.find(({ id: other, phase }) => isAnew.has(other) && isBefore(phase, task));
  return before ? `it comes after ${before.id}, which is done anew` : 'nothing of it was kept';
}

function isBefore(phase: number | null, { afterPhase }: PlanTask): boolean {
  return phase !== null && afterPhase !== null && phase <= afterPhase;
}

function changesOf(id: string, before: Plan, plan: Plan): string[] {
  const [was, is] = [askedOf(id, before), askedOf(id, plan)];
  if (!was) return ['it is new'];
  if (!is) return [];
  return Object.keys(is).filter((key) => JSON.stringify(was[key]) !== JSON.stringify(is[key]));
}
