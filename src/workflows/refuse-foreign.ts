/*
 * Where a server's port is open to others, they can start workflows, call on ours, and answer a step or a child workflow in the worker's
 * place (src/host/payloads/payload-seal.ts, Z2). What is not ours is refused before any code sees it, in the name of every workflow of a bundle:
 *
 * F1 A workflow ends with `InvalidInput`, an update or a query is refused, a signal is not heard: nobody could be told.
 * F2 An answer that is not ours becomes a failure, and ends its step by name. What code could not read would fail its task for ever.
 * F3 All of it is synchronous: a promise more would change the order of steps of runs that are alive.
 */
import { defaultFailureConverter, defaultPayloadConverter } from '@temporalio/common';
import type {
  WorkflowInboundCallsInterceptor,
  WorkflowInterceptors,
  WorkflowInternalsInterceptor,
} from '@temporalio/workflow';
import { foreignAnswerReason, foreignMark, foreignReason, isForeign, questionMark } from '../domain/foreign.ts';
import { failureTypes } from '../domain/run/failure-types.ts';
import { finalFailure, refused } from './base/failures.ts';

type Activation = Parameters<NonNullable<WorkflowInternalsInterceptor['activate']>>[0]['activation'];
type Job = NonNullable<Activation['jobs']>[number];
type Answer = NonNullable<
  NonNullable<Job['resolveActivity']>['result'] | NonNullable<Job['resolveChildWorkflowExecution']>['result']
>;
type Failure = NonNullable<NonNullable<Answer['failed']>['failure']>;
type Payloads = { payloads?: { metadata?: Record<string, Uint8Array> | null }[] | null } | null | undefined;

const refusal: Failure = {
  message: foreignAnswerReason,
  applicationFailureInfo: { type: failureTypes.foreignAnswer, nonRetryable: true },
};

/** Loaded with every workflow bundle (src/workers/bundle-workflows.ts). */
export function interceptors(): WorkflowInterceptors {
  return { inbound: [refuseCalls], internals: [refuseAnswers] };
}

// F1. The SDK takes a rejection for an answer, and what is thrown for a bug; only of validators it is the other way round.
const refuseCalls: WorkflowInboundCallsInterceptor = {
  execute: (input, next) =>
    isOurCall(input) ? next(input) : Promise.reject(finalFailure(failureTypes.invalidInput, foreignReason)),
  handleSignal: (input, next) => (isOurCall(input) ? next(input) : Promise.resolve()),
  handleQuery: (input, next) => (isOurCall(input) ? next(input) : Promise.reject(refused(foreignReason))),
  handleUpdate: (input, next) => (isOurCall(input) ? next(input) : Promise.reject(refused(foreignReason))),
  validateUpdate(input, next) {
    if (!isOurCall(input)) throw refused(foreignReason);
    next(input);
  },
};

const isOurCall = ({ args }: { args: unknown[] }): boolean => !args.some(isForeign);

const refuseAnswers: WorkflowInternalsInterceptor = {
  activate(input, next) {
    for (const job of input.activation.jobs ?? []) {
      refuseForeignAnswer(job.resolveActivity?.result ?? job.resolveChildWorkflowExecution?.result);
    }
    next(input);
  },
};

/** F2, in the answer itself. */
export function refuseForeignAnswer(answer: Answer | null | undefined): void {
  if (!answer) return;
  const metadata = answer.completed?.result?.metadata;
  if (metadata && (foreignMark in metadata || questionMark in metadata)) {
    answer.completed = null;
    answer.failed = { failure: refusal };
    return;
  }
  const failure = answer.failed?.failure ?? answer.cancelled?.failure;
  if (!failure || isOurs(failure)) return;
  answer.cancelled = null;
  answer.failed = { failure: toRefusal(failure) };
}

// What the server put around it says which step it was.
function toRefusal(failure: Failure): Failure {
  const { message = '', activityFailureInfo = null, childWorkflowExecutionFailureInfo = null } = failure;
  const outer: Failure = { message, activityFailureInfo, childWorkflowExecutionFailureInfo, cause: refusal };
  return (activityFailureInfo || childWorkflowExecutionFailureInfo) && isReadable(outer) ? outer : refusal;
}

function isOurs(failure: Failure): boolean {
  for (let each: Failure | null | undefined = failure; each; each = each.cause) {
    // What a step told last is not what it answered: a time-out remains one.
    if (holdsForeign(each.timeoutFailureInfo?.lastHeartbeatDetails))
      each.timeoutFailureInfo!.lastHeartbeatDetails = null;
    const { encodedAttributes } = each;
    const all = [
      ...[each.applicationFailureInfo?.details, each.canceledFailureInfo?.details],
      ...[each.resetWorkflowFailureInfo?.lastHeartbeatDetails, encodedAttributes && { payloads: [encodedAttributes] }],
    ];
    if (all.some(holdsForeign)) return false;
  }
  return isReadable(failure);
}

function holdsForeign(payloads: Payloads): boolean {
  return payloads?.payloads?.some(({ metadata }) => metadata && foreignMark in metadata) === true;
}

// The SDK throws for some that nobody of ours makes.
function isReadable(failure: Failure): boolean {
  try {
    defaultFailureConverter.failureToError(failure, defaultPayloadConverter);
    return true;
  } catch {
    return false;
  }
}
