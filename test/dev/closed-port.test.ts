import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, readlinkSync, realpathSync, rmSync, statSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client, Connection } from '@temporalio/client';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import type { GafferHome } from '../../src/config/home.ts';
import { secretFile } from '../../src/config/home-secret.ts';
import { frontProxyFile } from '../../src/dev/front/front-place.ts';
import { removeHome, startStack, stopStack, type Stack } from '../../src/dev/stack.ts';
import { readState } from '../../src/dev/stack-state.ts';
import type { TemporalRecord } from '../../src/dev/temporal/temporal-server.ts';
import { clientOptionsOf } from '../../src/domain/temporal-target.ts';
import { reachTemporal } from '../../src/host/front/reach-temporal.ts';
import { identify } from '../../src/host/process-identity.ts';
import { connectWorker } from '../../src/workers/connect.ts';
import { descendantsOf } from '../support/base/processes.ts';
import { until } from '../support/base/until.ts';
import { gaffer } from '../support/command/cli.ts';
import { plainEnv } from '../support/dev/home.ts';
import { hasNamespaces } from '../support/dev/namespaces.ts';
import { asStranger, canBeSomebodyElse, strangerCalls } from '../support/dev/other-account.ts';

const note = canBeSomebodyElse ? '' : ' (not tried: this account cannot act as another one)';
const deeds = {
  'poll a queue': ['PollWorkflowTaskQueue', 'PollActivityTaskQueue', 'PollNexusTaskQueue'],
  'complete a task': ['RespondWorkflowTaskCompleted', 'RespondActivityTaskCompleted', 'RecordActivityTaskHeartbeat'],
  'start a workflow': ['StartWorkflowExecution', 'SignalWithStartWorkflowExecution', 'CreateSchedule'],
  'steer one': ['SignalWorkflowExecution', 'UpdateWorkflowExecution', 'TerminateWorkflowExecution'],
  'query one': ['QueryWorkflow'],
  'read one': ['GetWorkflowExecutionHistory', 'ListWorkflowExecutions', 'DescribeNamespace'],
};

// Without namespaces the port is open: see test/dev/open-port.test.ts.
const withNamespaces = describe.skipIf(!hasNamespaces);

let folder: string;
let home: GafferHome;
let stack: Stack;
const record = (): TemporalRecord => readState(home).temporal!;
const passwordOfPorts = (): string => new URL(readFileSync(frontProxyFile(home), 'utf8').trim()).password;
const connectTo = "require('node:net').connect(process.argv[1]).on('error', ({ code }) => console.log(code))";
const serverOf = ({ pid }: TemporalRecord): number =>
  descendantsOf(pid).find(({ command }) => command.includes('start-dev'))!.pid;
const listNamespaces = 'temporal operator namespace list';
const shellCode = async (): Promise<string> => (await gaffer(['env'], { cwd: folder })).stdout;
const inShell = (code: string, command: string) => {
  const env = { PATH: process.env['PATH'], NO_PROXY: '*', HTTPS_PROXY: 'http://127.0.0.1:9' };
  return spawnSync('/bin/sh', ['-ec', `eval "$1"; ${command}`, 'sh', code], { env, encoding: 'utf8' });
};
const start = (): Promise<Stack> => startStack({ home, env: plainEnv, say: () => undefined });
const serverVersion = async (): Promise<string> => {
  const connection = await Connection.connect(clientOptionsOf(await reachTemporal(stack.temporal.target)));
  try {
    return (await connection.workflowService.getSystemInfo({})).serverVersion;
  } finally {
    await connection.close();
  }
};

beforeAll(async () => {
  folder = realpathSync(mkdtempSync(join(tmpdir(), 'gaffer-dev-')));
  home = { path: join(folder, '.gaffer') };
  stack = await start();
});
afterAll(async () => {
  await stack.stop();
  await removeHome(home);
  rmSync(folder, { recursive: true, force: true });
});

withNamespaces(`another account${note}`, () => {
  const ports = (): number[] => [record().port, record().uiPort];

  it.skipIf(!canBeSomebodyElse).each(Object.entries(deeds))('cannot %s', async (_deed, calls) => {
    for (const port of ports()) {
      const found = await strangerCalls({ port, password: 'a-guess', calls });
      const through = Object.entries(found).filter(([, how]) => !how.startsWith('refused'));
      expect(through).toEqual([]);
      expect(Object.keys(found).length).toBeGreaterThan(calls.length * 3);
    }
  });

  it('would get through with the password of this start', async () => {
    const calls = Object.values(deeds).flat();
    const password = passwordOfPorts();
    const found = await strangerCalls({ port: record().port, password, calls }, { asOwner: true });
    for (const call of calls) expect(found[`${call} with a password`], call).toMatch(/^answered: \d+$/);
    for (const call of calls) expect(found[`${call} at the port`], call).toMatch(/^refused/);
  });

  it('does not get through with the home’s secret, which nobody sends to a port', async () => {
    const password = stack.temporal.target.password!;
    const found = await strangerCalls({ port: record().port, password, calls: deeds['start a workflow'] });
    expect(Object.values(found).filter((how) => !how.startsWith('refused'))).toEqual([]);
  });

  it.skipIf(!canBeSomebodyElse)('can read neither the secrets nor what holds them, nor reach the socket', () => {
    for (const file of [secretFile(home), frontProxyFile(home)]) expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(asStranger(process.execPath, ['-e', connectTo, record().socket!]).output).toContain('EACCES');
    for (const file of ['secret', 'front-proxy', 'stack.json', 'temporal.db', 'logs/temporal.log']) {
      expect(asStranger('cat', [join(home.path, file)]).status, file).not.toBe(0);
    }
    const { output } = asStranger('ps', ['-ww', '-A', '-o', 'args=']);
    expect(output).toContain('start-dev');
    const log = readFileSync(join(home.path, 'logs', 'temporal.log'), 'utf8');
    for (const secret of [stack.temporal.target.password!, passwordOfPorts()]) {
      expect(output).not.toContain(secret);
      expect(log).not.toContain(secret);
    }
  });

  it('does not find the server itself on any port of this machine', () => {
    const networkOf = (pid: number | 'self'): string => readlinkSync(`/proc/${pid}/ns/net`);
    expect(networkOf(serverOf(record()))).not.toBe(networkOf('self'));
  });
});

withNamespaces('the owner', () => {
  it.each(['http_proxy', 'https_proxy', 'grpc_proxy'])('gets through whatever %s says', async (variable) => {
    vi.stubEnv(variable, 'http://127.0.0.1:9');
    try {
      await expect(serverVersion()).resolves.toMatch(/^\d/);
      const worker = await connectWorker(stack.temporal.target);
      await expect(worker.workflowService.getSystemInfo({})).resolves.toBeTruthy();
      await worker.close();
    } finally {
      vi.unstubAllEnvs();
    }
  });

  it('has `temporal` get through by one step, which leaves the rest of the shell alone', async () => {
    const code = await shellCode();
    expect(code).not.toContain(stack.temporal.target.password!);
    expect(code).not.toContain(passwordOfPorts());
    const { status, stdout, stderr } = inShell(code, `${listNamespaces} && env`);
    expect({ status, stderr }).toMatchObject({ status: 0 });
    expect(stdout).toMatch(/NamespaceInfo\.Name\s+default/);
    expect(stdout).not.toContain('TEMPORAL_ADDRESS');
    expect(stdout).not.toContain('proxy=');
    expect(stdout).toContain('HTTPS_PROXY=http://127.0.0.1:9');
  });

  it('gets a link that opens the Web UI', async () => {
    const { stdout } = await gaffer(['ui'], { cwd: folder });
    const first = await fetch(stdout.trim());
    const [cookie] = first.headers.getSetCookie();
    expect(cookie).toMatch(/HttpOnly; SameSite=Strict/);
    await expect(fetch(stdout.trim())).resolves.toMatchObject({ status: 401 });
    const page = await fetch(new URL('/namespaces', stdout.trim()), { headers: { cookie: cookie!.split(';')[0]! } });
    expect(page.status).toBe(200);
    await expect(page.text()).resolves.toContain('<html');
  });
});

withNamespaces('the front', () => {
  // One server: what happens to it in turn.
  it.each([
    ['the front is killed', (before: TemporalRecord) => before.pid],
    ['the server behind it is killed', serverOf],
  ])('and the server end together when %s, and come back on their ports', async (_what, victim) => {
    const before = record();
    const client = new Client({
      connection: await Connection.connect(clientOptionsOf(await reachTemporal(stack.temporal.target))),
    });
    const id = `kept-${before.pid}`;
    await client.workflow.start('nobody', { taskQueue: 'nobody', workflowId: id });
    await client.connection.close();
    const [server, link] = [serverOf(before), stack.temporal.webUi!('')];
    process.kill(victim(before), 'SIGKILL');
    await until('both are gone', () => [before.pid, server].every((pid) => identify(pid) === undefined));
    const old = stack;
    stack = await start();
    await old.stop();
    expect(record()).toMatchObject({ port: before.port, uiPort: before.uiPort });
    expect(record().pid).not.toBe(before.pid);
    const again = new Client({
      connection: await Connection.connect(clientOptionsOf(await reachTemporal(stack.temporal.target))),
    });
    await expect(again.workflow.getHandle(id).describe()).resolves.toMatchObject({ status: { name: 'RUNNING' } });
    await again.connection.close();
    await expect(fetch(link)).resolves.toMatchObject({ status: 401 });
  });

  it('has its port taken after a kill, and who took it is sent nothing and taken for nobody', async () => {
    const before = record();
    const [passwordBefore, code] = [passwordOfPorts(), await shellCode()];
    const worker = await connectWorker(stack.temporal.target);
    const client = await Connection.connect(clientOptionsOf(await reachTemporal(stack.temporal.target)));
    const ask = () => Promise.all([worker, client].map(({ workflowService }) => workflowService.getSystemInfo({})));
    const asked = (): Promise<boolean> =>
      client.withDeadline(Date.now() + 3_000, ask).then(
        () => true,
        () => false,
      );
    await expect(asked()).resolves.toBe(true);
    const server = serverOf(before);
    process.kill(before.pid, 'SIGKILL');
    // The server goes last, when all that the front had open is closed.
    await until('both are gone', () => [before.pid, server].every((pid) => identify(pid) === undefined));
    const heard: Buffer[] = [];
    const stranger = createServer(
      (socket) => void socket.on('error', () => undefined).on('data', (data) => heard.push(data)),
    );
    await once(stranger.listen(before.port, '127.0.0.1'), 'listening');
    await expect(asked()).resolves.toBe(false);
    const old = stack;
    stack = await start();
    await old.stop();
    expect(record()).toMatchObject({ socket: before.socket });
    expect(record().port).not.toBe(before.port);
    expect(passwordOfPorts()).not.toBe(passwordBefore);
    await until('both are back', asked);
    // A shell that knew the server on its old port.
    expect(inShell(code, listNamespaces)).toMatchObject({ status: 0 });
    expect(heard).toEqual([]);
    await Promise.all([worker.close(), client.close(), new Promise((resolve) => stranger.close(resolve))]);
  });

  it('outlives whoever watches over its namespace', async () => {
    const before = record();
    const [, watcher] = /PPid:\s+(\d+)/.exec(readFileSync(`/proc/${before.pid}/status`, 'utf8'))!;
    process.kill(Number(watcher), 'SIGKILL');
    await until('it is gone', () => identify(Number(watcher)) === undefined);
    await expect(serverVersion()).resolves.toMatch(/^\d/);
    const next = await start();
    expect(record().pid).toBe(before.pid);
    await next.stop();
  });

  it('leaves neither its password nor its socket behind when it is stopped', async () => {
    const { socket } = record();
    const code = await shellCode();
    expect([frontProxyFile(home), socket!].map(existsSync)).toEqual([true, true]);
    await stopStack(home);
    expect([frontProxyFile(home), socket!].map(existsSync)).toEqual([false, false]);
    const { status, stderr } = inShell(`set +e; ${code}`, listNamespaces);
    expect({ status, stderr }).toEqual({
      status: 1,
      stderr: `temporal: the server of ${home.path} does not run: \`gaffer dev\` starts it\n`,
    });
    await stack.stop();
    stack = await start();
  });
});
