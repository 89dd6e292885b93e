import type { ActivateInput, WorkflowExecuteInput } from '@temporalio/workflow';
import { defaultPayloadConverter } from '@temporalio/common';
import { describe, expect, it } from 'vitest';
import {
  foreignAnswerReason,
  foreignMark,
  foreignReason,
  foreignValue,
  questionMark,
} from '../../../src/domain/foreign.ts';
import { interceptors, refuseForeignAnswer } from '../../../src/workflows/refuse-foreign.ts';

type Answer = NonNullable<Parameters<typeof refuseForeignAnswer>[0]>;
type Failure = NonNullable<NonNullable<Answer['failed']>['failure']>;

const ours = defaultPayloadConverter.toPayload({ a: 1 })!;
const marked = (mark: string) => ({ ...ours, metadata: { ...ours.metadata, [mark]: new Uint8Array() } });
const foreign = marked(foreignMark);
const payloads = (...list: (typeof ours)[]) => ({ payloads: list });
const step = { activityType: { name: 'callModel' }, activityId: '7' };
const refusal = {
  message: foreignAnswerReason,
  applicationFailureInfo: { type: 'ForeignAnswer', nonRetryable: true },
};

function refuse(answer: Answer): Answer {
  refuseForeignAnswer(answer);
  return answer;
}
const failed = (cause: Failure): Answer => ({
  failed: { failure: { message: 'Activity task failed', activityFailureInfo: step, cause } },
});
/** A failure that holds a payload, wherever a failure can. */
const holders: [string, (payload: typeof ours) => Failure][] = [
  ['details', (each) => ({ message: 'x', applicationFailureInfo: { type: 'x', details: payloads(ours, each) } })],
  ['a message that is encoded', (each) => ({ applicationFailureInfo: { type: 'x' }, encodedAttributes: each })],
  ['details of a cancel', (each) => ({ canceledFailureInfo: { details: payloads(each) } })],
  ['details of a reset', (each) => ({ resetWorkflowFailureInfo: { lastHeartbeatDetails: payloads(each) } })],
  ['its cause', (each) => ({ message: 'x', cause: { applicationFailureInfo: { details: payloads(each) } } })],
];

describe('an answer to a step', () => {
  it.each([
    ['that is not sealed', foreign],
    ['that is what the step was asked with', marked(questionMark)],
  ])('%s is a failure by name', (_what, result) => {
    expect(refuse({ completed: { result } })).toEqual({ completed: null, failed: { failure: refusal } });
  });

  it.each(holders)('that is a failure with %s of somebody else fails by name, in its step', (_what, failureWith) => {
    const expected = failed(refusal);
    expect(refuse(failed(failureWith(foreign)))).toMatchObject(expected);
    const { failure } = failed(failureWith(foreign)).failed!;
    expect(refuse({ cancelled: { failure: failure! } })).toMatchObject({ cancelled: null, ...expected });
    expect(refuse({ failed: { failure: failureWith(foreign) } })).toMatchObject({ failed: { failure: refusal } });
  });

  it.each(holders)('that is a failure of ours with %s stays as it is', (_what, failureWith) => {
    for (const answer of [failed(failureWith(ours)), { cancelled: { failure: failureWith(ours) } }]) {
      expect(refuse(structuredClone(answer))).toEqual(answer);
    }
  });

  it('that is a failure as nobody of ours makes it, which would keep its workflow from going on, fails by name', () => {
    const strange: Failure[] = [
      { activityFailureInfo: {} },
      { childWorkflowExecutionFailureInfo: {} },
      { message: 'x', applicationFailureInfo: { details: payloads({ metadata: {}, data: new Uint8Array() }) } },
      Array.from({ length: 20_000 }).reduce<Failure>((cause) => ({ cause }), { message: 'deep' }),
    ];
    for (const failure of strange) expect(refuse(failed(failure))).toMatchObject(failed(refusal));
  });

  it('that timed out stays that, without what somebody else told of it', () => {
    const timedOut = (payload: typeof ours) =>
      failed({ timeoutFailureInfo: { timeoutType: 1, lastHeartbeatDetails: payloads(payload) } });
    const { cause } = refuse(timedOut(foreign)).failed!.failure!;
    expect(cause).toEqual({ timeoutFailureInfo: { timeoutType: 1, lastHeartbeatDetails: null } });
    expect(refuse(timedOut(ours))).toEqual(timedOut(ours));
  });

  it('is looked at in steps and child workflows, and goes on to the workflow', () => {
    const [internals] = interceptors().internals!;
    const answers: Answer[] = [
      { completed: { result: foreign } },
      { completed: { result: foreign } },
      { completed: { result: ours } },
    ];
    const [one, two, three] = answers;
    const jobs = [
      { resolveActivity: { result: one! } },
      { resolveChildWorkflowExecution: { result: two! } },
      { resolveActivity: { result: three! } },
      { fireTimer: {} },
    ];
    const input = { activation: { jobs }, batchIndex: 0 } as ActivateInput;
    const seen: ActivateInput[] = [];
    internals!.activate!(input, (each) => void seen.push(each));
    expect(seen).toEqual([input]);
    expect(answers.map(({ failed: refused }) => refused?.failure)).toEqual([refusal, refusal, undefined]);
  });
});

describe('a call of a workflow', () => {
  const calls = interceptors().inbound![0]!;
  const input = (...args: unknown[]) => ({ args, headers: {} }) as unknown as WorkflowExecuteInput;
  const next = async () => 'heard';
  const theirs = input({ a: 1 }, foreignValue);

  it('that is not ours ends a workflow, is refused, or is not heard', async () => {
    await expect(calls.execute!(theirs, next)).rejects.toMatchObject({
      ...{ type: 'InvalidInput', nonRetryable: true, message: foreignReason },
    });
    await expect(calls.handleSignal!(theirs as never, next as never)).resolves.toBeUndefined();
    await expect(calls.handleQuery!(theirs as never, next)).rejects.toMatchObject({ message: foreignReason });
    await expect(calls.handleUpdate!(theirs as never, next)).rejects.toMatchObject({ message: foreignReason });
    expect(() => calls.validateUpdate!(theirs as never, () => undefined)).toThrow(foreignReason);
  });

  it('that is ours goes on, by the same promise', () => {
    const heard = Promise.resolve();
    for (const name of ['execute', 'handleSignal', 'handleQuery', 'handleUpdate'] as const) {
      expect(calls[name]!(input({ a: 1 }) as never, (() => heard) as never)).toBe(heard);
    }
    expect(() => calls.validateUpdate!(input() as never, () => undefined)).not.toThrow();
  });
});
