import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { openDatabase } from '../../../src/store/database/database.ts';
import type { Sql } from '../../../src/store/database/sql.ts';
import { endTakenLease, lateMs, lockOf, renewLease, takeLease } from '../../../src/store/leases/worker-leases.ts';
import { until } from '../../support/base/until.ts';
import { openBreakingLine } from '../../support/store/breaking-line.ts';
import type { TestDatabase } from '../../support/store/database.ts';
import { createTestDatabase } from '../../support/store/database.ts';
import { leasesIn } from '../../support/store/leases.ts';

describe('leases of workers that live, or may', () => {
  let database: TestDatabase;
  beforeAll(async () => {
    database = await createTestDatabase();
  });
  afterAll(() => database.close());
  const { keep, lease, leave } = leasesIn(() => database);

  it('that somebody took are taken back, and the worker asks whether its steps are still its own', async () => {
    const holder = keep(randomUUID());
    await holder.isTied();
    await holder.isSteady();
    const before = holder.missed.words;
    const { id } = (await lease(holder.identity))!;
    expect(await takeLease(database.sql, id, { by: randomUUID(), isGone: true })).toBe('gone');
    await until('it asks', () => holder.missed.words > before);
    expect((await lease(holder.identity))!.id).toBe(id);
  });

  it('that somebody took, handed out and ended before their worker came back are missed by it, and it asks', async () => {
    const holder = keep(randomUUID());
    await holder.isSteady();
    const before = holder.missed.words;
    const [{ id }, by] = [(await lease(holder.identity))!, randomUUID()];
    expect(await takeLease(database.sql, id, { by, isGone: true })).toBe('gone');
    await endTakenLease(database.sql, id, by);
    await until('it asks', () => holder.missed.words > before);
    expect((await lease(holder.identity))!.id).toBe(id);
  });

  it('are not over while their worker has another one that is not late', async () => {
    const identity = 'cut off for a moment';
    const [left, fresh] = [await leave('cut', identity), await leave('cut', identity)];
    const take = () => takeLease(database.sql, left.id, { by: randomUUID(), isGone: null });
    await left.isSilentFor('1 hour');
    expect(await take()).toBe(null);
    await fresh.isSilentFor('2 seconds');
    expect(await take()).toBe('gone');
  });

  it('are handed out in one search at a time, and stay with who is at it however long it takes', async () => {
    const [queue, dead] = [randomUUID(), new Set(['one'])];
    const searches: { identities: string[]; end: () => void }[] = [];
    const handOut = (found: ReadonlyMap<string, unknown>) =>
      new Promise<number>((end) => void searches.push({ identities: [...found.keys()], end: () => end(0) }));
    keep(queue, { isGone: (identity) => dead.has(identity), handOut });
    const [one, two] = await Promise.all(['one', 'two'].map((name) => leave(queue, name, { place: 'here' })));
    await until('it searches', () => searches.length > 0);
    dead.add('two');
    const takenFor = async ({ id }: { id: string }) => {
      const { rows } = await database.sql.query<{ seconds: number | null }>(
        'select extract(epoch from clock_timestamp() - taken_at)::double precision as seconds from worker_leases where id = $1',
        [id],
      );
      return rows[0]?.seconds ?? null;
    };
    await until('the other one is taken', async () => (await takenFor(two!)) !== null);
    for (const { id } of [one!, two!])
      await database.sql.query(`update worker_leases set taken_at = taken_at - interval '1 hour' where id = $1`, [id]);
    await until('it says that it has both', async () =>
      (await Promise.all([one!, two!].map(takenFor))).every((seconds) => seconds !== null && seconds < 5),
    );
    expect(searches.map(({ identities }) => identities)).toEqual([['one']]);
    searches[0]!.end();
    await until('it searches for the other one', () => searches.length === 2);
    expect(searches[1]!.identities).toEqual(['two']);
    expect([await lease('one'), (await lease('two'))?.id]).toEqual([undefined, two!.id]);
    searches[1]!.end();
    await until('it is handed out', async () => (await lease('two')) === undefined);
  });

  it('are looked at again while their worker is given work, and not any more once it is back', async () => {
    const queue = randomUUID();
    const searches: string[][] = [];
    keep(queue, {
      isGone: (identity) => identity === 'really gone',
      handOut: async (dead) => searches.push([...dead.keys()]),
    });
    const { id, isSilentFor } = await leave(queue, 'cut off');
    await until('it is looked at again', async () => {
      if (searches.length === 0) await isSilentFor('10 seconds');
      return searches.length > 1;
    });
    const back = { id, identity: 'cut off', place: 'elsewhere', namespace: 'default', taskQueue: queue, isTied: true };
    await renewLease(database.sql, back);
    await isSilentFor('-1 hour');
    await leave(queue, 'really gone', { place: 'here' });
    await until('the next one is looked for', () => searches.flat().includes('really gone'));
    expect(searches.at(-1)).toEqual(['really gone']);
  });

  it('hang on nothing where their lock is another connection’s, and hold while any has it, whoever looks', async () => {
    const line = openDatabase(database.url, { maxConnections: 1 });
    onTestFinished(() => line.close());
    const id = randomUUID();
    const given = { identity: 'lent', place: 'there', namespace: 'default', taskQueue: randomUUID(), isTied: true };
    // The lock that a pooler's connection got, and a statement that goes by another one.
    await line.query('select pg_advisory_lock(hashtextextended($1, 0))', [lockOf(id)]);
    expect(await renewLease(database.sql, { ...given, id })).toMatchObject({ isTied: false });
    expect(await renewLease(line, { ...given, id })).toMatchObject({ isTied: true });
    const late = `update worker_leases set renewed_at = clock_timestamp() - interval '10 seconds' where id = $1`;
    await database.sql.query(late, [id]);
    const look = (sql: typeof line) => takeLease(sql, id, { by: randomUUID(), isGone: null });
    expect([await look(line), await look(database.sql)]).toEqual([null, null]);
    await line.query('select pg_advisory_unlock_all()');
    expect(await look(line)).toBe('gone');
  });

  it('cost no more connections where the database answers and cannot write', async () => {
    const count = async () => {
      const { rows } = await database.sql.query<{ count: number }>(
        `select count(*)::integer as count from pg_stat_activity
         where application_name = 'gaffer-listen' and datname = current_database()`,
      );
      return rows[0]!.count;
    };
    await until('those of other tests are gone', async () => (await count()) === 0);
    const url = new URL(database.url);
    url.searchParams.set('options', '-c default_transaction_read_only=on');
    const { warnings, missed } = keep(randomUUID(), { url: url.href });
    await until('it has tried and asked a few times', () => missed.words > 3);
    expect(warnings).toEqual(['the lease of this worker could not be renewed']);
    expect(await count()).toBeLessThan(2);
  });

  it('leave nothing on a connection that others get next: no lock before words come by it, and commits that are waited for', async () => {
    const way = await openBreakingLine(database.url);
    onTestFinished(() => way.close());
    way.holdBackWords();
    const pooled = keep(randomUUID(), { url: way.url });
    await pooled.isSteady();
    const { id } = (await lease(pooled.identity))!;
    const { rows } = await database.sql.query(
      `select from pg_locks where locktype = 'advisory'
       and ((classid::bigint << 32) | objid::bigint) = hashtextextended($1, 0)`,
      [lockOf(id)],
    );
    expect(rows).toEqual([]);
    const one = openDatabase(database.url, { maxConnections: 1 });
    onTestFinished(() => one.close());
    const waits = async (sql: Sql) =>
      (await sql.query<{ synchronous_commit: string }>('show synchronous_commit')).rows[0]!.synchronous_commit;
    const within = await one.transaction(async (sql) => {
      const given = { identity: 'one', place: 'here', namespace: 'default', taskQueue: randomUUID(), isTied: false };
      await renewLease(sql, { id: randomUUID(), ...given });
      return waits(sql);
    });
    expect([within, await waits(one)]).toEqual(['off', 'on']);
  });

  it('that hang on a network that drops everything have their steps ask each second, while nobody hears of an error', async () => {
    const way = await openBreakingLine(database.url);
    onTestFinished(() => way.close());
    const holder = keep(randomUUID(), { url: way.url });
    await holder.isTied();
    await holder.isSteady();
    const speak = way.fallSilent();
    const before = holder.missed.words;
    await until('it has asked a few times', () => holder.missed.words > before + 3);
    expect(holder.warnings).toEqual([]);
    speak();
    await until('it is back', async () => ((await lease(holder.identity))?.silentForMs ?? Infinity) < lateMs);
  });

  it('hang on nothing behind a pooler that passes no words on: steps ask by themselves', async () => {
    const way = await openBreakingLine(database.url);
    onTestFinished(() => way.close());
    way.holdBackWords();
    const pooled = keep(randomUUID(), { url: way.url });
    await until('it has renewed and asked a few times', () => pooled.missed.words > 2);
    expect(await lease(pooled.identity)).toMatchObject({ isTied: false });
    pooled.keeper.tellCancelled('own', ['1']);
    expect(pooled.cancelled).toEqual(['own: 1']);
  });

  it('are followed up by the next one where who took one could not hand out', async () => {
    const queue = randomUUID();
    const { id } = await leave(queue, 'twice', { place: 'here' });
    const isGone = (identity: string): boolean => identity === 'twice';
    const failing = keep(queue, { isGone, handOut: () => Promise.reject(new Error('no server')) });
    await until('the first one failed', () => failing.warnings.length > 0);
    expect(await takeLease(database.sql, id, { by: randomUUID(), isGone: true })).toBe(null);
    await failing.keeper.stop();
    const { dead } = keep(queue, { isGone });
    await until('the next one did it', () => dead.length > 0);
    expect(dead).toEqual(['twice']);
  });
});
