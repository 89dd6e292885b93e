import type { CodingEventBody } from '../../domain/coding/coding-events.ts';
import type { EventOf } from '../../domain/run/run-events.ts';
import { formatDuration } from '../../domain/format.ts';
import type { LineView } from './event-parts.ts';
import { text } from './event-parts.ts';

interface Shown<Type extends CodingEventBody['type']> {
  line: (event: EventOf<Type>, view: LineView) => string | null;
  isWhole?: boolean;
}

const named = (files: readonly string[]): string =>
  files.length > 5 ? `${text(files.slice(0, 5).join(', '))} and ${files.length - 5} more` : text(files.join(', '));

const overlapWords = { go_on: 'both go on', wait: 'it waits', hand_over: 'it hands over' } as const;
const conflictWords = { author: 'goes back to its author', merger: 'goes to the merger', person: 'needs a person' };

/** How events of worktrees, leases, snapshots, the merge train and permissions are shown; null: they only move the live area. */
export const codingLines: { readonly [Type in CodingEventBody['type']]: Shown<Type> | null } = {
  'worktree:created': {
    line: ({ taskId, branch }, { colors }) => colors.dim(`  ${text(taskId)} works on ${text(branch)}`),
  },
  'worktree:removed': {
    line: ({ taskId, kept }, { colors }) =>
      kept === null
        ? null
        : colors.yellow(`! the worktree of ${text(taskId)} is gone, its work is kept in ${text(kept)}`),
    isWhole: true,
  },
  'lease:granted': null,
  'lease:released': null,
  'lease:overlap': {
    line: ({ taskId, other, files, decision }, { colors }) =>
      colors.yellow(`! ${text(taskId)} and ${text(other)} both change ${named(files)}: ${overlapWords[decision]}`),
    isWhole: true,
  },
  'snapshot:saved': null,
  'snapshot:restored': {
    line: ({ taskId, n, by }, { colors }) =>
      colors.yellow(`↶ files of ${text(taskId)} are as in its snapshot ${n}, by ${text(by)}`),
  },
  'merge:ready': null,
  'merge:queued': {
    line: ({ taskId, into }, { colors }) => colors.dim(`  ${text(taskId)} waits to go into ${text(into)}`),
  },
  'merge:gate': {
    line: ({ tasks, into, command, success, duration }, { colors }) => {
      const what = `gate ${text(command)} on ${text(tasks.join(', ') || into)}`;
      const took = colors.dim(formatDuration(duration));
      return success ? `${colors.green('✓')} ${what} ${took}` : `${colors.red('✗')} ${what} failed ${took}`;
    },
  },
  'merge:merged': {
    line: ({ taskId, into, commit }, { colors }) =>
      `${colors.green('✓')} ${text(taskId)} is in ${text(into)} ${colors.dim(commit.slice(0, 10))}`,
  },
  'merge:conflict': {
    line: ({ taskId, into, files, to, isUnsettled }, { colors }) => {
      const what = isUnsettled ? 'still has conflict markers' : `conflicts with ${text(into)}`;
      return colors.yellow(`! ${text(taskId)} ${what} in ${named(files)}: ${conflictWords[to]}`);
    },
    isWhole: true,
  },
  'merge:rejected': {
    line: ({ taskId, into, reason }, { colors }) =>
      colors.red(`✗ ${text(taskId)} does not go into ${text(into)}: ${text(reason)}`),
    isWhole: true,
  },
  'merge:waiting': {
    line: ({ taskId, into, reason }, { colors }) =>
      colors.yellow(`! ${text(taskId)} cannot go into ${text(into ?? 'a branch')} now: ${text(reason)}`),
    isWhole: true,
  },
  'permission:requested': {
    line: ({ taskId, tool, detail }) => `? ${text(taskId)} asks for ${text(tool)}: ${text(detail)}`,
    isWhole: true,
  },
  'permission:decided': {
    line: ({ taskId, outcome, by }, { colors }) =>
      by === 'policy' ? null : colors.dim(`  ${text(by)}: ${outcome} for ${text(taskId)}`),
  },
};
