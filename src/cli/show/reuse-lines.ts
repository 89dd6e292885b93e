import type { DerivedRun, PlannedReuse } from '../../client/start/from-run.ts';
import { leftToDo } from '../../client/preview/left-to-do.ts';
import { toInstance } from '../../domain/ids/execution-id.ts';
import { reuseRule } from '../../domain/plan/reuse-rule.ts';
import { formatUsd, plural } from '../../domain/format.ts';
import type { Plan } from '../../domain/plan/plan.ts';
import { isScriptPlan } from '../../domain/plan/scripts.ts';
import type { RunState } from '../../domain/run/run-state.ts';
import { safeLine } from '../../domain/safe-text.ts';
import type { Colors } from '../base/terminal.ts';

type Lineage = DerivedRun['lineage'];

const longestList = 12;

/** What a new run will take over, for people: what is reused and what that saves, and what is done anew. */
export function reuseLines(
  plan: Plan,
  planned: readonly PlannedReuse[],
  { state, lineage, colors }: { state: RunState; lineage: Lineage; colors: Colors },
): string[] {
  if (isScriptPlan(plan)) return scriptLines(lineage, colors);
  const toDo = plan.tasks.filter(({ id }) => leftToDo(id, planned).length > 0).length;
  const anew = plan.tasks.flatMap(({ id }) => leftToDo(id, planned));
  const saved = planned.reduce((sum, { from }) => sum + (state.tasks.get(from)?.costUsd ?? 0), 0);
  const money = saved > 0 ? ` (${formatUsd(saved)} was paid for that before)` : '';
  const looked = planned.filter(({ files }) => files !== undefined).map(({ id }) => id);
  const ruled = anew.filter((id) => isHeldBack(plan, lineage, id));
  return [
    ...(planned.length > 0 ? [`${colors.green('=')} reused${money}: ${listed(planned.map(({ id }) => id))}`] : []),
    ...(looked.length > 0
      ? [`  of these, looked at files or were approved (${filesText(lineage)}): ${listed(looked)}`]
      : []),
    ...(ruled.length > 0
      ? [
          `  not taken over, as they look at files or are approved (${filesText(lineage)}); \`reuse: always\` does: ${listed(ruled)}`,
        ]
      : []),
    ...(anew.length > 0
      ? [`${colors.cyan('●')} done anew, unless all that they read comes out the same: ${listed(anew)}`]
      : []),
    `${plural(plan.tasks.length, 'task')}: ${plan.tasks.length - toDo} reused, ${toDo} to do`,
  ];
}

// What it asks is known as it runs.
function scriptLines({ filesChanged }: Lineage, colors: Colors): string[] {
  const what = 'whatever the script asks with the same prompt, agent, model and schema is taken over';
  const files = (filesChanged ?? null) === null ? '' : ` (although files have changed: ${safeLine(filesChanged!)})`;
  return [`${colors.green('=')} ${what}${files}`];
}

function isHeldBack(plan: Plan, { kind, filesChanged }: Lineage, id: string): boolean {
  const task = plan.tasks.find((each) => each.id === toInstance(id).task)!;
  return reuseRule(plan, task, kind) === 'same-files' && filesChanged !== null;
}

function filesText({ filesChanged }: Lineage): string {
  if (filesChanged === undefined) {
    return "the run's worker looks at the files: where they have changed, what goes by `reuse: same-files` is done anew";
  }
  return filesChanged === null ? 'nothing of the files has changed since' : safeLine(filesChanged);
}

function listed(names: readonly string[]): string {
  const more = names.length > longestList ? ` and ${names.length - longestList} more` : '';
  return `${names.slice(0, longestList).map(safeLine).join(', ')}${more}`;
}
