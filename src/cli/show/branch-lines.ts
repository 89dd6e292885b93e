import type { CodingState } from '../../domain/coding/coding-state.ts';
import { supersededOf } from '../../domain/merge/superseded.ts';
import type { BranchEnd, RunResult } from '../../domain/run/run-result.ts';
import { safeLine } from '../../domain/safe-text.ts';
import type { Colors } from '../base/terminal.ts';

const shownTasks = 10;

/** How the branches of a run that goes on stand: how many are how far, and what is in the way of those that do not go on by themselves. */
export function openBranchLines(
  { coding, tasks }: { coding?: CodingState | undefined; tasks: ReadonlyMap<string, { status: string }> },
  colors: Colors,
): string[] {
  // Only work that succeeded has a branch in the end.
  const isOver = (id: string): boolean => ['failed', 'cancelled', 'skipped'].includes(tasks.get(id)?.status ?? '');
  const all = Object.entries(withoutSuperseded(coding?.branches ?? {})).filter(
    ([id, { status }]) => status !== 'working' || !isOver(id),
  );
  if (all.length === 0) return [];
  const counts = new Map<string, number>();
  for (const [, { status }] of all) counts.set(status, (counts.get(status) ?? 0) + 1);
  const facts = [...counts].map(([status, count]) => `${count} ${status}`);
  const troubled = all.filter(([, { reason, status }]) => reason !== null && status !== 'merged');
  return [
    '',
    `${all.length === 1 ? '1 branch' : `${all.length} branches`}: ${facts.join(', ')}`,
    ...troubled.map(([task, branch]) => leftLine([task, branch], colors)),
  ];
}

/** What became of the branches of a run that has ended, and what brings in those that are not. */
export function branchLines({ runId, branches = {} }: Pick<RunResult, 'runId' | 'branches'>, colors: Colors): string[] {
  const all = Object.entries(withoutSuperseded(branches));
  if (all.length === 0) return [];
  const left = all.filter(([, { status }]) => status !== 'merged');
  const ready = left.filter(([, { status }]) => status === 'ready');
  return [
    '',
    ...(left.length === 0 ? [colors.green(`✓ ${allWords(all.length)} merged${targetWords(all)}`)] : []),
    ...(ready.length === 0
      ? []
      : [`${ready.length === 1 ? '1 branch is' : `${ready.length} branches are`} ready: ${named(ready)}`]),
    ...left.filter((each) => !ready.includes(each)).map((each) => leftLine(each, colors)),
    ...(left.length === 0
      ? []
      : [`\`gaffer diff ${safeLine(runId)}\` shows the changes, \`gaffer merge ${safeLine(runId)}\` brings them in.`]),
  ];
}

/** Whether all that a run lacks are branches that are not merged: doing its tasks again would change nothing of that. */
export function lacksBranchesAlone({ status, tasks }: Pick<RunResult, 'status' | 'tasks'>): boolean {
  return status === 'partial' && Object.values(tasks).every((task) => ['succeeded', 'reused'].includes(task.status));
}

// One that is in is told of, whoever brought it.
function withoutSuperseded<Branch extends { status: string }>(
  branches: Record<string, Branch>,
): Record<string, Branch> {
  const superseded = supersededOf(Object.keys(branches));
  const kept = Object.entries(branches).filter(([id, { status }]) => status === 'merged' || !superseded.has(id));
  return Object.fromEntries(kept);
}

// Where all went the same way.
function targetWords(branches: readonly [string, BranchEnd][]): string {
  const [into, ...others] = new Set(branches.map(([, branch]) => branch.into));
  return into && others.length === 0 ? ` into ${safeLine(into)}` : '';
}

function allWords(count: number): string {
  return count === 1 ? 'Its branch is' : `All ${count} branches are`;
}

function leftLine(
  [task, { status, reason }]: [string, Pick<BranchEnd, 'reason'> & { status: string }],
  colors: Colors,
): string {
  const sign = status === 'rejected' ? colors.red('✗') : colors.yellow('!');
  return `${sign} the branch of ${safeLine(task)} is not merged, ${status}${reason === null ? '' : `: ${safeLine(reason)}`}`;
}

function named(branches: readonly [string, BranchEnd][]): string {
  const more = branches.length - shownTasks;
  const names = branches.slice(0, shownTasks).map(([task]) => safeLine(task));
  return `${names.join(', ')}${more > 0 ? ` and ${more} more` : ''}`;
}
