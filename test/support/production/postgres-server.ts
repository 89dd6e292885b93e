import { mkdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { ensureHome } from '../../../src/config/home.ts';
import { choosePlace, writePlace } from '../../../src/dev/postgres/postgres-place.ts';
import { type PostgresRecord, startPostgres } from '../../../src/dev/postgres/postgres-server.ts';
import { isAlive } from '../../../src/host/process-identity.ts';
import { openDatabase } from '../../../src/store/database/database.ts';
import { until } from '../base/until.ts';

/** A PostgreSQL server that Temporal and Gaffer share, each with databases and an account of its own. */
export interface PostgresServer {
  port: number;
  /** Address of a database for one of the accounts. */
  url: (account: 'temporal' | 'crew', database: string) => string;
  /** Ends it: cleanly (`SIGINT`), without a checkpoint (`SIGQUIT`), or as a crash does. */
  stop(signal: 'SIGINT' | 'SIGQUIT' | 'SIGKILL'): Promise<void>;
  start: () => Promise<void>;
}

/** Passwords of the accounts. */
export const passwords = { temporal: 'temporal-canary-5d1f', crew: 'crew-canary-8a2c' } as const;

/** Starts it below `folder`, with both accounts and Gaffer's database `gaffer_crew`. */
export async function startPostgresServer(folder: string, port: number): Promise<PostgresServer> {
  const home = { path: join(folder, 'database', '.gaffer') };
  mkdirSync(dirname(home.path), { mode: 0o755 });
  ensureHome(home);
  mkdirSync(join(home.path, 'logs'), { mode: 0o700 });
  const say = (): void => undefined;
  const { place } = await choosePlace(home, say);
  writePlace(home, { ...place, port });
  let record: PostgresRecord;
  const start = async (): Promise<void> => {
    record = await startPostgres({ home, env: process.env, say, remember: (one) => (record = one) });
  };
  await start();
  const admin = openDatabase(`postgres://gaffer:${place.password}@127.0.0.1:${port}/postgres?sslmode=disable`, {
    maxConnections: 1,
  });
  for (const [name, password] of Object.entries(passwords)) {
    await admin.query(`create role ${name} login createdb password '${password}'`);
  }
  await admin.query('create database gaffer_crew owner crew');
  await admin.close();
  return {
    port,
    url: (account, database) =>
      `postgres://${account}:${passwords[account]}@127.0.0.1:${port}/${database}?sslmode=disable`,
    async stop(signal) {
      process.kill(record.pid, signal);
      await until('PostgreSQL is gone', () => !isAlive(record));
    },
    start,
  };
}
