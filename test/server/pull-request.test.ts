import { spawn } from 'node:child_process';
import { cpSync, mkdirSync, readFileSync, symlinkSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, inject, it, onTestFinished } from 'vitest';
import { defaultScript } from '../../src/testing/default-script.ts';
import { openRunEnv } from '../support/run/run-env.ts';

const root = fileURLToPath(new URL('../../', import.meta.url));

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

it('a push becomes a review whose report comes back to the forge, by the commands of the README', async () => {
  const env = await openRunEnv({ script: defaultScript });
  onTestFinished(() => env.close());
  const folder = env.workspace;
  cpSync(join(root, 'examples/pull-request'), folder, { recursive: true });
  const readme = readFileSync(join(folder, 'README.md'), 'utf8');
  const commands = [...readme.matchAll(/^```bash\n(.*?)^```$/gms)].map(([, block]) => block!);
  expect(commands).toHaveLength(4);
  const [service, forge] = [await freePort(), await freePort()];
  const written = commands.join('\n').replaceAll('7450', String(service)).replaceAll('7460', String(forge));
  mkdirSync(join(folder, 'bin'));
  symlinkSync(join(root, 'bin/gaffer.js'), join(folder, 'bin/gaffer'));
  // What goes on in the background ends with the script.
  const script = `set -e\ntrap 'kill $(jobs -p) && wait' EXIT\n${written}`;
  const child = spawn('bash', ['-c', script], {
    cwd: folder,
    env: {
      ...{ PATH: `${join(folder, 'bin')}:${process.env['PATH']}`, HOME: folder, GIT_CONFIG_NOSYSTEM: '1' },
      ...{ GIT_AUTHOR_NAME: 'you', GIT_AUTHOR_EMAIL: 'you@localhost' },
      ...{ GIT_COMMITTER_NAME: 'you', GIT_COMMITTER_EMAIL: 'you@localhost' },
      ...{ DATABASE_URL: env.settings.databaseUrl, TEMPORAL_ADDRESS: inject('temporalAddress') },
      ...{ GAFFER_TASK_QUEUE: env.settings.taskQueue, GAFFER_HOME: join(folder, '.gaffer') },
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
