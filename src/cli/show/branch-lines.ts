import type { CodingState } from '../../domain/coding/coding-state.ts';
import type { BranchEnd, RunResult } from '../../domain/run/run-result.ts';
import { safeLine } from '../../domain/safe-text.ts';
import type { Colors } from '../base/terminal.ts';

const shownTasks = 10;

/** What became of the branches of a run that has ended, and what brings in those that are not. `coding`: how they stand since then. */
export function branchLines(
  { runId, branches = {} }: Pick<RunResult, 'runId' | 'branches'>,
  { coding, colors }: { coding?: CodingState | undefined; colors: Colors },
): string[] {
  const all = Object.entries(branches);
  if (all.length === 0) return [];
  const isMerged = ([task, { status }]: [string, BranchEnd]): boolean =>
    status === 'merged' || coding?.branches[task]?.status === 'merged';
  const left = all.filter((each) => !isMerged(each));
  const ready = left.filter(([, { status }]) => status === 'ready');
  const since = all.filter((each) => isMerged(each) && each[1].status !== 'merged');
  return [
    '',
    ...(left.length === 0 ? [colors.green(`✓ ${allWords(all.length)} merged`)] : []),
    ...(since.length === 0 ? [] : [`Merged since the run ended: ${named(since)}`]),
    ...(ready.length === 0
      ? []
      : [`${ready.length === 1 ? '1 branch is' : `${ready.length} branches are`} ready: ${named(ready)}`]),
    ...left.filter((each) => !ready.includes(each)).map((each) => leftLine(each, colors)),
    ...(left.length === 0
      ? []
      : [`\`gaffer diff ${safeLine(runId)}\` shows the changes, \`gaffer merge ${safeLine(runId)}\` brings them in.`]),
  ];
}

function allWords(count: number): string {
  return count === 1 ? 'Its branch is' : `All ${count} branches are`;
}

function leftLine([task, { status, reason }]: [string, BranchEnd], colors: Colors): string {
  const sign = status === 'rejected' ? colors.red('✗') : colors.yellow('!');
  return `${sign} the branch of ${safeLine(task)} is not merged, ${status}${reason === null ? '' : `: ${safeLine(reason)}`}`;
}

function named(branches: readonly [string, BranchEnd][]): string {
  const more = branches.length - shownTasks;
  const names = branches.slice(0, shownTasks).map(([task]) => safeLine(task));
  return `${names.join(', ')}${more > 0 ? ` and ${more} more` : ''}`;
}
