import type { RunView, TaskView } from '../run-view.ts';
import { formatCost, formatDuration, plural } from '../../domain/format.ts';
import { safeLine } from '../../domain/safe-text.ts';

const longestReason = 500;

/** Tasks by what became of them, the first two always counted: the title of a part, its sign, and whose statuses it has. */
const parts: readonly { title: string; sign: string; statuses: readonly string[] }[] = [
  { title: 'Completed', sign: '✅', statuses: ['succeeded', 'reused'] },
  { title: 'Failed', sign: '❌', statuses: ['failed'] },
  { title: 'Skipped', sign: '⏭️', statuses: ['skipped'] },
  { title: 'Cancelled or undone', sign: '↩️', statuses: ['cancelled', 'compensated'] },
  { title: 'Not ended', sign: '⏳', statuses: ['pending', 'ready', 'running', 'waiting'] },
];

/** A run as a report in Markdown: totals, and every task with who did it, how long, for how much, and why it failed. */
export function reportLines(view: RunView): string[] {
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
  ];
}

function taskLine(sign: string, [id, task]: [string, TaskView]): string {
  const { agent, member, durationMs, attempts, costUsd, uncountedCalls, error } = task;
  const who = [member, agent].flatMap((name) => (name ? [plain(name)] : [])).join(', ');
  const took = durationMs > 0 || attempts > 0 ? [formatDuration(durationMs), plural(attempts, 'attempt')] : [];
  const facts = [who, ...took, formatCost(costUsd, uncountedCalls)].filter((fact) => fact !== '');
  return `- ${sign} ${plain(id)} (${facts.join(' · ')})${error ? `: ${plain(error)}` : ''}`;
}

/** A text of somebody else as Markdown that looks as it was written. */
function plain(text: string): string {
  const line = safeLine(text);
  const short = line.length > longestReason ? `${line.slice(0, longestReason)}…` : line;
  return short.replace(/[\\`*[<]/g, (mark) => `\\${mark}`);
}
