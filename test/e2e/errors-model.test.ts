import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import type { IncomingMessage } from 'node:http';
import { join } from 'node:path';
import { Client, Connection } from '@temporalio/client';
import { clientOptionsOf } from '../../src/domain/temporal-target.ts';
import { reachTemporal } from '../../src/host/front/reach-temporal.ts';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import type { ScriptedFault, ScriptedModelServer } from '../../src/testing/index.ts';
import { startScriptedModel } from '../../src/testing/index.ts';
import type { CliResult } from '../support/command/cli.ts';
import { expectNothingLeft, gaffer, logsOf, writeProject } from '../support/command/cli.ts';
import type { TestDatabase } from '../support/store/database.ts';
import { createTestDatabase } from '../support/store/database.ts';
import { tempFolder } from '../support/base/temp-folder.ts';
import { buildIfStale } from '../support/run/worker-process.ts';

const key = 'sk-ant-api03-not-a-real-key-5f1c';

function refusal(status: number, type: string, message: string): ScriptedFault {
  return { kind: 'http', status, body: { type: 'error', error: { type, message } } };
}

describe('a provider that will refuse every call', () => {
  let database: TestDatabase;
  let model: ScriptedModelServer;
  let client: Client;
  /** With which keys this process's servers were asked. */
  const keys = new Set<unknown>();
  const noteKey = (message: unknown): void => {
    const { headers } = (message as { request: IncomingMessage }).request;
    const { authorization, 'x-api-key': own = authorization?.replace(/^Bearer /, '') } = headers;
    if ('anthropic-version' in headers) keys.add(own);
  };

  beforeAll(async () => {
    subscribe('http.server.request.start', noteKey);
    buildIfStale();
    database = await createTestDatabase();
    model = await startScriptedModel({ rules: [] });
    client = new Client({
      connection: await Connection.connect(clientOptionsOf(await reachTemporal(inject('temporal')))),
    });
  });
  afterAll(async () => {
    unsubscribe('http.server.request.start', noteKey);
    await client.connection.close();
    await model.close();
    await database.close();
  });

  it.each([
    {
      what: 'a wrong key',
      fault: refusal(401, 'authentication_error', `invalid x-api-key ${key}`),
      reason: /the API key was refused \(401\): check ANTHROPIC_API_KEY/,
    },
    {
      what: 'an exhausted spend limit',
      fault: refusal(429, 'rate_limit_error', 'You have reached your specified API usage limits for this month.'),
      reason: /spend limit is reached.* \(429\): add credit or raise the limit/,
    },
    {
      what: 'a model that it does not know',
      fault: refusal(404, 'not_found_error', 'model: claude-haiku-4-5'),
      reason: /does not know the model claude-haiku-4-5 \(404\): give the agent another `model`/,
    },
  ])('makes the run wait after one call, and it goes on when that is put right: $what', async ({ fault, reason }) => {
    model.setScript({ rules: [{ name: 'refuse', when: () => true, answer: () => ({ fault }) }] });
    const before = model.requests.length;
    const cwd = writeProject(tempFolder(), {
      'workflow.yaml':
        'name: tiny\ndefault_profile: coder\nphases:\n  - name: One\n    tasks: [{ id: one, prompt: Hello. }]\n  - name: Two\n    tasks: [{ id: two, prompt: Hello. }]\n',
    });
    const home = join(cwd, 'home');
    const runId = `refused-${before}-${process.pid}-${Date.now()}`;
    const env = {
      GAFFER_HOME: home,
      DATABASE_URL: database.url,
      TEMPORAL_ADDRESS: inject('temporalAddress'),
      ANTHROPIC_API_KEY: key,
      ANTHROPIC_BASE_URL: model.url,
    };
    const result = await gaffer(['run', 'workflow.yaml', '--id', runId, '--json'], { cwd, env });
    expect(result, result.stderr).toMatchObject({ code: 6 });
    expect(JSON.parse(result.stdout)).toMatchObject({
      status: 'waiting',
      waiting: [{ cause: 'provider', detail: expect.stringMatching(reason), command: `gaffer resume ${runId}` }],
    });
    expect(result.stderr).toMatch(reason);
    expect(model.requests).toHaveLength(before + 1);
    expectNothingLeft(home);
    await expectNowhere([key, new URL(database.url).password], { result, home, runId });

    model.setScript({ rules: [{ name: 'take', when: () => true, answer: () => ({ text: 'Hello.' }) }] });
    const resumed = await gaffer(['resume', runId], { cwd, env });
    expect(resumed, resumed.stderr).toMatchObject({ code: 0 });
    expect(model.requests).toHaveLength(before + 1);
    const watched = await gaffer(['watch', runId, '--json'], { cwd, env });
    expect(watched, watched.stderr).toMatchObject({ code: 0 });
    expect(JSON.parse(watched.stdout)).toMatchObject({ status: 'succeeded', summary: { successfulTasks: 2 } });
    expect(model.requests).toHaveLength(before + 3);
    // The shell's own, at the address that it names.
    expect([...keys]).toEqual([key]);
    expectNothingLeft(home);
  });

  /** Looks for secrets in everything that the run left behind. */
  async function expectNowhere(
    secrets: string[],
    { result, home, runId }: { result: CliResult; home: string; runId: string },
  ): Promise<void> {
    const places = {
      output: result.stdout + result.stderr,
      logs: `${runId}\n${logsOf(home)}`,
      database: await dump(database),
      history: await history(runId),
      task: await history(`${runId}/one`),
    };
    for (const [place, text] of Object.entries(places)) {
      // Proof that the place was read at all.
      expect(text, place).toContain(runId);
      for (const secret of secrets) expect(text, place).not.toContain(secret);
    }
  }

  async function history(workflowId: string): Promise<string> {
    const { events } = await client.workflow.getHandle(workflowId).fetchHistory();
    return JSON.stringify(events, (_, value: unknown) =>
      value instanceof Uint8Array ? Buffer.from(value).toString() : value,
    );
  }
});

/** Every row of every table, as text. */
async function dump({ sql }: TestDatabase): Promise<string> {
  const tables = await sql.query<{ name: string }>(
    `select relname::text as name from pg_class where relnamespace = current_schema()::regnamespace and relkind = 'r'`,
  );
  const rows = await Promise.all(
    tables.rows.map(({ name }) => sql.query<{ row: string }>(`select t::text as row from ${name} t`)),
  );
  return rows.flatMap((one) => one.rows.map(({ row }) => row)).join('\n');
}
