import type { LimitKey } from '../money/reached-limit.ts';
import { legacyLimit } from './legacy-words.ts';
import type { EventOf, RunEvent, WaitCause } from './run-events.ts';

/** Something of a run that waits, as its events tell it. `since` and `deadline` are ISO 8601. */
export interface Wait {
  /** What an answer names; null: it goes on with `resume`. */
  id: string | null;
  cause: WaitCause;
  /** Null: the run as a whole. */
  taskId: string | null;
  /** In one line. */
  what: string;
  detail: string;
  /** Which limit has to be raised; not there: none, or nobody knows. */
  limit?: LimitKey;
  since: string;
  deadline: string | null;
  /** Roles that may decide, or who was asked for help; empty: anybody. */
  asks: readonly string[];
  /** Who has approved so far, of `needed`. */
  approvedBy: readonly string[];
  needed: number;
  /** How often people changed what is asked about; not there: never. */
  edits?: number;
  /** False while agents see to it. */
  isForPerson: boolean;
}

/** What waits, by key, oldest first. */
export type WaitList = ReadonlyMap<string, Wait>;

interface Change<Type extends RunEvent['type']> {
  /** Whether something may begin to wait with it. */
  begins?: boolean;
  apply: (list: WaitList, event: EventOf<Type>) => WaitList;
}

const ofTask: Change<'task:complete' | 'task:skipped' | 'task:reused' | 'task:error'> = {
  apply: (list, event) => without(list, ({ taskId }) => taskId === event.taskId),
};

/** What every event changes in what waits; null: nothing. */
const changes: { readonly [Type in RunEvent['type']]: Change<Type> | null } = {
  'task:waiting': {
    begins: true,
    apply: (list, event) => put(list, `wait:${event.taskId}:${event.cause}`, waitOf(event)),
  },
  'task:resumed': { apply: (list, event) => without(list, (_, key) => key.startsWith(`wait:${event.taskId}:`)) },
  'approval:requested': {
    begins: true,
    apply: (list, event) => put(list, event.approvalId, approvalOf(event)),
  },
  'approval:escalated': { apply: (list, event) => change(list, event.approvalId, { asks: event.by }) },
  'approval:decided': { apply: decided },
  'approval:expired': { apply: (list, event) => without(list, (_, key) => key === event.approvalId) },
  'blocker:raised': {
    begins: true,
    apply: (list, event) => put(list, event.blockerId, blockerOf(event)),
  },
  'blocker:resolved': { apply: (list, event) => without(list, (_, key) => key === event.blockerId) },
  'task:complete': ofTask,
  'task:skipped': ofTask,
  'task:reused': ofTask,
  'task:error': ofTask,
  'approval:reminder': null,
  'workflow:start': null,
  'workflow:complete': null,
  'workflow:results': null,
  'workflow:error': null,
  'phase:start': null,
  'phase:complete': null,
  'wave:start': null,
  'wave:complete': null,
  'task:added': null,
  'task:assigned': null,
  'task:start': null,
  'task:expanded': null,
  'agent:invoke': null,
  'context:pruned': null,
  'context:notes': null,
  'agent:answer': null,
  'agent:broken': null,
  'tool:call': null,
  'tool:result': null,
  'message:sent': null,
  'message:delivered': null,
  'worktree:created': null,
  'worktree:removed': null,
  'lease:granted': null,
  'lease:released': null,
  'lease:overlap': null,
  'snapshot:saved': null,
  'snapshot:restored': null,
  'merge:ready': null,
  'merge:queued': null,
  'merge:gate': null,
  'merge:merged': null,
  'merge:conflict': null,
  'merge:rejected': null,
  'merge:waiting': null,
  'permission:requested': null,
  'permission:decided': null,
  'checkpoint:saved': null,
  'checkpoint:error': null,
  'compensation:start': null,
  'compensation:complete': null,
  'compensation:error': null,
  // The run as a whole waits: see `waitsOf`.
  'run:paused': null,
  'run:waiting': null,
  'run:resumed': null,
  'run:limits': null,
  'run:priority': null,
  'run:log': null,
  'run:cancelled': null,
  'run:rolled-back': null,
  'run:merged': null,
  'run:evaluated': null,
  'issue:created': null,
  'issue:claimed': null,
  'issue:blocked': null,
  'issue:unblocked': null,
  'issue:closed': null,
  'state:set': null,
  'budget:warning': null,
  'budget:exceeded': null,
};

/** Types of events with which something begins to wait, and all that have to be read to know what waits. */
export const waitEvents = {
  beginning: typesWhere((found) => found?.begins === true),
  all: typesWhere((found) => found !== null),
};

function typesWhere(wanted: (found: { begins?: boolean } | null) => boolean): string[] {
  return Object.entries(changes).flatMap(([type, found]) => (wanted(found) ? [type] : []));
}

/** What waits after one more event. Gives back the same list when nothing changed. */
export function reduceWaits(list: WaitList, event: RunEvent): WaitList {
  // A story may have events of a later version.
  const found = Object.hasOwn(changes, event.type) ? (changes[event.type] as Change<RunEvent['type']> | null) : null;
  return found ? found.apply(list, event) : list;
}

function waitOf(event: EventOf<'task:waiting'>): Wait {
  const { cause, detail } = event;
  const byItself = cause === 'crew' ? { isForPerson: false } : {};
  return { ...base(event), id: null, cause, what: detail, detail, ...limitOf(event), ...byItself };
}

function approvalOf(event: EventOf<'approval:requested'>): Wait {
  const { approvalId: id, what, detail, by: asks, needed, deadline } = event;
  return { ...base(event), id, cause: 'approval', what, detail, asks, needed, deadline };
}

function blockerOf(event: EventOf<'blocker:raised'>): Wait {
  const { blockerId: id, detail, asks } = event;
  const asked = { asks: asks === '' ? [] : [asks], isForPerson: asks === '' };
  return { ...base(event), id, cause: 'blocker', what: detail, detail, ...asked };
}

/** Which limit an event says is in the way. */
export function limitOf(told: { cause: WaitCause; detail: string; limit?: LimitKey }): Pick<Wait, 'limit'> {
  const limit = told.cause === 'budget' ? (told.limit ?? legacyLimit(told.detail)) : undefined;
  return limit ? { limit: { scope: limit.scope, unit: limit.unit } } : {};
}

function base({ at, taskId }: { at: string; taskId: string }): Omit<Wait, 'id' | 'cause' | 'what' | 'detail'> {
  const about = taskId === '' ? null : taskId;
  return { taskId: about, since: at, deadline: null, asks: [], approvedBy: [], needed: 1, isForPerson: true };
}

function decided(list: WaitList, event: EventOf<'approval:decided'>): WaitList {
  const open = list.get(event.approvalId);
  if (!open) return list;
  const before = event.now ? [] : open.approvedBy;
  const approvedBy = before.includes(event.by) ? before : [...before, event.by];
  const isOver = event.decision === 'reject' || approvedBy.length >= open.needed;
  return isOver
    ? without(list, (_, key) => key === event.approvalId)
    : change(list, event.approvalId, {
        approvedBy,
        ...event.now,
        ...(event.edited && { edits: (open.edits ?? 0) + 1 }),
      });
}

function put(list: WaitList, key: string, value: Wait): WaitList {
  return new Map(list).set(key, value);
}

function change(list: WaitList, key: string, values: Partial<Wait>): WaitList {
  const before = list.get(key);
  return before ? put(list, key, { ...before, ...values }) : list;
}

function without(list: WaitList, leaves: (value: Wait, key: string) => boolean): WaitList {
  const kept = [...list].filter(([key, value]) => !leaves(value, key));
  return kept.length === list.size ? list : new Map(kept);
}
