import { randomUUID } from 'node:crypto';
import { expect, it } from 'vitest';
import type { WorkerStore } from '../../../src/store/open-store.ts';
import { createIdempotencyStore, type RepeatableRequest } from '../../../src/store/service/idempotency.ts';
import { useTestStore } from '../../support/store/test-store.ts';

let store: WorkerStore;
useTestStore((opened) => (store = opened.store));

const request = (holder: string, id: string = randomUUID()): RepeatableRequest => {
  return { holder, id, requestHash: 'h', attempt: randomUUID(), leaseMs: 60_000 };
};

it('keeps no more requests of one holder a day than there may be, and those of others', async () => {
  const kept = createIdempotencyStore(store.sql, 2);
  const [one, two] = [request('crowd'), request('crowd')];
  for (const each of [one, two]) expect(await kept.claim(each)).toMatchObject({ kind: 'mine' });
  expect(await kept.claim(request('crowd'))).toEqual({ kind: 'too-many' });
  expect(await kept.claim(request('other'))).toMatchObject({ kind: 'mine' });
  await kept.answer(one, { status: 200, headers: {}, body: Buffer.from('yes') });
  expect(await kept.claim(request('crowd', one.id))).toMatchObject({ kind: 'answered' });
  await kept.release(two);
  expect(await kept.claim(request('crowd', two.id))).toMatchObject({ kind: 'mine' });
});

it('takes the same key for a new request a day later, also where nobody has swept yet', async () => {
  const kept = createIdempotencyStore(store.sql);
  const before = request('old');
  const first = await kept.claim(before);
  await kept.note(before, { runId: 'x' });
  await kept.answer(before, { status: 200, headers: {}, body: Buffer.from('yes') });
  await store.sql.query("update idempotency set at = at - interval '25 hours' where id = $1", [before.id]);
  const later = await kept.claim({ ...request('old', before.id), requestHash: 'another' });
  expect(later).toMatchObject({ kind: 'mine', noted: null });
  expect(later).not.toMatchObject({ since: (first as { since: string }).since });
});
