import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { GafferHome } from '../../src/config/home.ts';
import { removeHome, startStack, type Stack } from '../../src/dev/stack.ts';
import { readState } from '../../src/dev/stack-state.ts';
import { listGateways } from '../../src/store/gateway/gateways.ts';
import { descendantsOf } from '../support/base/processes.ts';
import { until } from '../support/base/until.ts';
import { plainEnv } from '../support/dev/home.ts';
import { heldAnswer, heldEvents } from '../support/gateway/held-answer.ts';
import { asking, useGateway } from '../support/gateway/stage.ts';

/** For longer than any gateway may be silent. */
const awayMs = 6500;

let folder: string;
let home: GafferHome;
let stack: Stack;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'gaffer-outage-'));
  home = { path: join(folder, '.gaffer') };
  // A PostgreSQL of its own, which can be stopped, and no Temporal.
  stack = await startStack({ home, env: { ...plainEnv, TEMPORAL_ADDRESS: '127.0.0.1:1' }, say: () => undefined });
  process.env['TEST_DATABASE_URL'] = stack.databaseUrl;
});
afterAll(async () => {
  delete process.env['TEST_DATABASE_URL'];
  await stack.stop();
  await removeHome(home);
  rmSync(folder, { recursive: true, force: true });
});
// Its hooks stand within these.
const stage = useGateway();

it('a database that stood still makes no gateway dead: what both had under way is paid once', async () => {
  const gateways = [await stage.gateway(), await stage.gateway()];
  const { run, ask } = await stage.attempt();
  const calls = gateways.map(() => heldAnswer());
  const readers = [];
  for (const [index, gateway] of gateways.entries()) {
    stage.provider().answerWith(calls[index]!.answering);
    const reader = (await ask(asking(`Of ${index}`), { gateway })).body!.getReader();
    await reader.read();
    readers.push(reader);
  }
  const server = readState(home).postgres!.pid;
  const processes = [server, ...descendantsOf(server).map(({ pid }) => pid)];
  for (const pid of processes) process.kill(pid, 'SIGSTOP');
  await sleep(awayMs);
  for (const pid of processes) process.kill(pid, 'SIGCONT');
  // Whoever looked first at what dead ones left behind did so by then: that was asked while it stood still.
  const all = () => listGateways(stage.store().sql);
  await until('both are heard of again', async () => (await all()).every(({ silentMs }) => silentMs < 1000));
  expect(await all()).toHaveLength(2);
  for (const call of calls) call.goOn();
  for (const reader of readers) {
    let rest = '';
    for (let next = await reader.read(); !next.done; next = await reader.read())
      rest += new TextDecoder().decode(next.value);
    expect(rest).toBe(heldEvents.slice(1).join(''));
  }
  await until('both are written down', async () => (await stage.money(run)).held === 0);
  for (const [index, gateway] of gateways.entries())
    expect(await (await ask(asking(`Of ${1 - index}`), { gateway })).text()).toBe(heldEvents.join(''));
  expect(stage.provider().asked).toHaveLength(2);
  expect(await stage.story(run)).not.toContain('agent:broken');
  expect(await stage.money(run)).toMatchObject({ tokens: 96 });
}, 60_000);
