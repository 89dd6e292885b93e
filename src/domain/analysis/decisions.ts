import type { RunEvent } from '../run/run-events.ts';

/** What people, or time, decided in a run. `at` is ISO 8601. */
export interface ToldDecision {
  /** What was asked, as its answer names it; a change of limits has none. */
  id: string | null;
  /** Null: the run as a whole. */
  taskId: string | null;
  /** What was asked, in one line. */
  what: string;
  /** `expired`: nobody decided in time; `limits`: what the run may use was changed. */
  outcome: 'approved' | 'rejected' | 'answered' | 'expired' | 'limits';
  by: string;
  at: string;
  /** The comment or the answer; of what expired, what happened then. */
  text: string;
  edited: boolean;
}

/** Types of events that have to be read to know what was decided; the first ones only ask. */
export const decisionEvents = {
  asking: ['approval:requested', 'blocker:raised'],
  deciding: ['approval:decided', 'approval:expired', 'blocker:resolved', 'run:limits'],
} as const;

const afterwards = { halt: 'the run was stopped', deny: 'it counts as no', approve: 'it counts as yes' } as const;

/** What was decided, oldest first. */
export function decisionsOf(events: readonly RunEvent[]): ToldDecision[] {
  const asked = new Map<string, string>();
  return events.flatMap((event): ToldDecision[] => {
    if (event.type === 'approval:requested') asked.set(event.approvalId, event.what);
    if (event.type === 'blocker:raised') asked.set(event.blockerId, event.detail);
    const found = toDecision(event, asked);
    if (event.type === 'approval:decided' && event.now) asked.set(event.approvalId, event.now.what);
    return found ? [found] : [];
  });
}

function toDecision(event: RunEvent, asked: ReadonlyMap<string, string>): ToldDecision | null {
  const { at } = event;
  if (event.type === 'run:limits')
    return {
      id: null,
      taskId: null,
      what: 'limits',
      outcome: 'limits',
      by: event.by,
      at,
      text: event.detail,
      edited: false,
    };
  if (event.type === 'blocker:resolved') {
    const { blockerId: id, taskId, by, answer: text } = event;
    return { id, taskId, what: asked.get(id) ?? '', outcome: 'answered', by, at, text, edited: false };
  }
  if (event.type !== 'approval:decided' && event.type !== 'approval:expired') return null;
  const about = { id: event.approvalId, taskId: event.taskId, what: asked.get(event.approvalId) ?? '', at };
  if (event.type === 'approval:expired')
    return { ...about, outcome: 'expired', by: '', text: afterwards[event.outcome], edited: false };
  const { decision, by, comment: text, edited } = event;
  return { ...about, outcome: decision === 'approve' ? 'approved' : 'rejected', by, text, edited };
}
