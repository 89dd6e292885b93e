import type { CodingOutlook } from '../../domain/analysis/coding-outlook.ts';
import { mergeDefaults, type OverlapPolicy, type PlanMerge } from '../../domain/coding/isolation.ts';
import { plural } from '../../domain/format.ts';
import type { Plan, PlanTask } from '../../domain/plan/plan.ts';
import type { Colors } from '../base/terminal.ts';
import { wrap } from './wrap-words.ts';

type Line = readonly [title: string, words: readonly string[], separator: string];

const mostTasks = 20;
const overlapWords: Readonly<Record<OverlapPolicy, string>> = {
  go_on: 'both are told and go on',
  wait: 'the later one in the plan waits',
  hand_over: 'the later one in the plan leaves them to the other',
};

/** Where tasks of a plan work, what they may write, what is believed of them, and how their branches become one; nothing where all work in the folder itself. */
export function codingPlanLines(
  plan: Plan,
  coding: CodingOutlook | undefined,
  { columns, colors }: { columns: number; colors: Colors },
): string[] {
  const sections: [string, Line[]][] = [
    ['Works apart', coding ? placesOf(plan, coding) : []],
    ['Looked at when an agent says that it is done', checksOf(plan)],
    ['Merge', coding ? mergeOf(plan.merge) : []],
  ];
  return sections.flatMap(([title, lines]) => {
    const width = Math.max(0, ...lines.map(([word]) => word.length));
    const shown = lines.flatMap(([word, words, separator]) =>
      wrap(words, separator, { room: columns, indent: `  ${word.padEnd(width)}  ` }),
    );
    return shown.length === 0 ? [] : ['', colors.bold(title), ...shown];
  });
}

function placesOf({ isolation = {}, tasks }: Plan, { worksIn, leases }: CodingOutlook): Line[] {
  const { worktree, copy, shared } = worksIn;
  const scoped = tasks.filter(({ filesScope }) => filesScope.length > 0).map(({ id }) => id);
  const canMeet = [...worktree, ...copy].filter((id) => !scoped.includes(id)).length > 1;
  const lines: Line[] = [
    ['in a worktree each', worktree, ', '],
    ['in a copy each', copy, ', '],
    ['in the folder itself', shared, ', '],
    [
      'may write only',
      // What is narrower than a folder is looked at in the end.
      leases.map(({ task }) => {
        const scope = tasks.find(({ id }) => id === task)?.filesScope ?? [];
        return `${task}: ${scope.map((glob) => glob.replace(/\/\*\*$/, '/')).join(', ')}`;
      }),
      '; ',
    ],
    ['each gets a copy of', isolation.share ?? [], ', '],
    ['put back if failed', tasks.filter(({ restores }) => restores).map(({ id }) => id), ', '],
    ['same files changed', canMeet ? [overlapWords[isolation.onOverlap ?? 'go_on']] : [], ' '],
  ];
  return lines.filter(([, words]) => words.length > 0);
}

function checksOf({ tasks }: Plan): Line[] {
  const checked = tasks.filter(({ checks }) => checks?.expectsChanges || (checks?.commands ?? []).length > 0);
  const lines = checked.slice(0, mostTasks).map((task): Line => [task.id, checkWords(task), ' ']);
  const more = checked.length - mostTasks;
  return more > 0 ? [...lines, ['…', [`and ${more} more (--json has all)`], ' ']] : lines;
}

function checkWords({ checks: { expectsChanges = false, commands = [] } = {} }: PlanTask): string[] {
  const all = [...(expectsChanges ? ['files have changed'] : []), ...commands];
  return all.join('; ').split(' ');
}

function mergeOf({ auto, into, gates, attempts, merger }: PlanMerge = noMerge): Line[] {
  const target = into ?? 'the branch that is checked out when the run begins';
  const when = auto
    ? `each when its task has succeeded, into ${target}`
    : `branches are left: \`gaffer merge RUN\` brings them into ${target}`;
  const last = merger === undefined ? 'a person' : `${merger}, then to a person`;
  const back = attempts === 0 ? `to ${last}` : `to its author, ${plural(attempts, 'time')} at most, then to ${last}`;
  return [
    ['branches', when.split(' '), ' '],
    ...gates.map((gate): Line => ['gate', gate.split(' '), ' ']),
    ...(auto ? [['conflict', back.split(' '), ' '] as const] : []),
  ];
}

const noMerge: PlanMerge = { auto: false, into: null, gates: [], attempts: mergeDefaults.attempts };
