import { spawn } from 'node:child_process';
import { cpSync, readFileSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it, onTestFinished } from 'vitest';
import { defaultScript } from '../../src/testing/default-script.ts';
import { openServiceEnv } from '../support/server/service-env.ts';

const root = fileURLToPath(new URL('../../', import.meta.url));

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

it('a push becomes a review whose report comes back to the forge, by the commands of the README', async () => {
  const forge = await freePort();
  const serve = { webhookAllow: [`127.0.0.1:${forge}`] };
  const env = await openServiceEnv({ script: defaultScript, serve });
  onTestFinished(() => env.close());
  const folder = env.workspace;
  cpSync(join(root, 'examples/pull-request'), folder, { recursive: true });
  const readme = readFileSync(join(folder, 'README.md'), 'utf8');
  const commands = [...readme.matchAll(/^```bash\n(.*?)^```$/gms)].map(([, block]) => block!);
  expect(commands).toHaveLength(4);
  const secret = 'what-the-forge-signs-with';
  const text = readFileSync(join(folder, 'trigger.yaml'), 'utf8');
  const added = await env.ask('/api/triggers', { method: 'POST', body: JSON.stringify({ text, secret }) });
  expect(added.status).toBe(201);
  const { port } = new URL(env.service.url);
  const written = commands.join('\n').replaceAll('7450', port).replaceAll('7460', String(forge));
  // The service and its trigger are there already; what goes on in the background ends with the script.
  const script = `set -e\ngaffer() { :; }\nopenssl() { echo ${secret}; }\ntrap 'kill $(jobs -p) || true' EXIT\n${written}`;
  const child = spawn('bash', ['-c', script], {
    cwd: folder,
    env: {
      ...{ PATH: process.env['PATH'], HOME: folder, GIT_CONFIG_NOSYSTEM: '1' },
      ...{ GIT_AUTHOR_NAME: 'you', GIT_AUTHOR_EMAIL: 'you@localhost' },
      ...{ GIT_COMMITTER_NAME: 'you', GIT_COMMITTER_EMAIL: 'you@localhost' },
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let said = '';
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (text: string) => (said += text));
  const code = await new Promise((resolve) => child.once('close', resolve));
  expect(code, said).toBe(0);
  const report = readFileSync(join(folder, 'reports/1.md'), 'utf8');
  expect(report).toMatch(/^# Pull request 1: (?:approve|approve-with-comments|request-changes)\n/);
  expect(said).toContain(report);
  const [run, ...more] = await env.store.runs.list({ workflow: 'Code Review' });
  expect(more).toEqual([]);
  expect(run).toMatchObject({ status: 'succeeded', workspace: join(folder, 'checkout') });
  expect(said).toContain(`Pull request 1: {"run":"${run!.runId}"}`);
}, 180_000);
