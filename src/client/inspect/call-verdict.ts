import type { ToolUseBlock } from '../../domain/conversation/conversation.ts';
import type { StepKey } from '../../domain/ids/journal-key.ts';
import { toRequestId } from '../../domain/ids/request-id.ts';
import type { RunEvent } from '../../domain/run/run-events.ts';
import type { ApprovalStory } from './approval-stories.ts';

/** What became of the question whether a call may run. */
export type Verdict =
  /** No rule stands against it. */
  | { kind: 'allowed' }
  /** People were asked, and said yes or no, or nothing in time. */
  | { kind: 'approved' | 'rejected' | 'expired' | 'asked'; approval: ApprovalStory }
  /** A rule forbids it. */
  | { kind: 'denied' };

/** What became of it, as the approvals of its attempt (by their ids) and the event of its end tell it. */
export function verdictOf(
  approvals: ReadonlyMap<string, ApprovalStory>,
  step: StepKey,
  use: ToolUseBlock,
  ended: RunEvent | undefined,
): Verdict {
  const approval = approvals.get(toRequestId({ kind: 'tool', ...step, toolUseId: use.id }));
  const isRefused = ended?.type === 'tool:result' && ended.isRefused === true;
  if (!approval) return { kind: isRefused ? 'denied' : 'allowed' };
  if (approval.decisions.some(({ decision }) => decision === 'reject')) return { kind: 'rejected', approval };
  if (approval.expired !== null) return { kind: 'expired', approval };
  return { kind: approval.decisions.length >= approval.needed ? 'approved' : 'asked', approval };
}
