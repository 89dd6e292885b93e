/* What events of worktrees and the merge train add up to. Pure: the state after an event is a new one. */
import type { CodingEventBody } from './coding-events.ts';

/** How far the work of a task has come on its way into the target branch. `ready`: its branch is there, nobody asked for more. */
type BranchStatus = 'working' | 'ready' | 'queued' | 'merged' | 'conflict' | 'rejected' | 'waiting' | 'removed';

/** The branch of a task. */
export interface BranchState {
  branch: string;
  base: string;
  /** What stands last: of its latest snapshot, or of what was queued or merged. */
  head: string | null;
  status: BranchStatus;
  /** Number of its latest snapshot; 0: none. */
  snapshots: number;
  /** The branch that it goes into; null: nobody said so yet. */
  into: string | null;
  /** Why it does not go in, or what is in its way; null: nothing. */
  reason: string | null;
  /** What its attempt alone may write now; null: nothing is leased. */
  lease: { folders: readonly string[]; files: readonly string[] } | null;
  /** Files that it changed as others did, by their tasks. */
  overlaps: Readonly<Record<string, readonly string[]>>;
}

/** A gate that ran; `duration` in ms. */
export type GateState = Omit<Extract<CodingEventBody, { type: 'merge:gate' }>, 'type'> & { at: string };

/** Branches by their tasks, and the latest gates, newest last. */
export interface CodingState {
  branches: Readonly<Record<string, BranchState>>;
  gates: readonly GateState[];
}

/** An event about coding, with when it was told (ISO 8601). */
export type CodingEvent = CodingEventBody & { at: string };

/** A run that has no branches. */
export const noCoding: CodingState = { branches: {}, gates: [] };

const mostGates = 50;

const kinds = ['worktree', 'lease', 'snapshot', 'merge', 'permission'];

/** Whether an event is one of these. */
export function isCodingEvent<Event extends { type: string }>(event: Event): event is Event & CodingEvent {
  return event.type.includes(':') && kinds.includes(event.type.split(':')[0]!);
}

/** The state after one more event. */
export function reduceCoding(state: CodingState, event: CodingEvent): CodingState {
  if (event.type === 'merge:gate') {
    const { type: _type, ...gate } = event;
    return { ...state, gates: [...state.gates, gate].slice(-mostGates) };
  }
  const before = state.branches[event.taskId] ?? unknown;
  if (event.type === 'worktree:removed' && before.head === null) {
    // Nothing was ever kept of it, so that there is no branch.
    const { [event.taskId]: _gone, ...branches } = state.branches;
    return { ...state, branches };
  }
  const after = { ...before, ...changeOf(before, event) };
  return { ...state, branches: { ...state.branches, [event.taskId]: after } };
}

const unknown: BranchState = {
  ...{ branch: '', base: '', head: null, status: 'working', snapshots: 0 },
  ...{ into: null, reason: null, lease: null, overlaps: {} },
};

function changeOf(before: BranchState, event: Exclude<CodingEvent, { type: 'merge:gate' }>): Partial<BranchState> {
  switch (event.type) {
    case 'worktree:created':
      return { branch: event.branch, base: event.base, status: 'working' };
    case 'worktree:removed':
      return { status: before.status === 'working' ? 'removed' : before.status, lease: null };
    case 'lease:granted':
      return { lease: { folders: event.folders, files: event.files } };
    case 'lease:released':
      return { lease: null };
    case 'lease:overlap':
      return { overlaps: { ...before.overlaps, [event.other]: event.files } };
    case 'snapshot:saved':
      return { head: event.commit, snapshots: event.n };
    case 'snapshot:restored':
      return { head: event.commit };
    case 'permission:requested':
    case 'permission:decided':
      return {};
    case 'merge:ready':
      return { branch: event.branch, head: event.commit, status: 'ready', reason: null };
    default:
      return { branch: event.branch, into: event.into, ...mergeOf(event) };
  }
}

type MergeEvent = Exclude<Extract<CodingEvent, { type: `merge:${string}`; taskId: string }>, { type: 'merge:ready' }>;

function mergeOf(event: MergeEvent): Partial<BranchState> {
  switch (event.type) {
    case 'merge:queued':
      return { status: 'queued', head: event.commit, reason: null };
    case 'merge:merged':
      return { status: 'merged', head: event.commit, reason: null };
    case 'merge:conflict':
      return {
        status: 'conflict',
        reason: `${event.isUnsettled ? 'conflict markers' : 'conflict'} in ${event.files.join(', ')}: ${toWords(event)}`,
      };
    case 'merge:rejected':
      return { status: 'rejected', reason: event.reason };
    case 'merge:waiting':
      return { status: 'waiting', reason: event.reason };
  }
}

function toWords({ to, into, branch, isUnsettled }: Extract<CodingEventBody, { type: 'merge:conflict' }>): string {
  if (to === 'author') return 'it went back to its author';
  if (to === 'merger') return 'it went to the merger';
  if (isUnsettled) return `take them out of ${branch} and commit that there, then merge it again`;
  return `merge ${into} into ${branch} by hand, then merge it again`;
}
