import { randomUUID } from 'node:crypto';
import { inject } from 'vitest';
import { openDatabase } from '../../../src/store/database/database.ts';
import type { Database } from '../../../src/store/database/database.ts';
import { migrate } from '../../../src/store/database/migrate.ts';

/** A database of one test file's own, with the whole schema. */
export interface TestDatabase {
  url: string;
  sql: Database;
  /** Closes the connections and drops the database. */
  close(): Promise<void>;
}

/** Makes a database, with the whole schema unless `empty`, on the server that the global setup started (or that TEST_DATABASE_URL names). */
export async function createTestDatabase(options: { empty?: boolean } = {}): Promise<TestDatabase> {
  const server = process.env['TEST_DATABASE_URL'] ?? inject('databaseUrl');
  const name = `gaffer_test_${randomUUID().replaceAll('-', '')}`;
  await onServer(server, `create database ${name}`);
  const url = new URL(server);
  url.pathname = `/${name}`;
  const sql = openDatabase(url.href);
  if (!options.empty) await migrate(sql);
  return {
    url: url.href,
    sql,
    async close() {
      await sql.close();
      await onServer(server, `drop database if exists ${name} with (force)`);
    },
  };
}

async function onServer(url: string, text: string): Promise<void> {
  const server = openDatabase(url, { maxConnections: 1 });
  try {
    await server.query(text);
  } finally {
    await server.close();
  }
}
