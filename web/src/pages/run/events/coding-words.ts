import type { CodingEvent } from '../../../../../src/domain/coding/coding-state.ts';
import { formatDuration, plural } from '../../../../../src/domain/format.ts';

const overlapWords = { go_on: 'both go on', wait: 'it waits', hand_over: 'it hands over' };
const conflictWords = {
  author: 'it goes back to its author',
  merger: 'it goes to the merger',
  person: 'it needs a person',
};

/** What is told of worktrees, leases, snapshots, the merge train and permissions, in one line; null: it says all that it has. */
export function codingWords(event: CodingEvent): string | null {
  switch (event.type) {
    case 'worktree:created':
      return `works on ${event.branch}`;
    case 'worktree:removed':
      return `its worktree is gone${event.kept === null ? '' : `, its work is kept in ${event.kept}`}`;
    case 'lease:granted':
      return `alone may write ${(event.folders.length > 0 ? event.folders.map((folder) => `${folder}/`) : event.files).join(', ') || 'its worktree'}`;
    case 'lease:released':
      return 'gave its lease back';
    case 'lease:overlap':
      return `${event.other} changed ${event.files.join(', ')}, too: ${overlapWords[event.decision]}`;
    case 'snapshot:saved':
      return `snapshot ${event.n}, ${plural(event.files, 'file')} changed`;
    case 'snapshot:restored':
      return `files are as in snapshot ${event.n}, by ${event.by}`;
    case 'merge:ready':
      return `${event.branch} is ready`;
    case 'merge:queued':
      return `waits to go into ${event.into}`;
    case 'merge:gate':
      return `${event.command} ${event.success ? 'passed' : 'failed'} on ${event.tasks.join(', ') || event.into} after ${formatDuration(event.duration)}`;
    case 'merge:merged':
      return `is in ${event.into} as ${event.commit.slice(0, 10)}`;
    case 'merge:conflict':
      return `${event.isUnsettled ? 'still has conflict markers' : `conflicts with ${event.into}`} in ${event.files.join(', ')}: ${conflictWords[event.to]}`;
    case 'merge:rejected':
      return `does not go into ${event.into}: ${event.reason}`;
    case 'merge:waiting':
      return `cannot go into ${event.into ?? 'a branch'} now: ${event.reason}`;
    case 'permission:requested':
      return `asks for ${event.tool}: ${event.detail}`;
    case 'permission:decided':
      return `${event.outcome} by ${event.by}${event.edited ? ', edited' : ''}`;
    default:
      return null;
  }
}
