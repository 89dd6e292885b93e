/*
 * W1 A request is answered once. The same answer again changes nothing; another one is refused, with who decided when.
 * W2 A timeout is told as a timeout, never as somebody's answer.
 * W3 Only people decide here: what an agent says does not reach this file.
 * W4 Who approves, approves what stands there: an edit begins the count of approvals anew, and who says what they saw (`seen`) is refused when it
 *    is something else by now.
 */
import { condition } from '@temporalio/workflow';
import type { CarriedRequest, CarriedRoom } from '../../contracts/carried-run.ts';
import type { AnswerInput, ApproveInput } from '../../contracts/control.ts';
import type { WaitAnswer, WaitingAnswer, WaitRequest } from '../../contracts/waiting.ts';
import { isBlank } from '../../domain/blank-text.ts';
import { byTime } from '../../domain/run/long-wait.ts';
import type { RunEventDraft, WaitCause } from '../../domain/run/run-events.ts';
import { toSummary } from '../base/cosmetics.ts';
import { refused } from '../base/failures.ts';
import { checkEdit, checkSeen, isSame, openRequest, putInPlace } from './waiting-request.ts';

/** Decisions that the next execution of a run still knows, newest ones. */
const mostClosed = 200;

const emptyAnswer = 'an answer needs "id" and a "text" that says something';

interface ClosedRequest {
  answer: WaitAnswer;
  at: number;
}

/** What the run waits for, and how that ends. */
export class WaitingRoom {
  readonly #open = new Map<string, CarriedRequest>();
  /** Of those, what nobody has asked for again since the run went on as new. */
  readonly #unclaimed = new Map<string, CarriedRequest>();
  readonly #closed = new Map<string, ClosedRequest>();
  readonly #emit: (event: RunEventDraft) => void;
  readonly #onNews: () => void;

  /** @param onNews told when time alone made something happen, so that it is written at once */
  constructor(emit: (event: RunEventDraft) => void, onNews: () => void) {
    this.#emit = emit;
    this.#onNews = onNews;
  }

  get size(): number {
    return this.#open.size - this.#unclaimed.size;
  }

  /** Everything that is open, and the newest decisions. */
  toJSON(): CarriedRoom {
    const open = [...this.#open.values()].filter(({ request }) => !this.#unclaimed.has(request.id));
    return { open, closed: [...this.#closed].slice(-mostClosed) };
  }

  /** Takes up what an earlier execution of the run waited for; whoever waited asks again, and nobody is told twice. */
  restore({ open, closed }: CarriedRoom): void {
    for (const request of open) {
      this.#open.set(request.request.id, request);
      this.#unclaimed.set(request.request.id, request);
    }
    for (const [id, answer] of closed) this.#closed.set(id, answer);
  }

  /** Drops what an earlier execution's task waited for and nobody asks for again. */
  forget(taskId: string): void {
    for (const [id, { request }] of this.#unclaimed) {
      if (request.taskId !== taskId) continue;
      this.#unclaimed.delete(id);
      this.#open.delete(id);
    }
  }

  /** Whether all who waited in an earlier execution have asked again. */
  get isClaimed(): boolean {
    return this.#unclaimed.size === 0;
  }

  /** Whether somebody asked for it before, in an earlier execution of the run. */
  isKnown(id: string): boolean {
    return this.#unclaimed.has(id);
  }

  /** Whether something waits for one of these. */
  has(causes: readonly WaitCause[]): boolean {
    return [...this.#open.values()].some(({ request }) => causes.includes(request.cause));
  }

  /** What waits, oldest first. */
  list(): WaitingAnswer {
    return [...this.#open.values()].map(({ request, since, deadline, edits, edit }) => ({
      ...request,
      ...(edits > 0 && edit !== undefined && { edits, edit }),
      since: new Date(since).toISOString(),
      deadline: deadline === null ? null : new Date(deadline).toISOString(),
    }));
  }

  /** Waits until somebody answers, or until the request's own deadline decides. */
  async ask(request: WaitRequest): Promise<WaitAnswer> {
    const known = this.#unclaimed.get(request.id);
    this.#unclaimed.delete(request.id);
    const open = known ?? openRequest(request, Date.now());
    this.#open.set(request.id, open);
    if (!known) this.#tell(open);
    try {
      await this.#untilAnswered(open);
      const answer = open.answer!;
      this.#closed.set(request.id, { answer, at: Date.now() });
      return answer;
    } finally {
      this.#open.delete(request.id);
    }
  }

  /** @throws ApplicationFailure when nobody asks for it (any more), or not this person (W1) */
  checkApprove(input: ApproveInput): void {
    if (typeof input?.id !== 'string' || !['approve', 'reject'].includes(input.decision)) {
      throw refused('an approval needs "id" and "decision": "approve" or "reject"');
    }
    if (this.#isRepeated(input.id, input.decision === 'approve' ? 'approved' : 'denied', input.edit)) return;
    const open = this.#find(input.id);
    const { request, roles, answer } = open;
    if (answer) throw refused(alreadyDecided(input.id, { answer, at: Date.now() }));
    if (request.cause !== 'approval') throw refused(`${input.id} asks for an answer, not for an approval`);
    checkEdit(request.id, input.edit);
    if (roles.length > 0 && !roles.includes(input.role ?? '')) {
      const asked = input.role === undefined ? '' : `, not by ${String(input.role).slice(0, 60)}`;
      throw refused(`${input.id} is decided by ${roles.join(' or ')}${asked}: say in which role you decide`);
    }
    checkSeen(open, input);
  }

  /** Counts a decision. @returns what is still missing */
  approve({ id, decision, by = 'somebody', comment = '', edit }: ApproveInput): { decided: boolean; missing: number } {
    const open = this.#open.get(id);
    if (!open || open.answer) return { decided: true, missing: 0 };
    const { taskId, approval } = open.request;
    const isEdit = decision === 'approve' && edit !== undefined && !isSame(edit, open.edit);
    if (isEdit) putInPlace(open, edit!, by);
    if (decision === 'approve' && !open.approvals.includes(by)) open.approvals.push(by);
    const missing = decision === 'reject' ? 0 : Math.max(0, (approval?.needed ?? 1) - open.approvals.length);
    const { what, detail } = open.request;
    const told = {
      approvalId: id,
      taskId,
      decision,
      by,
      comment,
      edited: isEdit,
      ...(isEdit && { now: { what, detail } }),
    };
    const key = `decided/${id}/${by}${open.edits > 0 ? `/${open.edits}` : ''}`;
    this.#emit({ key, type: 'approval:decided', ...told });
    if (missing > 0) return { decided: false, missing };
    const outcome = decision === 'approve' ? ('approved' as const) : ('denied' as const);
    open.answer = { id, outcome, text: comment, by, ...(open.edit !== undefined && { edit: open.edit }) };
    return { decided: true, missing: 0 };
  }

  /** @throws ApplicationFailure when nobody asks for it (any more) (W1) */
  checkAnswer(input: AnswerInput): void {
    if (typeof input?.id !== 'string' || typeof input.text !== 'string' || input.text.trim() === '') {
      throw refused(emptyAnswer);
    }
    // A decision's comment may have the same words, and is no answer.
    const isSaid = (answer: WaitAnswer): boolean => answer.outcome === 'answered' && answer.text === input.text;
    const closed = this.#closed.get(input.id);
    if (closed && isSaid(closed.answer)) return;
    const { request, answer } = this.#find(input.id);
    if (answer && !isSaid(answer)) throw refused(alreadyDecided(input.id, { answer, at: Date.now() }));
    if (request.cause !== 'blocker') throw refused(`${input.id} asks for an approval, not for an answer`);
  }

  /** @throws ApplicationFailure when nothing of it can be seen */
  checkText(text: string): void {
    if (isBlank(text)) throw refused(emptyAnswer);
  }

  answer({ id, text, by = 'somebody' }: AnswerInput): void {
    this.#close(id, { id, outcome: 'answered', text, by });
  }

  /** Ends every wait of these causes: a limit was raised, a provider is trusted again. */
  release(causes: readonly WaitCause[], by: string): void {
    for (const [id, { request }] of this.#open) {
      if (causes.includes(request.cause)) this.#close(id, { id, outcome: 'answered', text: '', by });
    }
  }

  #close(id: string, answer: WaitAnswer): void {
    const open = this.#open.get(id);
    if (!open || open.answer) return;
    open.answer = answer;
    const { cause, taskId } = open.request;
    if (cause === 'blocker') {
      const told = { blockerId: id, taskId, by: answer.by, answer: answer.text };
      this.#emit({ key: `resolved/${id}`, type: 'blocker:resolved', ...told });
    } else {
      this.#emit({ key: `resumed/${id}/${open.since}`, type: 'task:resumed', taskId });
    }
  }

  #tell({ request, deadline, roles, since }: CarriedRequest): void {
    const { id, taskId, cause, what, detail, limit, approval } = request;
    if (cause === 'approval') {
      const due = deadline === null ? null : new Date(deadline).toISOString();
      const told = { approvalId: id, taskId, what, detail, by: [...roles], needed: approval?.needed ?? 1 };
      this.#emit({ key: `asked/${id}`, type: 'approval:requested', ...told, deadline: due });
    } else if (cause === 'blocker') {
      const told = { blockerId: id, taskId, agentName: '', detail, asks: '' };
      this.#emit({ key: `asked/${id}`, type: 'blocker:raised', ...told });
    } else {
      this.#emit({
        key: `waiting/${id}/${since}`,
        type: 'task:waiting',
        taskId,
        cause,
        detail,
        ...(limit && { limit }),
      });
    }
  }

  async #untilAnswered(open: CarriedRequest): Promise<void> {
    const { id, taskId, approval } = open.request;
    while (open.answer === null) {
      const times = [open.remindAt, open.escalateAt, open.deadline].filter((at) => at !== null);
      const next = Math.min(...times, Infinity);
      if (next === Infinity) await condition(() => open.answer !== null);
      else {
        const summary = toSummary(`${taskId || 'the run'}: until somebody is reminded, or decides`);
        await condition(() => open.answer !== null, Math.max(1, next - Date.now()), { summary });
      }
      if (open.answer !== null) return;
      const now = Date.now();
      if (open.deadline !== null && now >= open.deadline) return this.#expire(open);
      if (open.escalateAt !== null && now >= open.escalateAt) {
        open.escalateAt = null;
        open.roles.push(...approval!.escalate!.to);
        const told = { approvalId: id, taskId, by: [...open.roles] };
        this.#emit({ key: `escalated/${id}`, type: 'approval:escalated', ...told });
      }
      if (open.remindAt !== null && now >= open.remindAt) {
        open.remindAt = now + approval!.remindMs!;
        const told = { approvalId: id, taskId, by: [...open.roles] };
        this.#emit({ key: `reminder/${id}/${++open.reminders}`, type: 'approval:reminder', ...told });
      }
      this.#onNews();
    }
  }

  // W2
  #expire(open: CarriedRequest): void {
    const { id, taskId, approval } = open.request;
    if (open.request.until !== undefined) return this.#close(id, { id, outcome: 'answered', text: '', by: byTime });
    const onTimeout = approval!.onTimeout;
    const outcome = { halt: 'halted', deny: 'denied', approve: 'approved' } as const;
    const text = `nobody decided within ${approval!.deadlineMs! / 1000} s`;
    open.answer = { id, outcome: outcome[onTimeout], text, by: 'timeout' };
    const told = { approvalId: id, taskId, outcome: onTimeout };
    this.#emit({ key: `expired/${id}`, type: 'approval:expired', ...told });
  }

  #isRepeated(id: string, outcome: WaitAnswer['outcome'], edit: ApproveInput['edit']): boolean {
    const closed = this.#closed.get(id);
    if (!closed) return false;
    const { answer } = closed;
    const isChange = edit !== undefined && !isSame(edit, answer.edit);
    if (answer.outcome === outcome && answer.by !== 'timeout' && !isChange) return true;
    throw refused(alreadyDecided(id, closed));
  }

  #find(id: string): CarriedRequest {
    const closed = this.#closed.get(id);
    if (closed) throw refused(alreadyDecided(id, closed));
    const open = this.#open.get(id);
    if (open) return open;
    const others = [...this.#open.keys()];
    throw refused(
      `nothing waits as ${id}${others.length > 0 ? `; what waits: ${others.slice(0, 10).join(', ')}` : ''}`,
    );
  }
}

function alreadyDecided(id: string, { answer, at }: ClosedRequest): string {
  return `${id} was decided already: ${answer.outcome} by ${answer.by} at ${new Date(at).toISOString()}`;
}
