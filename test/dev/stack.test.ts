import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { type Server, createServer } from 'node:net';
import { join } from 'node:path';
import { Connection } from '@temporalio/client';
import pg from 'pg';
import { clientOptionsOf } from '../../src/domain/temporal-target.ts';
import { reachTemporal } from '../../src/host/front/reach-temporal.ts';
import { describe, expect, it } from 'vitest';
import { type GafferHome, ensureHome } from '../../src/config/home.ts';
import { readPlace } from '../../src/dev/postgres/postgres-place.ts';
import { addBackgroundHelper, findStack, startStack, stopStack } from '../../src/dev/stack.ts';
import type { Stack } from '../../src/dev/stack.ts';
import { areGone, later, leftovers, plainEnv, serverPids, startElsewhere, temporaryHome } from '../support/dev/home.ts';

const slow = { timeout: 60_000 };

async function start(home: GafferHome, lines: string[] = []): Promise<Stack> {
  return startStack({ home, env: plainEnv, say: (line) => lines.push(line) });
}

async function query(stack: Stack, text: string): Promise<unknown[]> {
  const client = new pg.Client({ connectionString: stack.databaseUrl });
  await client.connect();
  try {
    return (await client.query(text)).rows as unknown[];
  } finally {
    await client.end();
  }
}

describe('startStack', slow, () => {
  it('starts both servers ready for work, and stop leaves nothing', async () => {
    const home = temporaryHome();
    const stack = await start(home);
    expect(stack.started).toBe(true);
    const pids = serverPids(home);
    await expect(query(stack, 'SELECT current_database() AS name')).resolves.toEqual([{ name: 'gaffer' }]);
    await expect(query(stack, 'SHOW fsync')).resolves.toEqual([{ fsync: 'on' }]);
    const guess = new pg.Client({ connectionString: stack.databaseUrl.replace(/:[^:@]+@/, ':guessed@') });
    await expect(guess.connect()).rejects.toMatchObject({ code: '28P01' });
    const connection = await Connection.connect(clientOptionsOf(await reachTemporal(stack.temporal.target)));
    later(() => connection.close());
    const { config } = await connection.workflowService.describeNamespace({ namespace: 'default' });
    expect(Number(config?.workflowExecutionRetentionTtl?.seconds)).toBe(30 * 24 * 60 * 60);
    const attributes = await connection.operatorService.listSearchAttributes({ namespace: 'default' });
    const names = Object.keys(attributes.customAttributes);
    expect(names).toEqual(expect.arrayContaining(['GafferStatus', 'GafferCostUsd']));
    expect(names).toContain('GafferGrade');
    await expect(fetch(stack.temporal.webUi!(''))).resolves.toMatchObject({ ok: true });
    await Promise.all([stack.stop(), stack.stop()]);
    expect(areGone(pids)).toBe(true);
    expect(leftovers(home)).toEqual([]);
    await expect(findStack(home, plainEnv)).resolves.toBeUndefined();
  });

  it('adopts what is alive; the last one to leave stops it', async () => {
    const home = temporaryHome();
    const first = await start(home);
    const other = await startElsewhere(home);
    expect(other).toMatchObject({ started: false, pids: serverPids(home) });
    await first.stop();
    expect(areGone(other.pids)).toBe(false);
    await other.leave();
    expect(areGone(other.pids)).toBe(true);
  });

  it('takes over from a killed process, and stops at its end', async () => {
    const home = temporaryHome();
    const other = await startElsewhere(home);
    other.process.kill('SIGKILL');
    await once(other.process, 'exit');
    expect(areGone(other.pids)).toBe(false);
    const stack = await start(home);
    expect(stack.started).toBe(true);
    expect(serverPids(home)).toEqual(other.pids);
    await stack.stop();
    expect(areGone(other.pids)).toBe(true);
  });

  it('replaces what was killed, and no data is lost', async () => {
    const home = temporaryHome();
    const before = await start(home);
    await query(before, 'CREATE TABLE kept AS SELECT 1 AS one');
    const pids = serverPids(home);
    for (const pid of pids) process.kill(pid, 'SIGKILL');
    // A later process of the same user may get the same pid: the lock file then names a stranger.
    const lock = join(readPlace(home)!.folder, 'data', 'postmaster.pid');
    writeFileSync(lock, readFileSync(lock, 'utf8').replace(/^\d+/, String(strangerOf(lock))));
    const stack = await start(home);
    expect(serverPids(home)).not.toEqual(pids);
    await expect(query(stack, 'SELECT one FROM kept')).resolves.toEqual([{ one: 1 }]);
    await stack.stop();
    await before.stop();
    expect(leftovers(home)).toEqual([]);
  });

  it('finds servers again whose state file was lost with their owner', async () => {
    const home = temporaryHome();
    const other = await startElsewhere(home);
    other.process.kill('SIGKILL');
    const [temporal, postgres] = other.pids as [number, number];
    process.kill(temporal, 'SIGKILL');
    rmSync(join(home.path, 'stack.json'));
    const stack = await start(home);
    expect(serverPids(home)[1]).toBe(postgres);
    await stack.stop();
    expect(areGone(other.pids)).toBe(true);
  });

  it('starts one pair of servers when two processes start at once', async () => {
    const home = temporaryHome();
    const [one, two] = await Promise.all([startElsewhere(home), startElsewhere(home)]);
    expect(one.pids).toEqual(two.pids);
    expect(one.started).not.toBe(two.started);
    await Promise.all([one.leave(), two.leave()]);
    expect(areGone(one.pids)).toBe(true);
    expect(leftovers(home)).toEqual([]);
  });

  it('takes other ports when the usual ones are taken, and says so', async () => {
    const taken = createServer();
    const isOurs = await listen(taken, 7233);
    if (isOurs) later(() => void taken.close());
    const lines: string[] = [];
    const stack = await start(temporaryHome(), lines);
    expect(stack.temporal.target.address).not.toBe('127.0.0.1:7233');
    expect(lines.join('\n')).toMatch(/port 7233 is taken, using \d+/);
    await stack.stop();
  });

  it('says what to do when another version wrote the data, and leaves nothing running', async () => {
    const home = temporaryHome();
    ensureHome(home);
    writeFileSync(join(home.path, 'temporal.json'), JSON.stringify({ version: '1.0.0-none' }));
    await expect(start(home)).rejects.toMatchObject({
      reason: 'version-mismatch',
      message: expect.stringMatching(/written by temporal 1\.0\.0-none.*move .*temporal\.db/),
    });
    expect(serverPids(home)).toEqual([]);
    expect(leftovers(home)).toEqual([]);
  });

  it('starts nothing when both servers are given', async () => {
    const home = temporaryHome();
    const env = {
      TEMPORAL_ADDRESS: '127.0.0.1:1',
      TEMPORAL_NAMESPACE: 'mine',
      DATABASE_URL: 'postgres://127.0.0.1:1/x',
    };
    const stack = await startStack({ home, env, say: () => undefined });
    expect(stack).toMatchObject({ started: false, databaseUrl: env.DATABASE_URL });
    expect(stack.temporal).toMatchObject({ target: { address: '127.0.0.1:1', namespace: 'mine' }, webUi: null });
    expect(existsSync(home.path)).toBe(false);
  });
});

describe('stopStack', slow, () => {
  it('alone stops a background stack, with its worker', async () => {
    const home = temporaryHome();
    const other = await startElsewhere(home, 'background');
    await other.leave();
    expect(areGone(other.pids)).toBe(false);
    await (await start(home)).stop();
    expect(areGone(other.pids)).toBe(false);
    await expect(findStack(home, plainEnv)).resolves.toMatchObject({ started: false });
    const worker = await startElsewhere(home);
    await addBackgroundHelper(home, { name: 'worker', pid: worker.process.pid! });
    await expect(stopStack(home)).resolves.toEqual({ stopped: ['worker', 'Temporal server', 'PostgreSQL'] });
    expect(areGone([...other.pids, worker.process.pid!])).toBe(true);
    expect(leftovers(home)).toEqual([]);
    await expect(stopStack(home)).resolves.toEqual({ stopped: [] });
  });
});

/** A living process of the file's owner that has nothing to do with it. */
function strangerOf(file: string): number {
  const { uid, gid } = statSync(file);
  const child = spawn('sleep', ['60'], { uid, gid, cwd: '/' });
  later(() => void child.kill());
  return child.pid!;
}

function listen(server: Server, port: number): Promise<boolean> {
  return new Promise((resolve) => {
    server.once('error', () => resolve(false));
    server.listen(port, '127.0.0.1', () => resolve(true));
  });
}
