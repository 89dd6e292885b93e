import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { basename, dirname } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { lookAtGateways } from '../../src/dev/gateway/stop-gateways.ts';
import { openWay } from '../../src/dev/gateway/way-to-gateway.ts';
import type { GafferHome } from '../../src/config/home.ts';
import { startScriptedModel, type ScriptedModelServer } from '../../src/testing/index.ts';
import { patient } from '../support/base/patience.ts';
import { processesBelow, stillAlive } from '../support/base/processes.ts';
import { until } from '../support/base/until.ts';
import { gatewayHome, useTestGateway } from '../support/gateway/gateway-place.ts';
import { buildIfStale } from '../support/run/worker-process.ts';
import { createTestDatabase, type TestDatabase } from '../support/store/database.ts';

describe('a gateway of this machine', () => {
  let database: TestDatabase;
  let model: ScriptedModelServer;
  const account = (apiKey = 'canary-of-a-key') => ({ databaseUrl: database.url, apiKey, url: model.url });
  const onlyOne = async (home: GafferHome) => {
    const found = await lookAtGateways(home);
    expect(found).toHaveLength(1);
    return found[0]!;
  };

  beforeAll(async () => {
    buildIfStale();
    database = await createTestDatabase();
    model = await startScriptedModel({ rules: [] });
  });
  afterAll(async () => {
    await model.close();
    await database.close();
  });

  it('is shared by whoever orders the same, and ends with its last user, with nothing left', async () => {
    const home = gatewayHome();
    const [one, other] = [await useTestGateway(home, account()), await useTestGateway(home, account())];
    await Promise.all([one.ready(), other.ready()]);
    const { pid, users } = await onlyOne(home);
    expect({ users, same: one.socket === other.socket }).toEqual({ users: 2, same: true });
    expect(readdirSync(dirname(one.socket))).toEqual(['s']);
    await one.leave();
    expect(await onlyOne(home)).toMatchObject({ pid, users: 1 });
    const processes = processesBelow(home.path);
    await other.leave();
    expect(await stillAlive(processes, 0)).toEqual([]);
    expect(existsSync(dirname(one.socket))).toBe(false);
  });

  it('is another one for another key: nobody pays with what somebody else started with', async () => {
    const home = gatewayHome();
    const uses = [await useTestGateway(home, account('key-a')), await useTestGateway(home, account('key-b'))];
    await Promise.all(uses.map((use) => use.ready()));
    expect(new Set((await lookAtGateways(home)).map(({ pid }) => pid)).size).toBe(2);
  });

  it('is back within 2 s when it was killed, at the same place', async () => {
    const home = gatewayHome();
    const said: string[] = [];
    const use = await useTestGateway(home, account(), said);
    await use.ready();
    const { pid, socket } = await onlyOne(home);
    const killedAt = performance.now();
    process.kill(pid, 'SIGKILL');
    await until('it is missed', () => said.length > 0);
    await use.ready();
    const tookMs = performance.now() - killedAt;
    const after = await onlyOne(home);
    expect(after.pid).not.toBe(pid);
    expect(after.socket).toBe(socket);
    expect(tookMs).toBeLessThan(patient(2000));
    expect(said[0]).toMatch(/starting it again/);
    console.log(`a killed gateway was back after ${Math.round(tookMs)} ms`);
  });

  it('has the key in no command line, no environment and no file', async () => {
    const home = gatewayHome();
    const use = await useTestGateway(home, account());
    await use.ready();
    const { pid } = await onlyOne(home);
    for (const file of ['cmdline', 'environ']) {
      expect(readFileSync(`/proc/${pid}/${file}`, 'utf8')).not.toContain('canary-of-a-key');
    }
    const written = readdirSync(dirname(home.path), { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => readFileSync(`${entry.parentPath}/${entry.name}`, 'utf8'));
    expect(written.length).toBeGreaterThan(0);
    expect(written.join('\n')).not.toContain('canary-of-a-key');
  });

  it('says why it does not come up, and leaves nothing', async () => {
    const home = gatewayHome();
    const use = await useTestGateway(home, { ...account(), databaseUrl: 'postgres://nobody@127.0.0.1:1/none' });
    await expect(use.ready()).rejects.toThrow(/did not come up: .*127\.0\.0\.1.*Its log: /s);
    expect(processesBelow(home.path)).toEqual([]);
    expect(await lookAtGateways(home)).toEqual([]);
  });

  it('is ended, with nothing left, when whoever starts it dies meanwhile', async () => {
    const home = gatewayHome();
    const script = new URL('../support/gateway/use-gateway-main.mjs', import.meta.url).pathname;
    const order = JSON.stringify({
      databaseUrl: database.url,
      accounts: { anthropic: { apiKey: 'k', baseURL: model.url } },
    });
    const child = spawn(process.execPath, [script, home.path, order], { stdio: 'ignore' });
    await until('a gateway is noted', () =>
      processesBelow(home.path).some(({ command }) => command.includes('gateway-main')),
    );
    const started = processesBelow(home.path).filter(({ command }) => command.includes('gateway-main'));
    child.kill('SIGKILL');
    // It may have come up by then: then it goes on without users for a while, and is found by the next one.
    const use = await useTestGateway(home, { databaseUrl: database.url, apiKey: 'k', url: model.url });
    await use.ready();
    const { users } = await onlyOne(home);
    expect(users).toBe(1);
    await use.leave();
    expect(await stillAlive(started, 5000)).toEqual([]);
  });
});

describe('a way to a gateway elsewhere', () => {
  it('leaves nothing of a process that was killed to the next one', async () => {
    gatewayHome();
    const script = new URL('../support/gateway/open-way-main.mjs', import.meta.url).pathname;
    const child = spawn(process.execPath, [script], { stdio: ['ignore', 'pipe', 'inherit'] });
    const [said] = (await once(child.stdout, 'data')) as [Buffer];
    const folder = dirname(said.toString().trim());
    child.kill('SIGKILL');
    await once(child, 'exit');
    expect(existsSync(folder)).toBe(true);
    const next = await openWay('unix:/nowhere');
    expect(readdirSync(dirname(folder)).filter((name) => name.startsWith(basename(folder)))).toEqual([]);
    expect(existsSync(next.socket)).toBe(true);
    await next.close();
    expect(readdirSync(dirname(folder)).filter((name) => !name.startsWith('secret'))).toEqual([]);
  });
});
