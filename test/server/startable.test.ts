import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { WorkflowLine } from '../../src/client/reading/workflows.ts';
import type { JsonObject } from '../../src/domain/json.ts';
import type { ScriptedConversation } from '../../src/testing/index.ts';
import { writeProject } from '../support/command/cli.ts';
import { openServiceEnv, type ServiceEnv } from '../support/server/service-env.ts';

const rules = [
  {
    name: 'fails',
    when: (c: ScriptedConversation) => c.prompt.includes('fail'),
    answer: () => ({ fault: { kind: 'http' as const, status: 400 } }),
  },
  { name: 'echo', when: () => true, answer: () => ({ text: 'Done.' }) },
];
const greet = `name: Greetings
description: Says hello.
default_profile: coder
inputs:
  who: { type: string, min_length: 3 }
  times: { type: integer, minimum: 2 }
tasks:
  - { id: hello, prompt: 'Greet \${{ inputs.who }}.' }
`;
const broken = `default_profile: coder
tasks:
  - id: one
    prompt: One.
    depends_on: [nobody]
`;

describe('what can be started by its name', () => {
  let env: ServiceEnv;
  let elsewhere: string;
  beforeAll(async () => {
    env = await openServiceEnv({ script: { rules } });
    const { workspace } = env;
    writeProject(workspace);
    elsewhere = mkdtempSync(join(tmpdir(), 'gaffer-elsewhere-'));
    for (const folder of ['flows', '.hidden', 'node_modules/x', 'templates'])
      mkdirSync(join(workspace, folder), { recursive: true });
    const files = {
      'flows/greet.yaml': greet,
      'flows/broken.yaml': broken,
      'flows/unreadable.yaml': 'tasks:\n  - id: [\n',
      'templates/half.yaml': `template: { category: testing }\n${broken}`,
      'flows/compose.yaml': 'services: { web: { image: x } }',
      'package.json': '{ "name": "x", "scripts": {} }',
      '.hidden/secret.yaml': greet,
      'node_modules/x/theirs.yaml': greet,
      'flows/<img src=x onerror=alert(1)>.yaml': greet.replace('Greetings', 'Hostile'),
    };
    for (const [name, text] of Object.entries(files)) writeFileSync(join(workspace, name), text);
    writeFileSync(join(elsewhere, 'outside.yaml'), greet);
    symlinkSync(join(elsewhere, 'outside.yaml'), join(workspace, 'flows/link.yaml'));
    symlinkSync(elsewhere, join(workspace, 'flows/linked'));
  });
  afterAll(async () => {
    await env.close();
    rmSync(elsewhere, { recursive: true });
  });

  async function ask(path: string, key?: string) {
    const headers = key === undefined ? {} : { Authorization: `Bearer ${key}` };
    const answer = await env.ask(path, { headers });
    return { status: answer.status, json: (await answer.json()) as JsonObject };
  }
  const one = (id: string, key?: string) => ask(`/api/workflows/${encodeURIComponent(id)}`, key);
  const listed = async (key?: string) =>
    ((await ask('/api/workflows', key)).json as unknown as { workflows: WorkflowLine[] }).workflows;

  it('is listed: templates, and files of the service’s folders, but no links and nothing hidden', async () => {
    const found = await listed();
    const files = found.filter(({ kind }) => kind === 'file').map(({ id, problem }) => [id, problem !== null]);
    expect(files).toEqual([
      ['flows/<img src=x onerror=alert(1)>.yaml', false],
      ['flows/broken.yaml', false],
      ['flows/greet.yaml', false],
      ['flows/unreadable.yaml', true],
      ['templates/half.yaml', false],
      ['workflow.yaml', false],
    ]);
    expect(found.find(({ id }) => id === 'code-review')).toMatchObject({
      ...{ kind: 'template', from: 'shipped', file: null, workflow: 'Code Review', category: 'quality' },
      history: { runs: 0, successRate: null, last: null },
    });
  });

  it('is told of to a key that starts nothing as far as templates go', async () => {
    const reader = await env.newKey({ scopes: ['read'] });
    expect((await listed(reader)).every(({ kind }) => kind === 'template')).toBe(true);
    expect((await one('code-review', reader)).status).toBe(200);
    expect((await one('flows/greet.yaml', reader)).status).toBe(403);
  });

  it('is shown with what it would do, inputs that have to be given stood in for', async () => {
    const { json } = await one('flows/greet.yaml');
    expect(json).toMatchObject({
      ...{ text: greet, workflow: 'Greetings', standIns: { who: '<who>', times: 2 }, refusal: null },
      checked: { plan: { tasks: [{ id: 'hello', prompt: 'Greet <who>.' }] }, analysis: { waves: [['hello']] } },
    });
    expect((await one('Greetings')).json['id']).toBe('flows/greet.yaml');
  });

  it('is shown with its mistakes at their lines, and its own lines quoted', async () => {
    const { json } = await one('flows/broken.yaml');
    expect(json).toMatchObject({ checked: null, text: broken });
    expect(json['refusal']).toMatchObject({
      errors: [
        { line: 5, pointer: '/tasks/0/depends_on/0', frame: expect.stringContaining('depends_on: [nobody]') as string },
      ],
    });
    expect((await one('flows/unreadable.yaml')).json).toMatchObject({
      refusal: { errors: [{ line: expect.any(Number) as number }] },
    });
    expect((await one('templates/half.yaml')).json).toMatchObject({ checked: null });
  });

  it.each([
    '/etc/passwd',
    '../../etc/hosts.yaml',
    '.hidden/secret.yaml',
    'flows/link.yaml',
    'flows/linked/outside.yaml',
  ])('says nothing of %s', async (id) => {
    const { status, json } = await one(id);
    expect([403, 404]).toContain(status);
    expect(json['text']).toBeUndefined();
  });

  it('has the history of its runs, which is that of one tenant', async () => {
    const run = async (id: string, who: string) => {
      const body = JSON.stringify({ file: 'flows/greet.yaml', id, inputs: { who, times: 2 } });
      expect((await env.ask('/api/runs', { method: 'POST', body })).status).toBe(201);
      while ((await env.ask(`/api/runs/${id}/result?timeoutMs=20000`)).status !== 200);
    };
    await run('startable-1', 'Ann');
    await run('startable-2', 'somebody who fails: fail');
    const line = (await listed()).find(({ id }) => id === 'flows/greet.yaml')!;
    expect(line.history).toMatchObject({ runs: 2, ended: 2, succeeded: 1, successRate: 0.5 });
    expect(line.history.last).toMatchObject({ runId: 'startable-2', status: 'failed' });
    expect(line.history.p50Ms).toBeLessThanOrEqual(line.history.p95Ms!);
    const { json } = await ask(`/api/workflows/${encodeURIComponent('flows/greet.yaml')}/history?limit=1`);
    expect(json).toMatchObject({ ...line.history, past: [{ runId: 'startable-2', status: 'failed' }] });
    const elm = await env.newKey({ tenant: 'elm' });
    // Files of the service's folders are the operator's.
    expect((await listed(elm)).filter(({ kind, history }) => kind === 'file' || history.runs > 0)).toEqual([]);

    const { json: use } = await ask('/api/agents/coder/use');
    expect(use).toMatchObject({
      models: [{ agent: 'coder', runs: 2, tasks: 2, succeeded: 1 }],
      runs: [
        { runId: 'startable-2', tasks: 1, failed: 1 },
        { runId: 'startable-1', tasks: 1, failed: 0 },
      ],
    });
    const { agents } = (await ask('/api/agents?stats=true')).json as { agents: JsonObject[] };
    expect(agents.find(({ name }) => name === 'coder')).toMatchObject({
      from: 'own',
      did: { runs: 2, tasks: 2, succeeded: 1 },
    });
    expect((await ask('/api/agents/coder/use', elm)).json).toEqual({ models: [], runs: [] });
  });
});
