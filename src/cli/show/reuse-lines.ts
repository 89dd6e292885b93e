import type { PlannedReuse } from '../../client/start/from-run.ts';
import { formatUsd, plural } from '../../domain/format.ts';
import type { Plan } from '../../domain/plan/plan.ts';
import type { RunState } from '../../domain/run/run-state.ts';
import { safeLine } from '../../domain/safe-text.ts';
import type { Colors } from '../base/terminal.ts';

const longestList = 12;

/** What a new run will take over, for people: what is reused and what that saves, and what is done anew. */
export function reuseLines(
  plan: Plan,
  planned: readonly PlannedReuse[],
  { state, colors }: { state: RunState; colors: Colors },
): string[] {
  const reused = new Set(planned.map(({ task }) => task));
  const anew = plan.tasks.filter(({ id }) => !reused.has(id)).map(({ id }) => id);
  const saved = planned.reduce((sum, { from }) => sum + (state.tasks.get(from)?.costUsd ?? 0), 0);
  const money = saved > 0 ? ` (${formatUsd(saved)} was paid for that before)` : '';
  return [
    ...(reused.size > 0 ? [`${colors.green('=')} reused${money}: ${listed(planned.map(({ id }) => id))}`] : []),
    ...(anew.length > 0
      ? [`${colors.cyan('●')} done anew, unless all that they read comes out the same: ${listed(anew)}`]
      : []),
    `${plural(plan.tasks.length, 'task')}: ${reused.size} reused, ${anew.length} to do`,
  ];
}

function listed(names: readonly string[]): string {
  const more = names.length > longestList ? ` and ${names.length - longestList} more` : '';
  return `${names.slice(0, longestList).map(safeLine).join(', ')}${more}`;
}
