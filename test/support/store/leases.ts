import { randomUUID } from 'node:crypto';
import { onTestFinished } from 'vitest';
import { openDatabase } from '../../../src/store/database/database.ts';
import { type LeaseHolder, LeaseKeeper } from '../../../src/store/leases/lease-keeper.ts';
import { renewLease } from '../../../src/store/leases/worker-leases.ts';
import { until } from '../base/until.ts';
import type { TestDatabase } from './database.ts';

/** Shorter than it is for users: the tests wait for it. */
export const settledMs = 2000;

/** Leases of workers in a test's database. */
export function leasesIn(database: () => TestDatabase) {
  /** A worker of this process, which notes what it hears, and whom it takes for dead. `url`: its way to the database. */
  function keep(taskQueue: string, { url, ...more }: Partial<LeaseHolder> & { url?: string } = {}) {
    const dead: string[] = [];
    const cancelled: string[] = [];
    const warnings: string[] = [];
    const missed = { words: 0 };
    const identity = more.identity ?? `watcher-${randomUUID()}`;
    const sql = url === undefined ? database().sql : openDatabase(url);
    const holder: LeaseHolder = {
      ...{ identity, place: 'here', namespace: 'default', taskQueue },
      isGone: () => false,
      handOut: async (others) => (dead.push(...others.keys()), 0),
      hearCancelled: (id, steps) => void cancelled.push(`${id}: ${steps?.join() ?? 'any'}`),
      missWords: () => void missed.words++,
      warn: (what) => void warnings.push(what),
      ...more,
    };
    const keeper = new LeaseKeeper(sql, holder, { settledMs });
    onTestFinished(async () => {
      await keeper.stop();
      if (url !== undefined) await sql.close();
    });
    const isTied = () => until('it is tied', async () => (await lease(identity))?.isTied === true);
    /** It has renewed twice: what it had to say of its beginning is said. */
    const isSteady = async () => {
      const renewedAt = async () => {
        const text = 'select renewed_at::text as at from worker_leases where identity = $1';
        return (await database().sql.query<{ at: string }>(text, [identity])).rows[0]?.at;
      };
      for (let times = 0; times < 2; times++) {
        const before = await renewedAt();
        await until('it renews', async () => (await renewedAt()) !== before);
      }
    };
    return { keeper, identity, dead, cancelled, warnings, missed, isTied, isSteady };
  }

  async function lease(identity: string) {
    const { rows } = await database().sql.query<{ id: string; isTied: boolean; silentForMs: number }>(
      `select id::text, is_tied as "isTied", extract(epoch from clock_timestamp() - renewed_at)::double precision * 1000 as "silentForMs"
       from worker_leases where identity = $1`,
      [identity],
    );
    return rows[0];
  }

  /** A lease of somebody whose process is not there. */
  async function leave(taskQueue: string, identity: string, more: { place?: string; isTied?: boolean } = {}) {
    const { place = 'elsewhere', isTied = true } = more;
    const id = randomUUID();
    await renewLease(database().sql, { id, identity, place, namespace: 'default', taskQueue, isTied: false });
    // Its lock fell with its process.
    await database().sql.query('update worker_leases set is_tied = $2 where id = $1', [id, isTied]);
    const isSilentFor = (time: string) =>
      database().sql.query(`update worker_leases set renewed_at = clock_timestamp() - $2::interval where id = $1`, [
        id,
        time,
      ]);
    return { id, isSilentFor };
  }

  return { keep, lease, leave };
}
