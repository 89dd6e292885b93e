import { mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import type { Server } from 'node:net';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { findStack, removeHome } from '../../src/dev/stack.ts';
import { openStore } from '../../src/store/open-store.ts';
import type { WorkerStore } from '../../src/store/open-store.ts';
import type { CliPlace, CliResult } from '../support/command/cli.ts';
import { expectNothingLeft, expectRefusal, gaffer, logsOf, processesOf, writeProject } from '../support/command/cli.ts';
import { buildIfStale } from '../support/run/worker-process.ts';

const usualPorts = [7233, 8233];

// One background stack for all of it, with the usual ports taken.
describe('with a stack in the background', () => {
  const cwd = realpathSync(mkdtempSync(join(tmpdir(), 'gaffer-errors-')));
  const home = join(cwd, '.gaffer');
  const place: CliPlace = { cwd, env: { GAFFER_HOME: home } };
  const outputs: string[] = [];
  let takers: Server[] = [];
  let store: WorkerStore;
  let password: string;

  async function run(args: readonly string[], env: Record<string, string> = {}): Promise<CliResult> {
    const result = await gaffer(args, { cwd, env: { ...place.env, ...env } });
    outputs.push(result.stdout, result.stderr);
    return result;
  }

  beforeAll(async () => {
    buildIfStale();
    writeProject(cwd);
    takers = await Promise.all(usualPorts.map(take));
    const result = await run(['dev', '--detach']);
    expect(result, `${result.stderr}\n${logsOf(home)}`).toMatchObject({ code: 0 });
    const stack = await findStack({ path: home }, {});
    store = await openStore(stack!.databaseUrl);
    password = new URL(stack!.databaseUrl).password;
  });
  afterAll(async () => {
    await store?.close();
    for (const taker of takers) taker.close();
    await removeHome({ path: home });
    rmSync(cwd, { recursive: true, force: true });
  });

  it('takes other ports than those that are taken, and says so', () => {
    const log = readFileSync(join(home, 'logs', 'dev.log'), 'utf8');
    expect(log).toMatch(/port 7233 is taken, using (?!7233)\d+/);
    expect(outputs[0]).toMatch(/^http:\/\/127\.0\.0\.1:(?!8233)\d+\/namespaces\/default\/workflows\?\S+&gaffer=\S+\n$/);
  });

  it.each([['show'], ['watch'], ['cancel'], ['transcript'], ['rm']])('%s refuses an unknown run id', async (verb) => {
    expectRefusal(await run([verb, 'absent']), 2, 'no run "absent"', 'gaffer runs');
  });

  it('gives the error of an unknown run id as JSON too', async () => {
    const { code, stdout } = await run(['show', 'absent', '--json']);
    expect(code).toBe(2);
    expect(JSON.parse(stdout)).toMatchObject({ error: { type: 'RunNotFoundError', exitCode: 2 } });
  });

  it('refuses a run id that was used, and leaves that run as it was', async () => {
    expect(await run(['run', 'workflow.yaml', '--id', 'used'])).toMatchObject({ code: 0 });
    const before = await store.runs.find('used');
    for (const flags of [[], ['--detach']]) {
      const again = await run(['run', 'workflow.yaml', '--id', 'used', ...flags]);
      expectRefusal(again, 2, 'already a run used', 'choose another --id', 'gaffer show used');
    }
    expectRefusal(
      await run(['resume', 'used']),
      2,
      'run used has ended (succeeded): `',
      'fork used --from TASK` starts',
    );
    expect(await store.runs.find('used')).toEqual(before);
    expect(await store.runs.list()).toHaveLength(1);
  });

  it('refuses a context or an issue that is not there, naming what is', async () => {
    expectRefusal(await run(['transcript', 'used', 'absent']), 2, 'no context "absent"', 'there are: one');
    expectRefusal(await run(['issues', 'show', '99']), 2, '#99', 'gaffer issues list');
  });

  it('removes a run with all its rows, and says what stays', async () => {
    const file = join(cwd, 'made-by-the-run.txt');
    writeFileSync(file, 'the user’s');
    const away = { TEMPORAL_ADDRESS: '127.0.0.1:9' };
    expectRefusal(await run(['rm', 'used'], away), 4, 'Temporal does not answer');
    expect(await store.runs.find('used')).toBeDefined();
    const result = await run(['rm', 'used']);
    expect(result).toMatchObject({ code: 0, stdout: 'removed used\n' });
    expect(result.stderr).toContain(`workspace ${cwd} stays`);
    expect(readFileSync(file, 'utf8')).toBe('the user’s');
    expect(await rowsOfRuns(store)).toEqual({});
    expect(result.stderr).toContain('Temporal deletes its history within a minute');
    expectRefusal(await run(['show', 'used']), 2, 'no run "used"');
    expectRefusal(await run(['rm', 'used']), 2, 'no run "used"');
  });

  it('refuses a second stack in the same place', async () => {
    expectRefusal(await run(['dev']), 2, /runs here already \(process \d+\)/, 'gaffer down');
    expectRefusal(await run(['dev', '--detach']), 2, 'gaffer down');
  });

  it('hands no run to a stack with another model or another shell', async () => {
    const withKey = { ANTHROPIC_API_KEY: 'sk-ant-not-a-real-key' };
    const detached = ['run', 'workflow.yaml', '--detach'];
    expectRefusal(await run(detached, withKey), 2, 'without an ANTHROPIC_API_KEY', 'gaffer down');
    expectRefusal(await run([...detached, '--allow-unsandboxed-shell']), 2, 'without a sandbox', 'gaffer down');
    expect(await store.runs.list()).toEqual([]);
  });

  it('shows the password of its database nowhere, and leaves nothing after `gaffer down`', async () => {
    expect(processesOf(home)).not.toEqual([]);
    expect(await run(['down'])).toMatchObject({ code: 0, stdout: expect.stringMatching(/^Stopped: gaffer dev/) });
    expectNothingLeft(home);
    expect(await run(['down'])).toMatchObject({ code: 0, stdout: 'Nothing was running here.\n' });
    const all = outputs.join('') + logsOf(home);
    expect(all).not.toContain(password);
    expect(all).not.toContain('sk-ant-not-a-real-key');
  });
});

/** Listens on a port; when somebody else does already, that is as good. */
function take(port: number): Promise<Server> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(server));
    server.listen(port, '127.0.0.1', () => resolve(server));
  });
}

const ofNoRun = [
  'gaffer_migrations',
  'fingerprint_salt',
  'webhook_progress',
  'gateways',
  'worktree_homes',
  'worker_leases',
];

/** How many rows each table holds, without what was there before the first run, and empty ones. */
async function rowsOfRuns({ sql }: WorkerStore): Promise<Record<string, number>> {
  const tables = await sql.query<{ name: string }>(
    `select relname::text as name from pg_class where relnamespace = current_schema()::regnamespace and relkind = 'r'`,
  );
  const counts: Record<string, number> = {};
  for (const { name } of tables.rows) {
    // A worker's own token is no run's.
    const which = name === 'gateway_tokens' ? ' where worker is null' : '';
    const { rows } = await sql.query<{ count: number }>(`select count(*)::int as count from ${name}${which}`);
    if (!ofNoRun.includes(name) && rows[0]!.count > 0) counts[name] = rows[0]!.count;
  }
  return counts;
}
