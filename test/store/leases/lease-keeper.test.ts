import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { lateMs, takeLease } from '../../../src/store/leases/worker-leases.ts';
import { until } from '../../support/base/until.ts';
import { openBreakingLine } from '../../support/store/breaking-line.ts';
import type { TestDatabase } from '../../support/store/database.ts';
import { createTestDatabase } from '../../support/store/database.ts';
import { leasesIn, settledMs } from '../../support/store/leases.ts';

const root = fileURLToPath(new URL('../../..', import.meta.url));

describe('leases of workers', () => {
  let database: TestDatabase;
  beforeAll(async () => {
    database = await createTestDatabase();
  });
  afterAll(() => database.close());
  const { keep, lease, leave } = leasesIn(() => database);

  /** A worker in a process of its own, "elsewhere": nobody here can look at its process. */
  async function spawnHolder(taskQueue: string, identity: string) {
    const script = `
      import { openDatabase } from './src/store/database/database.ts';
      import { LeaseKeeper } from './src/store/leases/lease-keeper.ts';
      const { url, identity, taskQueue } = JSON.parse(process.env.GIVEN);
      const nothing = () => undefined;
      new LeaseKeeper(openDatabase(url), { identity, place: 'elsewhere', namespace: 'default', taskQueue,
        isGone: () => false, handOut: async () => undefined, hearCancelled: nothing, missWords: nothing, warn: nothing });
      setInterval(nothing, 1000);`;
    const env = { ...process.env, GIVEN: JSON.stringify({ url: database.url, identity, taskQueue }) };
    const child = spawn(process.execPath, ['--import', 'tsx', '--input-type=module', '--eval', script], {
      ...{ cwd: root, env, stdio: ['ignore', 'inherit', 'inherit'] },
    });
    const gone = once(child, 'exit');
    onTestFinished(() => void child.kill('SIGKILL'));
    await until('it has a lease that hangs on its process', async () => (await lease(identity))?.isTied === true);
    return { child, gone };
  }

  it('end with the process of a worker, and somebody hands out what it had in hand, once', async () => {
    const [queue, identity] = [randomUUID(), 'killed'];
    const watchers = [keep(queue), keep(queue)];
    const { child, gone } = await spawnHolder(queue, identity);
    child.kill('SIGKILL');
    await gone;
    const dead = () => watchers.flatMap((watcher) => watcher.dead);
    await until('it is missed', () => dead().length > 0);
    expect(dead()).toEqual([identity]);
    // It may have stood still alone: what it is still given is handed out again.
    await database.sql.query(
      `update worker_leases set taken_at = taken_at - interval '11 seconds' where identity = $1`,
      [identity],
    );
    await until('it is looked at again', () => dead().length === 2);
    await database.sql.query(
      `update worker_leases set taken_at = taken_at - interval '11 seconds', renewed_at = renewed_at - interval '90 seconds' where identity = $1`,
      [identity],
    );
    await until('nobody looks any more', async () => (await lease(identity)) === undefined);
    expect(dead()).toHaveLength(3);
  });

  it('stay with a worker that only stands still, however late it is', async () => {
    const [queue, identity] = [randomUUID(), 'stopped'];
    const { dead } = keep(queue);
    const { child } = await spawnHolder(queue, identity);
    child.kill('SIGSTOP');
    await until('it is late', async () => (await lease(identity))!.silentForMs > settledMs + 2 * lateMs);
    expect(dead).toEqual([]);
    child.kill('SIGCONT');
    await until('it is there again', async () => ((await lease(identity))?.silentForMs ?? Infinity) < lateMs);
    expect(dead).toEqual([]);
  });

  it('are judged by nobody who was away himself: whoever comes back with others finds them late, and waits for them', async () => {
    const queue = randomUUID();
    const late = await leave(queue, 'late');
    const watcher = keep(queue);
    // As after a night in which all of a machine slept, and the database with it.
    await late.isSilentFor('8 hours');
    await watcher.isTied();
    expect(watcher.dead).toEqual([]);
    await until('it has been there for long enough', () => watcher.dead.length === 1);
    await database.sql.query(
      `update worker_leases set renewed_at = renewed_at - interval '8 hours' where identity = $1`,
      [watcher.identity],
    );
    const other = await leave(queue, 'other');
    await other.isSilentFor('8 hours');
    await until('it has looked', async () => (await lease('other'))!.silentForMs > 8 * 3_600_000 + 1500);
    expect(watcher.dead).toEqual(['late']);
    await until('it has been there for long enough again', () => watcher.dead.length === 2);
  });

  it('outlast a clock that jumps: who is late by that alone renews before anybody judges', async () => {
    const queue = randomUUID();
    const [one, two] = [keep(queue), keep(queue)];
    await Promise.all([one.isTied(), two.isTied()]);
    for (const jump of ['-1 hour', '1 hour']) {
      await database.sql.query(
        'update worker_leases set renewed_at = renewed_at + $2::interval where task_queue = $1',
        [queue, jump],
      );
      await until('both have renewed', async () =>
        (await Promise.all([lease(one.identity), lease(two.identity)])).every(
          (found) => Math.abs(found!.silentForMs) < lateMs,
        ),
      );
    }
    expect([...one.dead, ...two.dead]).toEqual([]);
  });

  it('end at once where the process can be looked for', async () => {
    const queue = randomUUID();
    await leave(queue, 'near', { place: 'here' });
    const { dead } = keep(queue, { isGone: (identity) => identity === 'near' });
    await until('it is missed', () => dead.length > 0);
    expect(dead).toEqual(['near']);
  });

  it('stay where the process can be looked for and is there, though its connection is lost', async () => {
    const queue = randomUUID();
    const near = await leave(queue, 'near', { place: 'here' });
    const far = await leave(queue, 'far');
    const { dead } = keep(queue);
    const both = () => Promise.all([near.isSilentFor('10 seconds'), far.isSilentFor('10 seconds')]);
    await until('the other one is missed', async () => {
      await both();
      return dead.length > 0;
    });
    expect(dead).toEqual(['far']);
    expect(await takeLease(database.sql, near.id, { by: randomUUID(), isGone: false })).toBe(null);
  });

  it('whose lock says nothing last longer than a machine stands still, and one alone takes them', async () => {
    const { id, isSilentFor } = await leave(randomUUID(), 'pooled', { isTied: false });
    await isSilentFor('15 seconds');
    expect(await takeLease(database.sql, id, { by: randomUUID(), isGone: null })).toBe(null);
    await isSilentFor('21 seconds');
    const taken = await Promise.all(
      [randomUUID(), randomUUID()].map((by) => takeLease(database.sql, id, { by, isGone: null })),
    );
    expect(taken.filter((ended) => ended !== null)).toEqual(['silent']);
  });

  it('come back with a connection that was lost, at once, and are nobody’s loss', async () => {
    const queue = randomUUID();
    const watcher = keep(queue);
    const cut = keep(queue);
    await Promise.all([watcher.isTied(), cut.isTied()]);
    const before = (await lease(cut.identity))!.id;
    await database.sql.query(
      `select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'gaffer-listen' and datname = current_database()`,
    );
    await until('it has another one', async () => {
      const now = await lease(cut.identity);
      return now !== undefined && now.id !== before && now.isTied;
    });
    expect([...watcher.dead, ...cut.dead]).toEqual([]);
  });

  it('outlast a database that is away for ten seconds: nobody is taken for dead, what is at work asks by itself, one warning', async () => {
    const queue = randomUUID();
    const way = await openBreakingLine(database.url);
    onTestFinished(() => way.close());
    const workers = [keep(queue, { url: way.url }), keep(queue, { url: way.url })];
    await Promise.all(workers.map(({ isTied }) => isTied()));
    const before = workers.map(({ missed }) => missed.words);
    const away = way.cutOff();
    await database.sql.query(
      `update worker_leases set renewed_at = renewed_at - interval '10 seconds' where task_queue = $1`,
      [queue],
    );
    await until('both have tried for a while', () => away.tries() > 6);
    expect(workers.every(({ missed }, index) => missed.words > before[index]!)).toBe(true);
    away.end();
    await Promise.all(
      workers.map(({ identity }) =>
        until('it is back', async () => ((await lease(identity))?.silentForMs ?? Infinity) < lateMs),
      ),
    );
    await Promise.all(workers.map(({ isTied }) => isTied()));
    expect(workers.flatMap(({ dead }) => dead)).toEqual([]);
    expect(workers.map(({ warnings }) => warnings)).toEqual(
      workers.map(() => ['the lease of this worker could not be renewed']),
    );
  });

  it('bring the word of a cancel to every worker, once for all steps of a workflow', async () => {
    const queue = randomUUID();
    const [one, two] = [keep(queue), keep(queue)];
    await Promise.all([one.isTied(), two.isTied()]);
    one.keeper.tellCancelled('run with spaces/task', ['1', '2']);
    one.keeper.tellCancelled('run with spaces/task', ['7']);
    const many = Array.from({ length: 2000 }, (_, index) => String(index));
    one.keeper.tellCancelled('wide', many);
    await until('the other one has heard', () => two.cancelled.length === 2);
    expect(two.cancelled).toEqual(['run with spaces/task: 1,2,7', 'wide: any']);
    expect(one.cancelled).toEqual(['run with spaces/task: 1,2', 'run with spaces/task: 7', `wide: ${many.join()}`]);
  });
});
