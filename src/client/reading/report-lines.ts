import type { BranchState, GateState } from '../../domain/coding/coding-state.ts';
import type { BranchDiff } from '../merge/run-branches.ts';
import type { RunView, TaskView } from '../run-view.ts';
import { formatCost, formatDuration, plural } from '../../domain/format.ts';
import { safeLine } from '../../domain/safe-text.ts';

const longestReason = 500;
const mostFiles = 10;
const mostGates = 20;

/** Tasks by what became of them, the first two always counted: the title of a part, its sign, and whose statuses it has. */
const parts: readonly { title: string; sign: string; statuses: readonly string[] }[] = [
  { title: 'Completed', sign: '✅', statuses: ['succeeded', 'reused'] },
  { title: 'Failed', sign: '❌', statuses: ['failed'] },
  { title: 'Skipped', sign: '⏭️', statuses: ['skipped'] },
  { title: 'Cancelled or undone', sign: '↩️', statuses: ['cancelled', 'compensated'] },
  { title: 'Not ended', sign: '⏳', statuses: ['pending', 'ready', 'running', 'waiting'] },
];

/** What a report says of branches besides how they stand: the latest gates, oldest first, and what was changed on those that could be compared. */
interface AboutBranches {
  gates: readonly GateState[];
  diffs: readonly BranchDiff[];
}

/**
 * A run as a report in Markdown: totals, every task with who did it, how long, for how much, and why it failed, and its branches with what
 * they change, the gates that they went through, and why they are not in.
 */
export function reportLines(view: RunView, about: AboutBranches = { gates: [], diffs: [] }): string[] {
  const { summary } = view;
  const tasks = Object.entries(view.tasks);
  const found = parts.map((part) => ({
    ...part,
    tasks: tasks.filter(([, { status }]) => part.statuses.includes(status)),
  }));
  const completed = found[0]!.tasks.length;
  const rate = tasks.length === 0 ? 0 : (completed / tasks.length) * 100;
  return [
    '# Multi-Agent Execution Report',
    '',
    `Run ${plain(view.runId)} of ${plain(view.workflow)}: ${plain(view.status)}${view.reason ? `, ${plain(view.reason)}` : ''}`,
    '',
    '## Summary',
    '',
    `- Total tasks: ${tasks.length}`,
    ...found.flatMap(({ title, tasks: { length } }, at) => (length > 0 || at < 2 ? [`- ${title}: ${length}`] : [])),
    `- Success rate: ${rate.toFixed(1)}%`,
    `- Started: ${view.startedAt}`,
    `- Ended: ${view.endedAt ?? 'not yet'}`,
    `- Duration: ${formatDuration(summary.totalDuration)}`,
    `- Cost: ${formatCost(summary.costUsd, summary.uncountedCalls)}, ${summary.totalTokens} tokens`,
    ...found.flatMap((part) =>
      part.tasks.length === 0
        ? []
        : ['', `## ${part.title}`, '', ...part.tasks.map((task) => taskLine(part.sign, task))],
    ),
    ...branchLines(view, about),
  ];
}

function branchLines({ branches = {} }: RunView, { gates, diffs }: AboutBranches): string[] {
  const all = Object.entries(branches);
  if (all.length === 0) return [];
  const merged = all.filter(([, { status }]) => status === 'merged').length;
  const lines = all.map((each) => branchLine(each, { gates, diff: diffs.find(({ task }) => task === each[0]) }));
  const ran = gates.slice(-mostGates).map(gateLine);
  return [
    ...['', '## Branches', '', `${merged} of ${all.length} merged`, '', ...lines],
    ...(ran.length === 0 ? [] : ['', '## Gates', '', ...ran]),
  ];
}

const branchSigns: Partial<Record<BranchState['status'], string>> = { merged: '✅', rejected: '❌', conflict: '❌' };

function branchLine(
  [task, { status, branch, into, reason }]: [string, BranchState],
  { gates, diff }: { gates: readonly GateState[]; diff: BranchDiff | undefined },
): string {
  const where = into === null ? '' : status === 'merged' ? ` into ${plain(into)}` : `, for ${plain(into)}`;
  const gate = gates.findLast(({ tasks }) => tasks.includes(task));
  const facts = [
    ...(branch === '' ? [] : [plain(branch)]),
    ...(diff ? [diff.whyNone === null ? filesText(diff) : plain(diff.whyNone)] : []),
    ...(gate ? [`gate ${code(gate.command)} ${gate.success ? 'passed' : 'failed'}`] : []),
  ];
  const why = reason === null ? '' : `: ${plain(reason)}`;
  return `- ${branchSigns[status] ?? '⏳'} ${plain(task)} ${status}${where} (${facts.join(' · ')})${why}`;
}

function filesText({ files }: BranchDiff): string {
  if (files.length === 0) return 'no file changed';
  const named = files.slice(0, mostFiles).map(({ path, added, removed }) => {
    return `${plain(path)}${added === null ? '' : ` +${added} -${removed ?? 0}`}`;
  });
  return `${named.join(', ')}${files.length > mostFiles ? ` and ${files.length - mostFiles} more` : ''}`;
}

function gateLine({ command, tasks, into, success, duration, output }: GateState): string {
  const what = `${code(command)} on ${plain(tasks.join(', ') || into)}`;
  const last = success ? '' : plain(output.trim().split('\n').slice(-3).join(' · '));
  const said = last === '' ? '' : `: ${last}`;
  return `- ${success ? '✅' : '❌'} ${what} (${formatDuration(duration)})${said}`;
}

function taskLine(sign: string, [id, task]: [string, TaskView]): string {
  const { agent, member, durationMs, attempts, costUsd, uncountedCalls, error } = task;
  const who = [member, agent].flatMap((name) => (name ? [plain(name)] : [])).join(', ');
  const took = durationMs > 0 || attempts > 0 ? [formatDuration(durationMs), plural(attempts, 'attempt')] : [];
  const facts = [who, ...took, formatCost(costUsd, uncountedCalls)].filter((fact) => fact !== '');
  return `- ${sign} ${plain(id)} (${facts.join(' · ')})${error ? `: ${plain(error)}` : ''}`;
}

function short(text: string): string {
  const line = safeLine(text);
  return line.length > longestReason ? `${line.slice(0, longestReason)}…` : line;
}

/** A command of somebody else as Markdown that can be copied: its fence is longer than any in it. */
function code(text: string): string {
  const line = short(text);
  const fence = '`'.repeat(1 + Math.max(0, ...[...line.matchAll(/`+/g)].map(([marks]) => marks.length)));
  const room = /^`|`$/.test(line) ? ' ' : '';
  return `${fence}${room}${line}${room}${fence}`;
}

/** A text of somebody else as Markdown that looks as it was written. */
function plain(text: string): string {
  return short(text).replace(/[\\`*[<]/g, (mark) => `\\${mark}`);
}
