import { ServiceError } from '@temporalio/client';
import { NamespaceNotFoundError } from '@temporalio/common';
import { describe, expect, it } from 'vitest';
import { toTemporalError } from '../../../../src/client/connection/or-unreachable.ts';
import { RunNotFoundError } from '../../../../src/client/errors.ts';

const target = { address: 'temporal.test:7233', namespace: 'crew' };

function answered(code: number, details: string): Error {
  return new ServiceError('Failed to describe workflow', {
    cause: Object.assign(new Error(details), { code, details }),
  });
}

describe('toTemporalError', () => {
  it.each([
    [3, 'INVALID_ARGUMENT', 'usage', 'cannot mean this: why'],
    [5, 'NOT_FOUND', 'unreachable', 'check TEMPORAL_NAMESPACE (crew)'],
    [7, 'PERMISSION_DENIED', 'refused', 'does not allow this: why; check what your key'],
    [8, 'RESOURCE_EXHAUSTED', 'unreachable', 'has too much to do: why; try again'],
    [16, 'UNAUTHENTICATED', 'refused', 'does not know who asks: why; check TEMPORAL_API_KEY'],
    [13, '13', 'failed', 'fails: why'],
    [9, '9', 'failed', 'fails: why'],
  ])('tells code %d by its own name', (code, name, kind, words) => {
    expect(toTemporalError(answered(code, 'why'), target)).toMatchObject({
      ...{ name: 'TemporalRefusedError', code: name, kind },
      message: expect.stringMatching(/^Temporal at temporal\.test:7233 /) as string,
    });
    expect((toTemporalError(answered(code, 'why'), target) as Error).message).toContain(words);
  });

  it.each([
    answered(14, 'No connection established'),
    answered(4, 'Deadline exceeded'),
    answered(1, 'Call cancelled'),
    answered(13, 'Received RST_STREAM with code 2'),
    answered(2, 'Received HTTP status code 404'),
    Object.assign(new Error('tonic transport error'), { name: 'TransportError' }),
    new Error('Failed to connect before the deadline'),
  ])('says that nobody answers: %s', (error) => {
    expect(toTemporalError(error, target)).toMatchObject({
      ...{ name: 'UnreachableError', kind: 'unreachable', cause: error },
      message: expect.stringContaining('does not answer at temporal.test:7233') as string,
    });
  });

  it.each([
    [
      'Namespace crew was not found or otherwise could not be described: Status { code: NotFound, message: "Namespace \\"crew\\" is not found.", details: b"" }',
      'NOT_FOUND',
      'Namespace "crew" is not found; check TEMPORAL_NAMESPACE (crew), or make it: temporal operator namespace create -n crew',
    ],
    [
      `Failed to call GetSystemInfo: code: 'The caller does not have permission to execute the specified operation', message: "Request unauthorized."`,
      'PERMISSION_DENIED',
      'does not allow this: Request unauthorized; check',
    ],
    [
      `Failed to call GetSystemInfo: code: 'The request does not have valid authentication credentials', message: ""`,
      'UNAUTHENTICATED',
      'it gives no reason; check TEMPORAL_API_KEY',
    ],
    ['code: Unavailable, message: "no"', undefined, 'does not answer at'],
    [
      `Failed to call GetSystemInfo: code: 'Unknown error', message: "transport error", source: BrokenPipe`,
      undefined,
      'does not answer at',
    ],
  ])('reads what a worker is told: %s', (message, code, words) => {
    const error = Object.assign(new Error(message), { name: 'TransportError' });
    const told = toTemporalError(error, target) as Error;
    expect(told).toMatchObject(code === undefined ? { name: 'UnreachableError' } : { code });
    expect(told.message).toContain(words);
  });

  it('names a namespace that is not there', () => {
    const { message } = toTemporalError(new NamespaceNotFoundError('crew'), target) as Error;
    expect(message).toContain('check TEMPORAL_NAMESPACE (crew)');
  });

  it('leaves what is ours, or no call of Temporal, as it is', () => {
    for (const error of [new RunNotFoundError('x'), new TypeError('x is no function'), 'text']) {
      expect(toTemporalError(error, target)).toBe(error);
    }
  });
});
