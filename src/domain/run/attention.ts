import type { LimitKey } from '../money/reached-limit.ts';
import { legacyLimit } from './legacy-words.ts';
import type { RunEvent, WaitCause } from './run-events.ts';

/** Something of a run that waits, as its events tell it. `since` and `deadline` are ISO 8601. */
export interface Attention {
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
  /** False while an agent sees to it. */
  isForPerson: boolean;
}

/** What waits, by key, oldest first. */
export type AttentionList = ReadonlyMap<string, Attention>;

/** What waits after one more event. Gives back the same list when nothing changed. */
export function reduceAttention(list: AttentionList, event: RunEvent): AttentionList {
  switch (event.type) {
    case 'task:waiting':
      return put(list, `wait:${event.taskId}:${event.cause}`, {
        ...base(event),
        id: null,
        cause: event.cause,
        what: event.detail,
        detail: event.detail,
        ...limitOf(event),
      });
    case 'task:resumed':
      return without(list, (_, key) => key.startsWith(`wait:${event.taskId}:`));
    case 'approval:requested':
      return put(list, event.approvalId, {
        ...{ ...base(event), id: event.approvalId, cause: 'approval', what: event.what, detail: event.detail },
        ...{ asks: event.by, needed: event.needed, deadline: event.deadline },
      });
    case 'approval:escalated':
      return change(list, event.approvalId, { asks: event.by });
    case 'approval:decided':
      return decided(list, event);
    case 'approval:expired':
      return without(list, (_, key) => key === event.approvalId);
    case 'blocker:raised':
      return put(list, event.blockerId, {
        ...{ ...base(event), id: event.blockerId, cause: 'blocker', what: event.detail, detail: event.detail },
        ...{ asks: event.asks === '' ? [] : [event.asks], isForPerson: event.asks === '' },
      });
    case 'blocker:resolved':
      return without(list, (_, key) => key === event.blockerId);
    case 'task:complete':
    case 'task:skipped':
    case 'task:reused':
    case 'task:error':
      return without(list, ({ taskId }) => taskId === event.taskId);
    default:
      return list;
  }
}

/** Which limit an event says is in the way. */
export function limitOf(told: { cause: WaitCause; detail: string; limit?: LimitKey }): Pick<Attention, 'limit'> {
  const limit = told.cause === 'budget' ? (told.limit ?? legacyLimit(told.detail)) : undefined;
  return limit ? { limit: { scope: limit.scope, unit: limit.unit } } : {};
}

function base({ at, taskId }: { at: string; taskId: string }): Omit<Attention, 'id' | 'cause' | 'what' | 'detail'> {
  const about = taskId === '' ? null : taskId;
  return { taskId: about, since: at, deadline: null, asks: [], approvedBy: [], needed: 1, isForPerson: true };
}

function decided(list: AttentionList, event: Extract<RunEvent, { type: 'approval:decided' }>): AttentionList {
  const open = list.get(event.approvalId);
  if (!open) return list;
  const before = event.now ? [] : open.approvedBy;
  const approvedBy = before.includes(event.by) ? before : [...before, event.by];
  const isOver = event.decision === 'reject' || approvedBy.length >= open.needed;
  return isOver
    ? without(list, (_, key) => key === event.approvalId)
    : change(list, event.approvalId, { approvedBy, ...event.now });
}

function put(list: AttentionList, key: string, value: Attention): AttentionList {
  return new Map(list).set(key, value);
}

function change(list: AttentionList, key: string, values: Partial<Attention>): AttentionList {
  const before = list.get(key);
  return before ? put(list, key, { ...before, ...values }) : list;
}

function without(list: AttentionList, leaves: (value: Attention, key: string) => boolean): AttentionList {
  const kept = [...list].filter(([key, value]) => !leaves(value, key));
  return kept.length === list.size ? list : new Map(kept);
}
