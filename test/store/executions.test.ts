import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openStore, type WorkerStore } from '../../src/store/open-store.ts';
import { createTestDatabase, type TestDatabase } from '../support/store/database.ts';

describe('executions', () => {
  let database: TestDatabase;
  let store: WorkerStore;
  beforeAll(async () => {
    database = await createTestDatabase();
    store = await openStore(database.url);
  });
  afterAll(async () => {
    await store.close();
    await database.close();
  });

  const asked = { holder: 'ann', key: 'k', requestHash: 'h', keepMs: 60_000 };

  it('are one run for one request, however many ask at once', async () => {
    const claims = await Promise.all(
      Array.from({ length: 20 }, (_, index) => store.executions.claim({ ...asked, runId: `r${index}` })),
    );
    expect(new Set(claims.map(({ runId }) => runId)).size).toBe(1);
    expect(await store.executions.newest('ann')).toBe(claims[0]!.runId);
  });

  it('say what was asked then, and are nobody else’s', async () => {
    const again = await store.executions.claim({ ...asked, requestHash: 'other', runId: 'x' });
    expect(again.requestHash).toBe('h');
    expect(await store.executions.claim({ ...asked, holder: 'bob', runId: 'b' })).toEqual({
      runId: 'b',
      requestHash: 'h',
    });
    expect(await store.executions.newest('eve')).toBeUndefined();
  });

  it('begin anew when their time is over, or when their run was refused', async () => {
    expect((await store.executions.claim({ ...asked, keepMs: 0, runId: 'later' })).runId).toBe('later');
    await store.executions.release({ ...asked, runId: 'another' });
    expect((await store.executions.claim({ ...asked, runId: 'no' })).runId).toBe('later');
    await store.executions.release({ ...asked, runId: 'later' });
    expect((await store.executions.claim({ ...asked, runId: 'yes' })).runId).toBe('yes');
  });
});
