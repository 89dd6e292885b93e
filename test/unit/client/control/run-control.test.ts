import { ServiceError, WorkflowNotFoundError, WorkflowUpdateFailedError } from '@temporalio/client';
import { ApplicationFailure } from '@temporalio/common';
import { describe, expect, it } from 'vitest';
import { toControlError } from '../../../../src/client/control/run-control.ts';

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
