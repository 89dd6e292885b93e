import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openDatabase } from '../../../src/store/database/database.ts';
import { migrate, migrations } from '../../../src/store/database/migrate.ts';
import { openStore } from '../../../src/store/open-store.ts';
import type { TestDatabase } from '../../support/store/database.ts';
import { createTestDatabase } from '../../support/store/database.ts';

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
