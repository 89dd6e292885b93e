import { describe, expect, it } from 'vitest';
import { toFailure } from '../../../../src/activities/base/to-failure.ts';

const ofPostgres = (code: string) => Object.assign(new Error(`says ${code}`), { code, severity: 'ERROR' });

describe('toFailure', () => {
  it.each(['22003', '22021', '22P02', '21000'])('ends a step that PostgreSQL can never do: %s', (code) => {
    expect(toFailure(ofPostgres(code))).toMatchObject({
      ...{ type: 'DataRejected', nonRetryable: true, message: `the database refuses this: says ${code}` },
    });
  });

  it.each(['40P01', '57P01', '23505', '53300', '40001'])('lets one be tried again that may pass: %s', (code) => {
    const error = ofPostgres(code);
    expect(toFailure(error)).toBe(error);
  });

  it('takes nothing else for an error of PostgreSQL', () => {
    const error = Object.assign(new Error('no'), { code: '22003' });
    expect(toFailure(error)).toBe(error);
  });
});
