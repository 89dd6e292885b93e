import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createModelGates } from '../../src/store/model-gates.ts';
import type { RateLimits } from '../../src/store/model-gates.ts';
import type { TestDatabase } from '../support/database.ts';
import { createTestDatabase } from '../support/database.ts';

const unlimited: RateLimits = { callsPerMinute: null, tokensPerMinute: null };

describe('model gates', () => {
  let database: TestDatabase;
  beforeAll(async () => {
    database = await createTestDatabase();
  });
  afterAll(() => database.close());

  const worker = (provider: string, limits: RateLimits = unlimited, longestWaitMs = 600_000) =>
    createModelGates(database.sql, { provider, limits, longestWaitMs });
  const call = { model: 'm', tokens: 1000 };
  const enterTimes = async (gates: ReturnType<typeof worker>, times: number): Promise<number[]> => {
    const waits = await Promise.all(Array.from({ length: times }, () => gates.enter(call)));
    return waits.map(({ waitMs }) => waitMs).toSorted((a, b) => a - b);
  };

  it('writes nothing and lets everything through while nobody refuses', async () => {
    const provider = randomUUID();
    expect(await enterTimes(worker(provider), 20)).toEqual(Array(20).fill(0));
    const { rows } = await database.sql.query('select 1 from model_gates where provider = $1', [provider]);
    expect(rows).toEqual([]);
  });

  it('closes for every worker until the provider wants to be asked again, and spreads the calls after that', async () => {
    const provider = randomUUID();
    const [one, other] = [worker(provider), worker(provider)];
    await enterTimes(one, 240);
    await one.refused('m', 30_000);
    const waits = await enterTimes(other, 4);
    expect(waits[0]).toBeGreaterThan(28_000);
    expect(waits[0]).toBeLessThanOrEqual(30_000);
    // Half of 240 a minute: one every half second.
    expect(waits[3]! - waits[0]!).toBeGreaterThan(1000);
    expect(waits[3]! - waits[0]!).toBeLessThan(2000);
    expect((await other.enter({ ...call, model: 'another' })).waitMs).toBe(0);
  });

  it('halves once for calls that are refused together, and grows again in quiet minutes', async () => {
    const provider = randomUUID();
    const gates = worker(provider);
    await enterTimes(gates, 160);
    await Promise.all([1, 2, 3, 4, 5].map(() => gates.refused('m', 0)));
    const rate = async () => {
      const { rows } = await database.sql.query<{ rate: number }>(
        'select calls_per_minute as rate from model_gates where provider = $1',
        [provider],
      );
      return rows[0]!.rate;
    };
    expect(await rate()).toBe(80);
    const age = (text: string) =>
      database.sql.query(
        `update model_gates set refused_at = clock_timestamp() - $2::interval, next_at = now(), closed_until = now() where provider = $1`,
        [provider, text],
      );
    await age('10 seconds');
    await gates.refused('m', 0);
    expect(await rate()).toBe(40);
    await age('150 seconds');
    const waits = await enterTimes(gates, 161);
    // Two minutes after the first half one: four times 40 a minute, so 160 calls take a minute, less what a burst may.
    expect(waits.at(-1)).toBeGreaterThan(50_000);
    expect(waits.at(-1)).toBeLessThan(62_000);
    await age('11 minutes');
    expect((await worker(provider).enter(call)).waitMs).toBe(0);
  });

  it('keeps to configured calls and tokens a minute, and takes no moment that is too far away', async () => {
    const calls = worker(randomUUID(), { callsPerMinute: 60, tokensPerMinute: null });
    const waits = await enterTimes(calls, 16);
    // A burst of five seconds, then one a second.
    expect(waits.filter((wait) => wait === 0).length).toBeGreaterThanOrEqual(5);
    expect(waits.at(-1)).toBeGreaterThan(8500);
    const tokens = worker(randomUUID(), { callsPerMinute: null, tokensPerMinute: 10_000 }, 8000);
    const taken = await Promise.all(Array.from({ length: 6 }, () => tokens.enter(call)));
    expect(taken.some((one) => !one.taken && one.waitMs > 8000)).toBe(true);
    const late = taken.filter((one) => !one.taken).length;
    expect(late).toBeGreaterThanOrEqual(2);
  });
});
