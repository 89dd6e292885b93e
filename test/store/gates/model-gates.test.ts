import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ModelGates, Moment, RateLimits } from '../../../src/store/gates/model-gates.ts';
import { createModelGates } from '../../../src/store/gates/model-gates.ts';
import type { TestDatabase } from '../../support/store/database.ts';
import { createTestDatabase } from '../../support/store/database.ts';

const unlimited: RateLimits = { callsPerMinute: null, tokensPerMinute: null };
const blind: Moment = { waitMs: 0, taken: true, stamp: 0 };
const rate = { model: 'm', kind: 'rate', retryAfterMs: 0, moment: blind, agoMs: 10 } as const;

describe('model gates', () => {
  let database: TestDatabase;
  beforeAll(async () => {
    database = await createTestDatabase();
  });
  afterAll(() => database.close());

  const worker = (provider: string, limits: RateLimits = unlimited, longestWaitMs = 600_000) =>
    createModelGates(database.sql, { provider, limits, longestWaitMs });
  const call = { model: 'm', tokens: 1000 };
  const enter = (gates: ModelGates, times: number): Promise<Moment[]> =>
    Promise.all(Array.from({ length: times }, () => gates.enter(call)));
  const waitsOf = async (gates: ModelGates, times: number): Promise<number[]> =>
    (await enter(gates, times)).map(({ waitMs }) => waitMs).toSorted((a, b) => a - b);
  const rowOf = async (provider: string) => {
    const { rows } = await database.sql.query<{ rate: number | null; closed: number; told: number | null }>(
      `select calls_per_minute as rate, told_per_minute as told, extract(epoch from closed_until - overloaded_at)::float8 as closed
       from model_gates where provider = $1`,
      [provider],
    );
    return rows[0];
  };
  // What was learned is so much older now.
  const age = (provider: string, seconds: number) =>
    database.sql.query(
      `update model_gates set refused_at = refused_at - $2::interval, opened_at = opened_at - $2::interval, overloaded_at = overloaded_at - $2::interval,
         told_at = told_at - $2::interval, closed_until = closed_until - $2::interval, next_at = clock_timestamp() where provider = $1`,
      [provider, `${seconds} seconds`],
    );

  it('G3 writes nothing and lets everything through while nobody refuses', async () => {
    const provider = randomUUID();
    expect(await waitsOf(worker(provider), 20)).toEqual(Array(20).fill(0));
    expect(await rowOf(provider)).toBeUndefined();
  });

  it('G1 closes for every worker until the provider wants to be asked again, and spreads the calls after that', async () => {
    const provider = randomUUID();
    const [one, other] = [worker(provider), worker(provider)];
    await enter(one, 20);
    await one.refused({ ...rate, retryAfterMs: 30_000 });
    const waits = await waitsOf(other, 4);
    expect(waits[0]).toBeGreaterThan(28_000);
    expect(waits[0]).toBeLessThanOrEqual(30_000);
    // Twenty went through in a second at most: ten a second now, one every 100 ms, or a little less.
    expect(waits[3]! - waits[0]!).toBeGreaterThan(150);
    expect(waits[3]! - waits[0]!).toBeLessThan(1000);
    expect((await other.enter({ ...call, model: 'another' })).waitMs).toBe(0);
  });

  it('G1 halves once for calls that were under way together, and again for one that was made later', async () => {
    const provider = randomUUID();
    const gates = worker(provider);
    await enter(gates, 60);
    await gates.refused(rate);
    const first = (await rowOf(provider))!.rate!;
    await Promise.all([1, 2, 3, 4, 5].map(() => gates.refused(rate)));
    expect((await rowOf(provider))!.rate).toBe(first);
    await age(provider, 1);
    const [moment] = await enter(gates, 1);
    await gates.refused(rate);
    expect((await rowOf(provider))!.rate).toBe(first);
    await gates.refused({ ...rate, moment: moment! });
    const second = (await rowOf(provider))!.rate!;
    expect(second).toBeGreaterThan(first * 0.5);
    expect(second).toBeLessThan(first * 0.9);
  });

  it('G1 is back where it was within seconds, and then beyond', async () => {
    const provider = randomUUID();
    const gates = worker(provider);
    // Ten a second: it takes 3 s to be there again.
    const learn = `update model_gates set calls_per_minute = 600 where provider = $1`;
    const spanOf = async (seconds: number): Promise<number> => {
      await database.sql.query('delete from model_gates where provider = $1', [provider]);
      await gates.refused(rate);
      await database.sql.query(learn, [provider]);
      await age(provider, seconds);
      const waits = await waitsOf(gates, 11);
      return waits.at(-1)! - waits[0]!;
    };
    // The rate grows while they wait, so ten moments take less than 2 s at first.
    expect(await spanOf(0)).toBeGreaterThan(1100);
    const after = await spanOf(3);
    expect(after).toBeGreaterThan(700);
    expect(after).toBeLessThan(1050);
    expect(await spanOf(8)).toBeLessThan(500);
    expect(await spanOf(11)).toBe(0);
  });

  it('G2 makes moments void that were taken before a refusal, for other workers too', async () => {
    const provider = randomUUID();
    const [one, other] = [worker(provider), worker(provider)];
    await enter(one, 10);
    await one.refused(rate);
    await age(provider, 1);
    const before = (await enter(other, 3))[2]!;
    expect(await other.holds('m', before)).toBe(true);
    await one.refused({ ...rate, moment: before });
    expect(await one.holds('m', before)).toBe(false);
    const [again] = await enter(one, 1);
    expect(await one.holds('m', again!)).toBe(true);
    // One of those that were under way: it brings nothing new, but the provider's word still counts.
    await one.refused({ ...rate, moment: before, retryAfterMs: 5000 });
    expect(await one.holds('m', again!)).toBe(false);
  });

  it('G4 leaves an overloaded provider alone for longer each time, and is as fast as before after that', async () => {
    const provider = randomUUID();
    const gates = worker(provider);
    const overload = { ...rate, kind: 'overload', retryAfterMs: null } as const;
    const closed: number[] = [];
    for (let times = 0; times < 4; times++) {
      await gates.refused(overload);
      await gates.refused(overload);
      closed.push((await rowOf(provider))!.closed);
      const moments = await enter(gates, 5);
      expect(Math.max(...moments.map(({ waitMs }) => waitMs))).toBeLessThan(2 * 1000 * closed.at(-1)! + 100);
      await age(provider, closed.at(-1)! + 0.5);
    }
    expect(closed[0]).toBeGreaterThan(0.7);
    expect(closed[0]).toBeLessThan(1.3);
    expect(closed[3]).toBeGreaterThan(closed[0]! * 2);
    expect(await rowOf(provider)).toMatchObject({ rate: null });
    expect(await waitsOf(worker(provider), 50)).toEqual(Array(50).fill(0));
    await gates.refused({ ...overload, retryAfterMs: 7000 });
    expect((await rowOf(provider))!.closed).toBeCloseTo(7, 1);
  });

  it('G5 keeps to what the provider says of its limits, as soon as little is left of one', async () => {
    const provider = randomUUID();
    const gates = worker(provider);
    const left = (remaining: number, limit = 600) => ({ limit, remaining });
    await gates.heard('m', { requests: left(300), tokens: left(200_000, 400_000), used: 100 });
    expect(await rowOf(provider)).toBeUndefined();
    await gates.heard('m', { requests: left(60), tokens: null, used: 100 });
    expect((await rowOf(provider))!.told).toBe(600);
    const waits = await waitsOf(gates, 31);
    // Ten a second.
    expect(waits.at(-1)).toBeGreaterThan(1900);
    expect(waits.at(-1)).toBeLessThanOrEqual(3000);
    await age(provider, 11);
    expect((await worker(provider).enter(call)).waitMs).toBe(0);
    const other = worker(provider);
    await other.heard('m', { requests: left(500), tokens: left(1000, 30_000), used: 1000 });
    expect((await rowOf(provider))!.told).toBe(30);
  });

  it('keeps to configured calls and tokens a minute, and tells whoever is too late when to come', async () => {
    const calls = worker(randomUUID(), { callsPerMinute: 60, tokensPerMinute: null });
    const waits = await waitsOf(calls, 16);
    // A burst of five seconds, then one a second.
    expect(waits.filter((wait) => wait === 0).length).toBeGreaterThanOrEqual(5);
    expect(waits.at(-1)).toBeGreaterThan(8500);
    // Six seconds for each.
    const tokens = worker(randomUUID(), { callsPerMinute: null, tokensPerMinute: 10_000 }, 8000);
    const moments = await enter(tokens, 6);
    const late = moments
      .filter(({ taken }) => !taken)
      .map(({ waitMs }) => waitMs)
      .toSorted((a, b) => a - b);
    expect(late.length).toBeGreaterThanOrEqual(3);
    expect(late[0]).toBeGreaterThan(8000);
    for (const [index, wait] of late.entries()) expect(wait - late[0]!).toBeCloseTo(index * 6000, -3);
  });
});
