import { mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Client } from '@modelcontextprotocol/client';
import { StdioClientTransport } from '@modelcontextprotocol/client/stdio';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { writeProject } from '../support/command/cli.ts';
import type { RunEnv } from '../support/run/run-env.ts';
import { openRunEnv } from '../support/run/run-env.ts';
import { buildIfStale } from '../support/run/worker-process.ts';

const binary = fileURLToPath(new URL('../../bin/gaffer.js', import.meta.url));
const workflow = `name: ask
default_profile: coder
limits: { usd: 500 }
tasks:
  - { id: look, prompt: Look., approval: before }
`;
const coder = '---\nname: coder\nmodel: claude-haiku-4-5\ntools: [issue]\n---\nYou code.\n';

interface Answer {
  isError: boolean;
  text: string;
  value: Record<string, unknown>;
}

describe('gaffer mcp, asked by the official client', () => {
  let env: RunEnv;
  let cwd: string;
  const open: Client[] = [];

  beforeAll(async () => {
    buildIfStale();
    cwd = writeProject(realpathSync(mkdtempSync(join(tmpdir(), 'gaffer-mcp-'))), {
      'ask.yaml': workflow,
      'agents/coder.md': coder,
    });
    const said = `${'long '.repeat(6000)}done`;
    env = await openRunEnv({ script: { rules: [{ name: 'says', when: () => true, answer: () => ({ text: said }) }] } });
  });
  afterAll(async () => {
    await Promise.all(open.map((client) => client.close()));
    await env.close();
    rmSync(cwd, { recursive: true, force: true });
  });

  async function connected(args: string[], options: ConstructorParameters<typeof Client>[1] = {}) {
    const client = new Client({ name: 'test', version: '1' }, options);
    const servers = { DATABASE_URL: env.settings.databaseUrl, TEMPORAL_ADDRESS: inject('temporalAddress') };
    const place = { PATH: process.env['PATH']!, HOME: cwd, USER: 'ann', GAFFER_TASK_QUEUE: env.settings.taskQueue };
    const started = { command: process.execPath, args: [binary, 'mcp', ...args], cwd, env: { ...servers, ...place } };
    await client.connect(new StdioClientTransport({ ...started, stderr: 'ignore' }));
    open.push(client);
    const call = async (name: string, input: Record<string, unknown>): Promise<Answer> => {
      const { content, isError = false } = await client.callTool({ name, arguments: input });
      const [first] = content;
      const text = first?.type === 'text' ? first.text : '';
      return { isError, text, value: isError ? {} : (JSON.parse(text) as Record<string, unknown>) };
    };
    return { client, call };
  }

  it('starts, watches, and reads runs; a person decides, unless it was let', async () => {
    const { client, call } = await connected([]);
    const names = (await client.listTools()).tools.map(({ name }) => name);
    expect(names).toEqual(['start_run', 'list_runs', 'watch_run', 'run_output', 'answer_run', 'cancel_run']);
    expect(await call('start_run', { workflow: '../elsewhere.yaml' })).toMatchObject({ isError: true });
    expect((await call('start_run', { workflow: '/etc/passwd' })).text).toMatch(/not below this folder/);
    expect((await call('watch_run', { run: 'nope' })).text).toMatch(/there is no run "nope"/);
    expect((await call('start_run', { workflow: 'ask.yaml', max_usd: 500 })).isError).toBe(true);

    expect((await call('start_run', { workflow: 'ask.yaml', id: 'asked' })).value).toMatchObject({
      run: 'asked',
    });
    expect((await call('start_run', { workflow: 'ask.yaml', id: 'asked' })).text).toMatch(/already a run asked/);
    const first = await call('watch_run', { run: 'asked', wait_seconds: 45 });
    expect(first.value).toMatchObject({ status: 'waiting', ended: false, waiting: [{ cause: 'approval' }] });
    const quick = await call('watch_run', { run: 'asked', after: first.value['after'], wait_seconds: 0 });
    expect(quick.value).toMatchObject({ after: first.value['after'], events: [], ended: false });

    const other = await connected(['--may-decide'], { versionNegotiation: { mode: 'auto' } });
    expect((await other.call('approve_run', { run: 'asked', comment: 'go' })).value).toMatchObject({ decided: true });
    let { value } = await other.call('watch_run', { run: 'asked', after: first.value['after'], wait_seconds: 45 });
    while (value['ended'] !== true) ({ value } = await call('watch_run', { run: 'asked', after: value['after'] }));
    expect(value).toMatchObject({ status: 'succeeded', tasks: { look: 'succeeded' } });
    const decided = (await env.story('asked')).find(({ type }) => type === 'approval:decided');
    expect(decided).toMatchObject({ by: 'ann (assistant)' });

    const page = await call('run_output', { run: 'asked' });
    const rest = await call('run_output', { run: 'asked', from: page.value['next'] });
    expect(await call('run_output', { run: 'asked', name: 'look' })).toMatchObject({ isError: true });
    expect(page.text.length).toBeLessThan(25_000);
    expect(`${String(page.value['output'])}${String(rest.value['output'])}`).toContain('long done');
    expect(page.text).not.toContain('"task"');
    expect((await call('cancel_run', { run: 'asked' })).value).toMatchObject({ cancelled: false });
    const behind = await call('watch_run', { run: 'asked', after: 9999, wait_seconds: 0 });
    expect(behind.value).toMatchObject({ after: value['after'], ended: true });
    const { planHash } = (await env.store.runs.find('asked'))!;
    expect((await env.store.runs.plan(planHash)).limits.usd).toBe(5);
    expect((await call('list_runs', {})).value).toMatchObject({ runs: [{ run: 'asked', status: 'succeeded' }] });
  });
});
