import type { JsonValue } from '../domain/json.ts';
import type { Approval } from '../domain/plan/plan.ts';
import type { ReachedLimit } from '../domain/money/reached-limit.ts';
import type { WaitCause } from '../domain/run/run-events.ts';

/** Something that a task or the run waits for. `id` is unique within the run and what people answer to. */
export interface WaitRequest {
  id: string;
  taskId: string;
  cause: WaitCause;
  /** In one line. */
  what: string;
  /** The literal call, prompt, result or blocker; at most 2,000 characters. */
  detail: string;
  /** The limit in the way, with cause `budget`. */
  limit?: ReachedLimit;
  approval: Approval | null;
  /** With cause `blocker`: no manager answers it. */
  asksPerson?: true;
  /** ISO 8601: goes on by itself then. */
  until?: string;
}

/** How a {@link WaitRequest} came to an end. */
export interface WaitAnswer {
  id: string;
  outcome: 'approved' | 'denied' | 'answered' | 'halted';
  /** The answer's or comment's words. */
  text: string;
  by: string;
  edit?: JsonValue;
  /** Message whose text is the whole answer, when `text` is only its beginning. */
  head?: string;
}

/**
 * Answer of query `waiting`: what waits for somebody, oldest first. `edits`: how often people changed what is asked about, and `edit`: the last
 * change, whole; left out: nobody did.
 */
export type WaitingAnswer = (WaitRequest & {
  since: string;
  deadline: string | null;
  edits?: number;
  edit?: JsonValue;
})[];
