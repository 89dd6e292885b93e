import { once } from 'node:events';
import { expect, it, vi } from 'vitest';
import { findStack, startStack } from '../../src/dev/stack.ts';
import { isAlive } from '../../src/host/process-identity.ts';
import { readState } from '../../src/dev/stack-state.ts';
import { later, plainEnv, startElsewhere, temporaryHome } from '../support/dev/home.ts';

it('leaves a server that does not answer to whoever works with it, and replaces it when nobody is left', async () => {
  const home = temporaryHome();
  const owner = await startElsewhere(home);
  const server = readState(home).temporal!;
  const lines: string[] = [];
  const start = () => startStack({ home, env: plainEnv, say: (line) => lines.push(line) });
  // A proxy of the environment is not the way to this machine.
  for (const name of ['http_proxy', 'https_proxy', 'grpc_proxy', 'all_proxy']) vi.stubEnv(name, 'http://127.0.0.1:9');
  const found = await findStack(home, plainEnv);
  expect(found?.temporal.target.address).toBe(`127.0.0.1:${server.port}`);
  vi.unstubAllEnvs();
  process.kill(server.pid, 'SIGSTOP');
  later(() => isAlive(server) && process.kill(server.pid, 'SIGKILL'));
  await expect(start()).rejects.toMatchObject({
    ...{ name: 'StackError', reason: 'unreachable', kind: 'unreachable' },
    message: expect.stringMatching(
      new RegExp(`process ${owner.process.pid} works with it, so it is left alone`),
    ) as string,
  });
  expect(isAlive(server)).toBe(true);
  expect(readState(home)).toMatchObject({ temporal: { pid: server.pid }, users: [{ pid: owner.process.pid }] });
  owner.process.kill('SIGKILL');
  await once(owner.process, 'exit');
  const stack = await start();
  expect(isAlive(server)).toBe(false);
  expect(lines).toContain(`Temporal server: process ${server.pid} does not answer, replacing it`);
  await stack.stop();
}, 120_000);
