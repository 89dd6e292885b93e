import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { GafferHome } from '../../src/config/home.ts';
import { postgresAccount } from '../../src/dev/postgres/postgres-account.ts';
import { postgresBinaries } from '../../src/dev/postgres/postgres-binaries.ts';
import { choosePlace, readPlace } from '../../src/dev/postgres/postgres-place.ts';
import type { PostgresRecord } from '../../src/dev/postgres/postgres-server.ts';
import { findStack, removeHome, startStack, stopStack, type Stack } from '../../src/dev/stack.ts';
import { readState, writeState } from '../../src/dev/stack-state.ts';
import { choosePort } from '../../src/host/ports.ts';
import { identify } from '../../src/host/process-identity.ts';
import { openDatabase } from '../../src/store/database/database.ts';
import { until } from '../support/base/until.ts';
import { plainEnv } from '../support/dev/home.ts';
import { asStranger, canBeSomebodyElse } from '../support/dev/other-account.ts';

let folder: string;
let home: GafferHome;
let stack: Stack;
const said: string[] = [];
const record = (): PostgresRecord => readState(home).postgres!;
const socketFile = (): string => join(record().socket!, `.s.PGSQL.${record().port}`);
/** Temporal is not what this is about, so the home has none. */
const env = { ...plainEnv, TEMPORAL_ADDRESS: '127.0.0.1:1' };
const start = (): Promise<Stack> => startStack({ home, env, say: (line) => said.push(line) });
const listenAt =
  "require('node:net').createServer().on('error', ({ code }) => console.log(code)).listen(process.argv[1])";
const connectTo = "require('node:net').connect(process.argv[1]).on('error', ({ code }) => console.log(code))";

async function kill(): Promise<PostgresRecord> {
  const before = record();
  process.kill(before.pid, 'SIGKILL');
  await until('it is gone', () => identify(before.pid) === undefined);
  return before;
}

async function startAgain(): Promise<void> {
  const old = stack;
  stack = await start();
  await old.stop();
}

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'gaffer-database-'));
  home = { path: join(folder, '.gaffer') };
  stack = await start();
}, 60_000);
afterAll(async () => {
  await stack?.stop();
  await removeHome(home);
  rmSync(folder, { recursive: true, force: true });
});

describe('the embedded PostgreSQL', { timeout: 60_000 }, () => {
  it('asks for the password at its socket, and at the port that tools of people take', async () => {
    const url = new URL(stack.databaseUrl);
    expect(decodeURIComponent(url.hostname)).toBe(record().socket);
    const byPort = new URL(stack.databaseUrl);
    byPort.hostname = '127.0.0.1';
    const client = new pg.Client(byPort.href);
    await client.connect();
    await client.end();
    for (const place of [url, byPort]) {
      for (const password of ['', 'gaffer', 'guessed']) {
        place.password = password;
        await expect(new pg.Client(place.href).connect(), password).rejects.toThrow(/password/);
      }
    }
    expect(statSync(record().socket!).mode & 0o777).toBe(0o700);
  });

  it.skipIf(!canBeSomebodyElse)('lets another account neither in nor take its place', async () => {
    const path = socketFile();
    expect(asStranger(process.execPath, ['-e', connectTo, path]).output).toContain('EACCES');
    await kill();
    for (const place of [path, join(dirname(path), 'other'), `${dirname(path)}-2`]) {
      expect(asStranger(process.execPath, ['-e', listenAt, place]).output, place).toMatch(/EACCES|EADDRINUSE/);
    }
    expect(asStranger('mv', [dirname(path), `${dirname(path)}-2`]).status).not.toBe(0);
    await startAgain();
  });

  it('is found again by who works with it, who tells nobody else the password meanwhile', async () => {
    const database = openDatabase(stack.databaseUrl, { maxConnections: 1 });
    const ask = (): Promise<unknown> => database.query('select 1');
    await ask();
    const before = await kill();
    const heard: Buffer[] = [];
    const impostor = createServer((socket) => {
      // Asks for the password in the clear.
      socket.on('error', () => undefined).on('data', (data) => heard.push(data));
      socket.write(Buffer.from([0x52, 0, 0, 0, 8, 0, 0, 0, 3]));
    });
    impostor.listen(before.port, '127.0.0.1');
    await expect(ask()).rejects.toMatchObject({ reason: 'unreachable' });
    said.length = 0;
    await startAgain();
    expect(said.join('\n')).toContain(`somebody else has port ${before.port}, so it is reached by its socket alone`);
    expect(record().pid).not.toBe(before.pid);
    expect(record()).toMatchObject({ socket: before.socket, port: before.port });
    await expect(ask()).resolves.toMatchObject({ rows: [{ '?column?': 1 }] });
    expect(heard).toEqual([]);
    await database.close();
    impostor.close();
  });

  it('starts although the socket of a killed one names a process that lives', async () => {
    const lock = `${socketFile()}.lock`;
    const { uid, gid } = statSync(lock);
    const stranger = spawn('sleep', ['60'], { uid, gid, cwd: '/' });
    await kill();
    const [, ...rest] = readFileSync(lock, 'utf8').split('\n');
    writeFileSync(lock, [stranger.pid, ...rest].join('\n'));
    await startAgain();
    stranger.kill();
    await expect(findStack(home, env)).resolves.toBeDefined();
  });

  it('starts as soon as the last process of a killed one has ended', async () => {
    const database = openDatabase(stack.databaseUrl, { maxConnections: 1 });
    const { rows } = await database.query<{ pid: number }>('select pg_backend_pid() as pid');
    const { pid } = rows[0]!;
    process.kill(pid, 'SIGSTOP');
    await kill();
    const starting = startAgain();
    const log = join(home.path, 'logs', 'postgres.log');
    await until('it is refused once', () => readFileSync(log, 'utf8').includes('pre-existing shared memory block'));
    process.kill(pid, 'SIGCONT');
    await starting;
    await expect(findStack(home, env)).resolves.toBeDefined();
    await database.close();
  });

  it('leaves no socket behind when it is stopped', async () => {
    const { socket } = record();
    await stopStack(home);
    expect(existsSync(socket!)).toBe(false);
    await startAgain();
    expect(record().socket).toBe(socket);
  });

  it('is used on its port when an earlier version started it, which is said', async () => {
    await stopStack(home);
    const place = readPlace(home)!;
    const account = await postgresAccount(() => undefined);
    const { copyRoot } = await choosePlace(home, () => undefined);
    const { folder: programs, version } = await postgresBinaries({ account, copyRoot, say: () => undefined });
    const port = await choosePort();
    const settings = ['listen_addresses=127.0.0.1', `port=${port}`, 'unix_socket_directories='];
    const args = ['-D', join(place.folder, 'data'), ...settings.flatMap((setting) => ['-c', setting])];
    const { uid, gid } = statSync(place.folder);
    const server = spawn(join(programs, 'bin', 'postgres'), args, { uid, gid, cwd: '/', stdio: 'ignore' });
    const ended = once(server, 'exit');
    writeState(home, { ...readState(home), postgres: { ...identify(server.pid!)!, port, version } });
    await until('it is ready', async () => (await findStack(home, env)) !== undefined);
    said.length = 0;
    await startAgain();
    expect(new URL(stack.databaseUrl).host).toBe(`127.0.0.1:${port}`);
    expect(said.join('\n')).toContain('an earlier version started it, without a socket until `gaffer down`');
    await stopStack(home);
    await ended;
    await startAgain();
    expect(new URL(stack.databaseUrl).host).not.toContain('127.0.0.1');
  });
});
