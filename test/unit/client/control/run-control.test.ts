import { ServiceError, WorkflowNotFoundError, WorkflowUpdateFailedError } from '@temporalio/client';
import { ApplicationFailure } from '@temporalio/common';
import { describe, expect, it } from 'vitest';
import { isUnheard, toControlError } from '../../../../src/client/control/run-control.ts';

const about = { runId: 'r', limitMs: 20_000, isLate: false };

describe('toControlError', () => {
  it("hands a refusal on in the run's own words", () => {
    const refused = new WorkflowUpdateFailedError('refused', ApplicationFailure.nonRetryable('it is paused already'));
    expect(toControlError(refused, about)).toMatchObject({ name: 'RefusedError', message: 'it is paused already' });
  });

  it('says that a run which has only just begun takes no updates yet', () => {
    const cause = ApplicationFailure.nonRetryable('No registered handler for update: pause');
    const error = toControlError(new WorkflowUpdateFailedError('refused', cause), about) as Error;
    expect(error.message).toContain('try again in a moment');
  });

  it('tells a closed run from one that does not answer', () => {
    const closed = toControlError(new WorkflowNotFoundError('gone', 'r', undefined), about);
    expect(closed).toMatchObject({ name: 'RunClosedError', runId: 'r' });
    const late = toControlError(new Error('aborted'), { ...about, isLate: true }) as Error;
    expect(late).toMatchObject({ name: 'NoAnswerError' });
    expect(late.message).toContain('within 20 s');
  });

  it.each([
    { code: 4, name: 'NoAnswerError' },
    { code: 9, name: 'NoAnswerError' },
    { code: 14, name: 'ServiceError' },
  ])('takes a question that nobody took for no answer: code $code', ({ code, name }) => {
    const cause = Object.assign(new Error('failed'), { code, details: 'failed', metadata: {} });
    expect(toControlError(new ServiceError('Failed to query Workflow', { cause }), about)).toMatchObject({ name });
  });

  it('leaves other errors as they are', () => {
    const other = new Error('boom');
    expect(toControlError(other, about)).toBe(other);
  });
});

describe('isUnheard', () => {
  const said = (code: number, details: string): ServiceError =>
    new ServiceError('failed', { cause: Object.assign(new Error(details), { code, details, metadata: {} }) });
  const task = 'Unable to perform workflow execution update due to unexpected workflow task failure.';
  const unprocessed = ApplicationFailure.create({ type: 'UnprocessedUpdate' });

  it.each([
    ['the run went on as new', new WorkflowUpdateFailedError('failed', unprocessed), true],
    ['the server dropped it with a step that failed', said(9, task), true],
    ['nobody polls', said(9, 'no poller seen for task queue recently'), false],
    ['the server is away', said(14, task), false],
    ['the run refused it', new WorkflowUpdateFailedError('no', ApplicationFailure.nonRetryable('no')), false],
  ])('tells whether nobody saw an update: %s', (_what, error, is) => expect(isUnheard(error)).toBe(is));
});
