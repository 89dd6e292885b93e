import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openAccountNames } from '../../../src/store/gates/account-names.ts';
import type { ModelGates, Moment } from '../../../src/store/gates/model-gates.ts';
import { createModelGates } from '../../../src/store/gates/model-gates.ts';
import type { TestDatabase } from '../../support/store/database.ts';
import { createTestDatabase } from '../../support/store/database.ts';

const day = 86_400_000;
const blind: Moment = { waitMs: 0, taken: true, stamp: 0 };
const call = { model: 'm', tokens: 1000 };

describe('a gate that is closed for long', () => {
  let database: TestDatabase;
  beforeAll(async () => {
    database = await createTestDatabase();
  });
  afterAll(() => database.close());

  const worker = (provider: string): ModelGates =>
    createModelGates(database.sql, {
      provider,
      limits: { callsPerMinute: null, tokensPerMinute: null },
      longestWaitMs: 30_000,
    });
  const refuse = (gates: ModelGates, retryAfterMs: number | null, moment: Moment = blind): Promise<void> =>
    gates.refused({ model: 'm', kind: 'rate', retryAfterMs, moment, agoMs: 10 });
  // The last probe was so much earlier now.
  const age = (provider: string, seconds: number) =>
    database.sql.query('update model_gates set probed_at = probed_at - make_interval(secs => $2) where provider = $1', [
      provider,
      seconds,
    ]);
  const closed = async (provider: string): Promise<string> => {
    const gates = worker(provider);
    await refuse(gates, day);
    return provider;
  };

  it('G6 is closed for all, asks who comes to come back, and is no longer closed for that many have asked', async () => {
    const provider = await closed(randomUUID());
    const moments = await Promise.all(Array.from({ length: 50 }, () => worker(provider).enter(call)));
    for (const { taken, waitMs } of moments) {
      expect(taken).toBe(false);
      expect(Math.abs(waitMs - day)).toBeLessThan(60_000);
    }
  });

  it('G6 lets one call through now and then, and is open for all when that was answered', async () => {
    const provider = await closed(randomUUID());
    await age(provider, 1801);
    const moments = await Promise.all(Array.from({ length: 5 }, () => worker(provider).enter(call)));
    expect(moments.filter(({ isProbe }) => isProbe)).toHaveLength(1);
    expect(moments.filter(({ taken }) => taken)).toHaveLength(1);
    await worker(provider).open('m');
    const after = await worker(provider).enter(call);
    expect(after).toMatchObject({ taken: true });
    expect(after.waitMs).toBeLessThan(10_000);
    expect(after.isProbe).toBeUndefined();
  });

  it('G6 is tried by one call after the other where somebody insists', async () => {
    const provider = await closed(randomUUID());
    await age(provider, 11);
    const insist = (): Promise<Moment> => worker(provider).enter({ ...call, insists: true });
    expect(await insist()).toMatchObject({ taken: true, isProbe: true });
    const next = await insist();
    expect(next.taken).toBe(false);
    expect(next.waitMs).toBeLessThanOrEqual(10_000);
    await age(provider, 11);
    expect(await insist()).toMatchObject({ isProbe: true });
  });

  it.each([
    ['longer', 2 * day],
    ['shorter', 700_000],
  ])('G6 keeps to what the provider says when it is tried: %s', async (_, retryAfterMs) => {
    const provider = await closed(randomUUID());
    await age(provider, 1801);
    const gates = worker(provider);
    await refuse(gates, retryAfterMs, await gates.enter(call));
    const { taken, waitMs } = await worker(provider).enter(call);
    expect(taken).toBe(false);
    expect(Math.abs(waitMs - retryAfterMs)).toBeLessThan(60_000);
  });

  it('G6 is that of one key: another of the same provider is not held up', async () => {
    const nameOf = await openAccountNames(database.sql);
    const provider = randomUUID();
    const [one, other] = [nameOf(provider, 'sk-one'), nameOf(provider, 'sk-other')];
    await closed(one);
    expect((await worker(one).enter(call)).taken).toBe(false);
    expect(await worker(other).enter(call)).toMatchObject({ taken: true, waitMs: 0 });
    // All workers of a database have one name for a key, which does not tell it.
    expect((await openAccountNames(database.sql))(provider, ' sk-one\n')).toBe(one);
    expect(one).not.toContain('sk-one');
  });
});
