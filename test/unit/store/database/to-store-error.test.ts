import { describe, expect, it } from 'vitest';
import { toStoreError } from '../../../../src/store/database/to-store-error.ts';
import { isPassing } from '../../../../src/store/store.ts';

function told(code: string): Error {
  return Object.assign(new Error('words of the server'), { code, severity: 'ERROR' });
}

describe('toStoreError', () => {
  it.each([
    ['57P01', 'unreachable'], // an administrator ends the connection
    ['25P04', 'unreachable'], // a transaction took too long, and its connection is ended
    ['08006', 'unreachable'],
    ['53300', 'busy'],
    ['40001', 'hindered'], // two transactions at once
    ['40P01', 'hindered'], // a deadlock
    ['55P03', 'hindered'], // a lock that was not to be had
    ['57014', 'hindered'], // pg_cancel_backend, or statement_timeout
    ['53100', 'hindered'], // a full disk
    ['53200', 'hindered'], // no memory
    ['58030', 'hindered'], // a disk that fails
    ['25006', 'hindered'], // a standby that is not promoted yet
  ])('takes %s for %s, which passes', (code, reason) => {
    const error = toStoreError(told(code));
    expect(error).toMatchObject({ name: 'StoreError', reason });
    expect(isPassing(error)).toBe(true);
  });

  it.each(['22P05', '23505', '42P01', '21000'])('leaves %s to whoever asked: it would be the same again', (code) => {
    const error = told(code);
    expect(toStoreError(error)).toBe(error);
    expect(isPassing(error)).toBe(false);
  });
});
