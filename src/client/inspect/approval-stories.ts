import type { EventOf, RunEvent } from '../../domain/run/run-events.ts';

/** What was asked of people, and what they said. Times are ISO 8601. */
export interface ApprovalStory {
  id: string;
  what: string;
  /** The literal call, prompt or result that was asked about. */
  detail: string;
  /** Roles that may decide; empty: anybody. */
  by: string[];
  needed: number;
  askedAt: string;
  deadline: string | null;
  decisions: { decision: 'approve' | 'reject'; by: string; comment: string; edited: boolean; at: string }[];
  /** Nobody decided in time; null: somebody did, or there is time. */
  expired: 'halt' | 'deny' | 'approve' | null;
}

type ApprovalEvent = EventOf<'approval:requested' | 'approval:decided' | 'approval:expired'>;

/** Whether an event is of an approval. */
export function isApprovalEvent(event: RunEvent): event is ApprovalEvent {
  return ['approval:requested', 'approval:decided', 'approval:expired'].includes(event.type);
}

/** Approvals, in the order in which they were asked for. */
export function approvalStories(events: readonly ApprovalEvent[]): ApprovalStory[] {
  const stories = new Map<string, ApprovalStory>();
  for (const event of events) {
    const story = stories.get(event.approvalId);
    if (event.type === 'approval:requested') {
      const { approvalId: id, what, detail, by, needed, deadline, at: askedAt } = event;
      stories.set(id, { id, what, detail, by, needed, askedAt, deadline, decisions: [], expired: null });
    } else if (story && event.type === 'approval:decided') {
      const { decision, by, comment, edited, at } = event;
      story.decisions.push({ decision, by, comment, edited, at });
      Object.assign(story, event.now);
    } else if (story && event.type === 'approval:expired') story.expired = event.outcome;
  }
  return [...stories.values()];
}
