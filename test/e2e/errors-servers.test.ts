import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { beforeAll, describe, expect, inject, it, onTestFinished } from 'vitest';
import type { CliResult } from '../support/command/cli.ts';
import { expectNothingLeft, expectRefusal, gaffer, logsOf, writeProject } from '../support/command/cli.ts';
import { createTestDatabase } from '../support/store/database.ts';
import type { TestDatabase } from '../support/store/database.ts';
import { tempFolder } from '../support/base/temp-folder.ts';
import { buildIfStale } from '../support/run/worker-process.ts';
import { patient } from '../support/base/patience.ts';

/** A command waits up to 15 s for the first word of a database, and starts and ends beside it. */
const longestMs = 30_000;
const password = 'hunter2-not-in-any-output';

beforeAll(buildIfStale);

/** Runs a command on given servers, the shared ones unless told otherwise, and checks that nothing of it is left. */
async function onServers(args: readonly string[], env: Record<string, string>): Promise<CliResult> {
  const cwd = writeProject(tempFolder());
  const home = join(cwd, 'home');
  const servers = { DATABASE_URL: inject('databaseUrl'), TEMPORAL_ADDRESS: inject('temporalAddress') };
  const result = await gaffer(args, { cwd, env: { GAFFER_HOME: home, ...servers, ...env } });
  expectNothingLeft(home);
  const secrets = [password, new URL(servers.DATABASE_URL).password];
  for (const secret of secrets) expect(result.stdout + result.stderr + logsOf(home)).not.toContain(secret);
  return result;
}

async function database(options?: { empty?: boolean }): Promise<TestDatabase> {
  const made = await createTestDatabase(options);
  onTestFinished(() => made.close());
  return made;
}

/** Takes connections and never says anything. */
function silentServer(): Promise<string> {
  const server = createServer((socket) => void socket.on('error', () => undefined));
  onTestFinished(() => void server.close());
  return new Promise((resolve) => {
    server.listen(0, '127.0.0.1', () => resolve(`127.0.0.1:${(server.address() as AddressInfo).port}`));
  });
}

async function closedPort(): Promise<string> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return `127.0.0.1:${port}`;
}

describe('a server that cannot be reached', () => {
  const verbs = [['run', 'workflow.yaml'], ['watch', 'x'], ['cancel', 'x'], ['worker']];

  it.each(verbs.filter(([verb]) => verb === 'run' || verb === 'worker').map((args) => [args]))(
    'gaffer %j says that Temporal does not answer',
    async (args) => {
      const { url } = await database();
      const address = await closedPort();
      const result = await onServers(args, { DATABASE_URL: url, TEMPORAL_ADDRESS: address });
      expectRefusal(result, 4, `Temporal does not answer at ${address}`, 'check TEMPORAL_ADDRESS');
      expect(result.durationMs).toBeLessThan(patient(longestMs));
    },
  );

  it.each([...verbs, ['show', 'x'], ['runs'], ['run', 'workflow.yaml', '--detach']].map((args) => [args]))(
    'gaffer %j says that the database does not answer',
    async (args) => {
      const address = await closedPort();
      const result = await onServers(args, { DATABASE_URL: `postgres://me:${password}@${address}/gaffer` });
      expectRefusal(result, 4, 'the database does not answer', `DATABASE_URL names ${address}`, 'unset DATABASE_URL');
      expect(result.durationMs).toBeLessThan(patient(longestMs));
    },
  );

  it('may also be silent: the command ends within a bounded time', async () => {
    const [{ url }, address] = await Promise.all([database(), silentServer()]);
    const [temporal, store] = await Promise.all([
      onServers(['run', 'workflow.yaml'], { DATABASE_URL: url, TEMPORAL_ADDRESS: address }),
      onServers(['run', 'workflow.yaml'], { DATABASE_URL: `postgres://me:${password}@${address}/gaffer` }),
    ]);
    expectRefusal(temporal, 4, `Temporal does not answer at ${address}`, 'check TEMPORAL_ADDRESS');
    expectRefusal(store, 4, 'the database does not answer', address, 'unset DATABASE_URL');
    for (const { durationMs } of [temporal, store]) expect(durationMs).toBeLessThan(patient(longestMs));
  });

  it('ends a background stack before it began, with one message', async () => {
    const address = await closedPort();
    const result = await onServers(['dev', '--detach'], {
      DATABASE_URL: `postgres://me:${password}@${address}/gaffer`,
    });
    expectRefusal(result, 4, 'did not come up', 'the database does not answer', `DATABASE_URL names ${address}`);
  });

  it('is named by `gaffer doctor` with its fix', async () => {
    const [temporal, store] = [await closedPort(), await closedPort()];
    const result = await onServers(['doctor', '--json'], {
      DATABASE_URL: `postgres://me:${password}@${store}/gaffer`,
      TEMPORAL_ADDRESS: temporal,
    });
    expect(result).toMatchObject({ code: 1, stderr: '' });
    expect(JSON.parse(result.stdout)).toEqual(
      expect.arrayContaining([
        expect.objectContaining({
          name: 'Temporal',
          status: 'fail',
          detail: expect.stringContaining(`does not answer at ${temporal}: nothing listens there`),
        }),
        expect.objectContaining({ name: 'Database', status: 'fail', fix: expect.stringContaining('DATABASE_URL') }),
      ]),
    );
  });
});

describe('a namespace that is not there', () => {
  const env = { TEMPORAL_NAMESPACE: 'absent', TEMPORAL_GRPC_META_X_CREW: 'any' };
  const words = ['Namespace absent is not found', 'check TEMPORAL_NAMESPACE (absent)', 'namespace create -n absent'];

  it.each([[['worker']], [['run', 'workflow.yaml']]])('is named by gaffer %j', async (args) => {
    expectRefusal(await onServers(args, env), 4, ...words);
  });

  it('is named by `gaffer doctor`', async () => {
    const { code, stdout } = await onServers(['doctor'], env);
    expect(code).toBe(1);
    for (const word of words) expect(stdout).toContain(word);
  });
});

describe('a database that is not for us', () => {
  it('is left alone when it holds the tables of something else', async () => {
    const { url, sql } = await database({ empty: true });
    await sql.query('create table invoices (no integer)');
    for (const args of [['run', 'workflow.yaml'], ['runs']]) {
      const result = await onServers(args, { DATABASE_URL: url });
      expectRefusal(result, 4, 'tables of something else', 'invoices', 'a database of its own in DATABASE_URL');
    }
    const { rows } = await sql.query(
      `select relname::text as name from pg_class where relkind = 'r' and relnamespace = current_schema()::regnamespace`,
    );
    expect(rows).toEqual([{ name: 'invoices' }]);
  });

  it('is left alone when a newer Gaffer wrote it', async () => {
    const { url, sql } = await database();
    await sql.query(`insert into gaffer_migrations (id, name, checksum) values (99, 'later', 'x')`);
    const result = await onServers(['run', 'workflow.yaml'], { DATABASE_URL: url });
    expectRefusal(result, 4, 'a newer Gaffer', '99 later', 'update gaffer-crew');
  });

  it('is left alone when its schema is not the one of this version', async () => {
    const { url, sql } = await database();
    await sql.query(`update gaffer_migrations set checksum = 'x' where id = 1`);
    const result = await onServers(['run', 'workflow.yaml'], { DATABASE_URL: url });
    expectRefusal(result, 4, 'schema step 1', 'use the version that wrote it, or another database');
  });

  it.each([
    ['a wrong password', (url: URL) => (url.password = password), 'password authentication failed'],
    ['a database that is not there', (url: URL) => (url.pathname = '/absent'), '"absent" does not exist'],
  ])('is refused by %s', async (_, change, reason) => {
    const url = new URL(inject('databaseUrl'));
    change(url);
    const result = await onServers(['run', 'workflow.yaml'], { DATABASE_URL: url.href });
    expectRefusal(result, 4, 'the database refuses us', reason, 'check DATABASE_URL');
  });
});
