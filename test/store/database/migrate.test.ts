import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openDatabase } from '../../../src/store/database/database.ts';
import { migrate, migrations } from '../../../src/store/database/migrate.ts';
import { inspectStore } from '../../../src/store/database/inspect.ts';
import { openStore, type WorkerStore } from '../../../src/store/open-store.ts';
import { phase, plan, task } from '../../support/plan/builders.ts';
import type { TestDatabase } from '../../support/store/database.ts';
import { createTestDatabase } from '../../support/store/database.ts';
import { openStoreRun } from '../../support/store/store-run.ts';

const lastStep = migrations.at(-1)!.id;
const onePlan = plan({ phases: [phase('One')], tasks: [task({ id: 'only', phase: 0 })] });

describe('migrate', () => {
  let database: TestDatabase;
  beforeEach(async () => {
    database = await createTestDatabase({ empty: true });
  });
  afterEach(() => database.close());

  it('applies every step once, also when many processes start at once', async () => {
    const openers = Array.from({ length: 6 }, () => openDatabase(database.url));
    await Promise.all(openers.map((opener) => migrate(opener)));
    await Promise.all(openers.map((opener) => opener.close()));
    const { rows } = await database.sql.query<{ id: number }>('select id from gaffer_migrations order by id');
    expect(rows.map((row) => row.id)).toEqual(migrations.map((step) => step.id));
  });

  it('leaves nothing behind when a step fails', async () => {
    const broken = [...migrations, { id: 99, name: 'broken', sql: 'create table half (id int); select nonsense' }];
    await expect(migrate(database.sql, broken)).rejects.toThrow('nonsense');
    const { rows } = await database.sql.query<{ found: string | null }>(`select to_regclass('half') as found`);
    expect(rows[0]?.found).toBeNull();
    await migrate(database.sql);
  });

  it('refuses a database that belongs to something else', async () => {
    await database.sql.query('create table customers (id int)');
    await expect(openStore(database.url)).rejects.toMatchObject({ name: 'StoreError', reason: 'foreign' });
  });

  it('refuses a database that a newer version wrote', async () => {
    await migrate(database.sql, [...migrations, { id: 99, name: 'future', sql: 'create table future (id int)' }]);
    await expect(openStore(database.url)).rejects.toMatchObject({ reason: 'newer' });
  });

  it('goes on with what a newer version only added to, in what runs already and in what starts anew', async () => {
    const draining = await openStore(database.url, { maxConnections: 1 });
    const work = async (store: WorkerStore) => {
      const run = await openStoreRun(store, onePlan, null);
      await run.begin('only');
      await run.succeed('only', 'done');
      const [found, tasks] = [await store.runs.find(run.runKey), await store.runs.tasks(run.runKey)];
      const listed = await store.runs.list({ limit: 1 });
      expect([found?.runKey, listed[0]?.runKey, tasks[0]?.status]).toEqual([run.runKey, run.runKey, 'succeeded']);
      expect(await store.runs.ancestors(run.runKey)).toEqual([]);
    };
    await work(draining);
    const columns = `do $$ declare t text; begin
      for t in select relname from pg_class where relkind = 'r' and relnamespace = current_schema()::regnamespace and relname <> 'gaffer_migrations'
      loop execute format('alter table %I add column added_later text', t); end loop; end $$`;
    await migrate(database.sql, [...migrations, { id: 99, name: 'adds', sql: columns, worksFrom: lastStep }]);
    await work(draining);
    await draining.close();
    const started = await openStore(database.url);
    await work(started);
    await started.close();
    await expect(inspectStore(database.url)).resolves.toMatchObject({
      ...{ applied: migrations.length + 1, pending: 0, canCreate: true },
      connections: { used: expect.any(Number) as number },
    });
  });

  it('refuses what a newer version took away, though others of its steps only add', async () => {
    const later = [
      { id: 98, name: 'adds', sql: 'create table later (id int)', worksFrom: lastStep },
      { id: 99, name: 'takes-away', sql: 'alter table runs drop column reason', worksFrom: 98 },
    ];
    await migrate(database.sql, [...migrations, ...later]);
    const refused = { reason: 'newer', message: expect.stringContaining('its step 99 takes-away') as string };
    await expect(openStore(database.url)).rejects.toMatchObject(refused);
    await expect(inspectStore(database.url)).rejects.toMatchObject(refused);
  });

  it('asks a database of before for no column that it does not have', async () => {
    await migrate(database.sql);
    await database.sql.query('alter table gaffer_migrations drop column works_from');
    await (await openStore(database.url)).close();
    await migrate(database.sql, [...migrations, { id: 99, name: 'future', sql: 'create table future (id int)' }]);
    await expect(openStore(database.url)).rejects.toMatchObject({ reason: 'newer' });
  });

  it('refuses a step that was changed after it was applied', async () => {
    await migrate(database.sql);
    await database.sql.query(`update gaffer_migrations set checksum = 'another' where id = 1`);
    await expect(openStore(database.url)).rejects.toMatchObject({ reason: 'changed-migration' });
  });
});

describe('openStore', () => {
  it.each([
    ['postgres://nobody@127.0.0.1:1/nothing', 'unreachable'],
    ['postgres://nobody:secret-word@127.0.0.1:1/nothing', 'unreachable'],
  ])('says that nothing answers at %s, without a password', async (url, kind) => {
    const error = await openStore(url).catch((caught: Error) => caught);
    expect(error).toMatchObject({ name: 'StoreError', kind });
    expect((error as Error).message).not.toContain('secret-word');
  });
});
