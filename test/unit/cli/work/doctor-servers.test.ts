import { describe, expect, it } from 'vitest';
import { checkWorkers, databaseCheck } from '../../../../src/cli/work/doctor-servers.ts';

describe('checkWorkers', () => {
  it.each([
    [0, 0, 'warn', 'none on task queue crew'],
    [2, 1, 'ok', '2 on task queue crew, 1 of this host'],
    [2, 0, 'ok', '2 on task queue crew, on other hosts'],
  ])('tells of %d workers, %d with tools here', (workers, toolWorkers, status, detail) => {
    expect(checkWorkers({ serverVersion: '1', workers, toolWorkers }, 'crew')).toMatchObject({ status, detail });
  });
});

describe('databaseCheck', () => {
  const good = { applied: 12, pending: 0, canCreate: true, connections: { used: 7, most: 97 } };
  it.each([
    ['has all', {}, 'ok', null],
    ['has nothing to be made', { canCreate: false }, 'ok', null],
    ['lacks tables', { pending: 2 }, 'ok', null],
    ['lacks tables that may not be made', { pending: 2, canCreate: false }, 'fail', 'has to own the database'],
    ['is nearly full', { connections: { used: 90, most: 97 } }, 'warn', 'GAFFER_DATABASE_CONNECTIONS'],
  ])('tells of one that %s', (_, state, status, fix) => {
    const check = databaseCheck({ ...good, ...state });
    expect(check).toMatchObject({ name: 'Database', status });
    if (fix === null) expect(check.fix).toBeNull();
    else expect(check.fix).toContain(fix);
  });
});
