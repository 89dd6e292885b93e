import { parseRequestId } from '../../domain/ids/request-id.ts';
import type { CarriedRequest } from '../../contracts/carried-run.ts';
import type { ApproveInput } from '../../contracts/control.ts';
import type { WaitRequest } from '../../contracts/waiting.ts';
import type { JsonValue } from '../../domain/json.ts';
import { toDetail } from '../../domain/run/wait-detail.ts';
import { legacyAsked } from '../../domain/run/legacy-words.ts';
import { plural } from '../../domain/format.ts';
import { refused } from '../base/failures.ts';

/** A request that begins to wait at `since` (ms since the epoch). */
export function openRequest(request: WaitRequest, since: number): CarriedRequest {
  const { approval } = request;
  const after = (ms: number | null | undefined): number | null => (ms === null || ms === undefined ? null : since + ms);
  return {
    request,
    since,
    deadline: request.until === undefined ? after(approval?.deadlineMs) : Date.parse(request.until),
    remindAt: after(approval?.remindMs),
    escalateAt: after(approval?.escalate?.afterMs),
    reminders: 0,
    approvals: [],
    roles: [...(approval?.by ?? [])],
    edits: 0,
    answer: null,
  };
}

/** A person changes what is asked about; the count of approvals begins anew. */
export function putInPlace(open: CarriedRequest, edit: JsonValue, by: string): void {
  const { request, edits } = open;
  const asked = open.asked ?? (edits > 0 ? legacyAsked(request.what) : request.what);
  const detail = toDetail(typeof edit === 'string' ? edit : JSON.stringify(edit));
  open.request = { ...request, what: `${asked}, changed by ${by.replaceAll(',', ' ')}`, detail };
  open.asked = asked;
  open.edit = edit;
  open.edits++;
  open.approvals = [];
}

/** Whether two edits come to the same. */
export function isSame(one: ApproveInput['edit'], other: ApproveInput['edit']): boolean {
  return JSON.stringify(one) === JSON.stringify(other);
}

/**
 * Refuses a yes to what has been changed since it was seen. Whoever changes it says with that what they approve.
 *
 * @throws ApplicationFailure
 */
export function checkSeen({ request, edits }: CarriedRequest, { id, decision, edit, seen }: ApproveInput): void {
  if (decision === 'reject' || edit !== undefined || seen === undefined || seen === edits) return;
  const times = plural(edits, 'time');
  throw refused(
    `${id} is now about ${request.what} (changed ${times}): look at it, then approve it with \`seen\` ${edits}`,
  );
}

/**
 * What a person may change: the prompt of a task that has not started, the input of a tool call.
 *
 * @throws ApplicationFailure when it is something else
 */
export function checkEdit(id: string, edit: ApproveInput['edit']): void {
  if (edit === undefined) return;
  const isObject = typeof edit === 'object' && edit !== null && !Array.isArray(edit);
  const kind = parseRequestId(id)?.kind;
  if (kind === 'before' && typeof edit !== 'string') throw refused('"edit" must be the new prompt, a text');
  if (kind === 'tool' && !isObject) throw refused('"edit" must be the tool call\'s new input, a JSON object');
  if (kind === 'question') throw refused('it can be approved or rejected, not edited');
  if (kind === 'after') throw refused('a result can be approved or rejected, not edited');
}
