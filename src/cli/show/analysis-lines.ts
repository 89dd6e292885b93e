import type { PlanAnalysis } from '../../domain/analysis/plan-analysis.ts';
import { formatDuration, formatUsd, plural } from '../../domain/format.ts';
import { safeLine } from '../../domain/safe-text.ts';
import type { Colors } from '../base/terminal.ts';
import { wrap } from './wrap-words.ts';

const mostLines = 20;

/** What a plan will do, for people: waves, critical path, conflicts, ranges, what is undone, who is asked. */
export function analysisLines(
  analysis: PlanAnalysis,
  { columns: room, colors }: { columns: number; colors: Colors },
): string[] {
  const section = (title: string, lines: readonly string[]): string[] => {
    if (lines.length === 0) return [];
    const more = lines.length > mostLines ? [`  … and ${lines.length - mostLines} more (--json has all)`] : [];
    return ['', colors.bold(title), ...lines.slice(0, mostLines), ...more];
  };
  return [
    ...section('Waves', wavesOf(analysis, room)),
    ...section('Order', orderOf(analysis, room)),
    ...section('Tracks', tracksOf(analysis, room)),
    ...section('Critical path', [
      ...wrap(analysis.criticalPath.tasks, ' → ', { room, indent: '  ' }),
      ...(analysis.criticalPath.totalMs === null ? [] : [`  ${formatDuration(analysis.criticalPath.totalMs)}`]),
    ]),
    ...section('Expected', rangesOf(analysis)),
    ...section('Wait for each other because of files', conflictsOf(analysis, colors)),
    ...section('Asked for', asksOf(analysis)),
    ...section('Undone in this order, if it comes to that', undoOf(analysis)),
    ...section(
      'Not known yet',
      analysis.notes.map((note) => `  ${safeLine(note)}`),
    ),
  ];
}

function wavesOf({ waves }: PlanAnalysis, room: number): string[] {
  return waves.flatMap((tasks, index) => {
    const indent = `  ${String(index + 1).padStart(String(waves.length).length)}  `;
    return wrap(tasks, ', ', { room, indent });
  });
}

function orderOf({ crew: { independent, first, order }, waves }: PlanAnalysis, room: number): string[] {
  if (waves.length < 2 && independent.length === first.length) return [];
  const begin = first.map(({ task, member }) => (member === null ? task : `${task} (${member})`));
  return [
    ...wrap(independent, ', ', { room, indent: '  wait for nothing  ' }),
    ...wrap(begin, ', ', { room, indent: '  begin at once     ' }),
    ...wrap(order, ', ', { room, indent: '  in order          ' }),
  ];
}

function tracksOf({ crew: { tracks, anyTrack } }: PlanAnalysis, room: number): string[] {
  const lines = tracks.flatMap(({ track, tasks, longest, members }) => {
    const who = members.length === 0 ? 'whoever is idle' : members.join(', ');
    const head = `  ${safeLine(track)}: ${safeLine(who)} · ${plural(tasks.length, 'task')}`;
    return [head, ...wrap(longest, ' → ', { room, indent: '    longest way  ' })];
  });
  return anyTrack.length === 0 ? lines : [...lines, ...wrap(anyTrack, ', ', { room, indent: '  any task: ' })];
}

function rangesOf({ cost, duration, basis }: PlanAnalysis): string[] {
  const from = basis === 'history' ? 'from earlier runs' : 'from prices and limits: no earlier runs are known';
  const range = (low: string, high: string): string => (low === high ? low : `${low} to ${high}`);
  const dollars = range(formatUsd(cost.lowUsd), formatUsd(cost.highUsd));
  return [
    `  cost      ${cost.isUncounted ? (cost.highUsd > 0 ? `${dollars} + ?` : '?') : dollars}`,
    `  duration  ${range(formatDuration(duration.lowMs), formatDuration(duration.highMs))}`,
    `  (${from})`,
  ];
}

function conflictsOf({ conflicts, hasAllConflicts }: PlanAnalysis, colors: Colors): string[] {
  const lines = conflicts.map(({ tasks, globs }) => {
    const names = tasks.length === 1 ? `items of ${safeLine(tasks[0])}` : tasks.map(safeLine).join(' and ');
    const files = globs[0] === globs[1] ? safeLine(globs[0]) : `${safeLine(globs[0])} and ${safeLine(globs[1])}`;
    return `  ${colors.yellow('!')} ${names}: ${files}`;
  });
  return hasAllConflicts ? lines : [...lines, '  … there are more'];
}

function asksOf({ approvals, toolApprovals }: PlanAnalysis): string[] {
  const who = (by: readonly string[], needed: number): string => {
    const roles = by.length > 0 ? ` by ${by.map(safeLine).join(' or ')}` : '';
    return `${roles}${needed > 1 ? `, ${plural(needed, 'approval')}` : ''}`;
  };
  return [
    ...approvals.map(
      ({ task, at, by, needed, maybe }) =>
        `  ${safeLine(task)}: ${at === 'before' ? 'before it starts' : 'after it ended'}${who(by, needed)}${maybe ? ', if its condition holds' : ''}`,
    ),
    ...toolApprovals.map(({ tool, match, agents, by, needed }) => {
      const whose = agents.length > 0 ? ` of ${agents.map(safeLine).join(', ')}` : '';
      return `  calls${whose} of ${tool === '*' ? 'any tool' : safeLine(tool)}${match === null ? '' : ` like ${safeLine(match)}`}${who(by, needed)}`;
    }),
  ];
}

function undoOf({ compensations }: PlanAnalysis): string[] {
  return compensations.map(({ task, what }) => `  ${safeLine(task)}: ${safeLine(what)}`);
}
