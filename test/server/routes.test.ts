import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ScriptedConversation } from '../../src/testing/index.ts';
import type { JsonObject } from '../../src/domain/json.ts';
import { writeProject } from '../support/command/cli.ts';
import { openServiceEnv, type ServiceEnv } from '../support/server/service-env.ts';

const echo = { name: 'echo', when: () => true, answer: (c: ScriptedConversation) => ({ text: `did: ${c.prompt}` }) };
const haiku = { name: 'haiku', default_profile: 'coder', tasks: [{ id: 'write', prompt: 'Write a haiku.' }] };
const gated = {
  ...haiku,
  name: 'gated',
  tasks: [{ id: 'write', prompt: 'Write a haiku.', approval: { at: 'before' } }],
};

describe('the routes of runs', () => {
  let env: ServiceEnv;
  beforeAll(async () => {
    env = await openServiceEnv({ script: { rules: [echo] } });
    writeProject(env.workspace);
  });
  afterAll(() => env.close());

  async function ask(method: string, path: string, body?: unknown, headers: Record<string, string> = {}) {
    const response = await env.ask(path, {
      method,
      headers,
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    const isJson = response.headers.get('Content-Type')?.endsWith('json') === true;
    return {
      status: response.status,
      headers: response.headers,
      text,
      json: (isJson && text !== '' ? JSON.parse(text) : null) as JsonObject,
    };
  }
  const ended = async (id: string): Promise<void> => {
    for (;;) if ((await ask('GET', `/api/runs/${id}/result?timeoutMs=20000`)).status === 200) return;
  };

  it('starts a run, says how it goes, and gives all that it leaves', async () => {
    const started = await ask('POST', '/api/runs', { definition: haiku, id: 'routes-one' });
    expect(started.json).toEqual(expect.objectContaining({ runId: 'routes-one' }));
    expect(started).toMatchObject({ status: 201, json: { runId: 'routes-one' } });
    expect(started.headers.get('Location')).toBe('/api/runs/routes-one');
    await ended('routes-one');
    const paths = [
      '',
      '/result',
      '/standing',
      '/run-state',
      '/contexts',
      '/transcript',
      '/output',
      '/state',
      '/messages',
    ];
    const more = [
      '/checkpoints',
      '/evaluations',
      '/export',
      '/tasks',
      '/plan',
      '/report',
      '/issues',
      '/closed',
      '/graph',
      '/spans',
    ];
    for (const path of [...paths, ...more]) {
      const { status, text } = await ask('GET', `/api/runs/routes-one${path}`);
      expect([path, status < 300, text]).toMatchObject([path, true, expect.any(String)]);
    }
    const { json } = await ask('GET', '/api/runs/routes-one/output');
    expect(json).toEqual({ tasks: [{ task: 'write', status: 'succeeded', output: 'did: Write a haiku.' }] });
    expect((await ask('GET', '/api/runs?workflow=haiku')).json).toMatchObject({ runs: [{ runId: 'routes-one' }] });
    await ask('POST', '/api/runs', { definition: haiku, id: 'routes-two' });
    await ended('routes-two');
    const first = await ask('GET', '/api/runs?workflow=haiku&limit=1');
    expect(first.json).toMatchObject({ runs: [{ runId: 'routes-two' }] });
    const [, next = ''] = /^<(.*)>; rel="next"$/.exec(first.headers.get('Link') ?? '') ?? [];
    expect((await ask('GET', next)).json).toMatchObject({ runs: [{ runId: 'routes-one' }] });
    const seen = await ask('GET', '/api/runs/routes-one');
    const bare = await ask('GET', '/api/runs/routes-one?tasks=false');
    expect(bare.json).toEqual({ ...(seen.json as object), tasks: {} });
    const unchanged = { 'If-None-Match': seen.headers.get('ETag')! };
    expect((await ask('GET', '/api/runs/routes-one', undefined, unchanged)).status).toBe(304);
    expect((await ask('HEAD', '/api/runs/routes-one')).text).toBe('');
    const put = await ask('PUT', '/api/runs/routes-one', {});
    expect([put.status, put.headers.get('Allow')]).toEqual([405, 'GET, HEAD, DELETE']);
    const report = await ask('GET', '/api/runs/routes-one/report', undefined, { Accept: 'text/markdown' });
    expect(report.text).toMatch(/^# Multi-Agent Execution Report/);
  });

  it('lets a person decide what waits, as the one that the key names', async () => {
    await ask('POST', '/api/runs', { definition: gated, id: 'routes-gated' });
    const waits = await until(
      async () => ((await ask('GET', '/api/runs/routes-gated/waiting')).json['waiting'] ?? []) as JsonObject[],
    );
    expect(waits).toMatchObject([{ taskId: 'write', cause: 'approval' }]);
    const other = await ask('POST', '/api/runs/routes-gated/approvals/-', { decision: 'approve', by: 'somebody' });
    expect(other).toMatchObject({ status: 403, json: { code: 'not-you' } });
    const decided = await ask('POST', '/api/runs/routes-gated/approvals/-', { decision: 'approve' });
    expect(decided).toMatchObject({ status: 200, json: { decided: true, missing: 0 } });
    await ended('routes-gated');
  });

  it('draws a run as it is planned, and what is added to it without moving anything; and tells its times', async () => {
    const planned = await ask('POST', '/api/plan/graph', { definition: gated });
    expect(planned).toMatchObject({ status: 200, json: { tasks: [['write', 0, -1, 0, 0, 64]], boxes: [[0, 0, '']] } });
    await ask('POST', '/api/runs', { definition: gated, id: 'routes-drawn' });
    await until(
      async () => ((await ask('GET', '/api/runs/routes-drawn/waiting')).json['waiting'] ?? []) as JsonObject[],
    );
    const graph = await ask('GET', '/api/runs/routes-drawn/graph');
    expect(graph.json).toEqual(planned.json);
    const known = { 'If-None-Match': graph.headers.get('ETag')! };
    expect((await ask('GET', '/api/runs/routes-drawn/graph', undefined, known)).status).toBe(304);
    const more = { id: 'check', prompt: 'Count its lines.', depends_on: ['write'] };
    expect((await ask('POST', '/api/runs/routes-drawn/tasks', { tasks: [more] })).status).toBe(200);
    const grown = await ask('GET', '/api/runs/routes-drawn/graph', undefined, known);
    expect(grown.status).toBe(200);
    expect(grown.json['boxes']).toEqual([...(graph.json['boxes'] as unknown[]), [expect.any(Number), 0, '']]);
    expect(grown.json).toMatchObject({ tasks: [{}, ['check', 1, -1, 0, 1, 256]], lines: [[0, 1, 0]] });
    await ask('POST', '/api/runs/routes-drawn/approvals/-', { decision: 'approve' });
    await ended('routes-drawn');
    const { json } = await ask('GET', '/api/runs/routes-drawn/spans');
    const moment = expect.any(Number) as number;
    const waited = ['write', null, [[moment, moment, 'succeeded']], [[moment, moment, 'approval']]];
    const after = ['check', null, [[moment, moment, 'succeeded']], []];
    // Nobody worked meanwhile: the run itself waited, too.
    const whole = ['', null, [], [[moment, moment, 'approval']]];
    expect(json).toMatchObject({ rows: [waited, whole, after], open: [], isWhole: true, until: moment });
  });

  it('changes an issue only as whoever changes it has seen it', async () => {
    const made = await ask('POST', '/api/issues', { board: 'routes-board', title: 'The port is taken' });
    const path = '/api/issues/routes-board/1';
    expect((await ask('PATCH', path, { priority: 0 })).status).toBe(428);
    const seen = { 'If-Match': made.headers.get('ETag')! };
    expect(await ask('PATCH', path, { priority: 0 }, seen)).toMatchObject({ status: 200, json: { priority: 0 } });
    expect((await ask('PATCH', path, { priority: 1 }, seen)).status).toBe(412);
  });

  it('answers what blocks an issue and closes it, each once, and only as it was seen', async () => {
    const { store } = env;
    await ask('POST', '/api/issues', { board: 'routes-settled', title: 'Which port?' });
    await store.sql.query(
      `update issues set status = 'blocked', block_reason = 'no port' where board = 'routes-settled'`,
    );
    const path = '/api/issues/routes-settled/1';
    const seen = { 'If-Match': (await ask('GET', path)).headers.get('ETag')! };
    expect((await ask('POST', `${path}/unblock`, { answer: '7450' })).status).toBe(428);
    expect((await ask('POST', `${path}/unblock`, { answer: '7450' }, { 'If-Match': '"other"' })).status).toBe(412);
    const answered = await ask(
      'POST',
      `${path}/unblock`,
      { answer: '7450' },
      { ...seen, 'Idempotency-Key': 'settle-1' },
    );
    expect(answered).toMatchObject({ status: 200, json: { status: 'open', answer: '7450' } });
    const again = await ask('POST', `${path}/unblock`, { answer: '7450' }, { ...seen, 'Idempotency-Key': 'settle-1' });
    expect(again).toMatchObject({ status: 200, json: { status: 'open' } });
    expect((await ask('POST', `${path}/close`, { result: 'Done.' }, seen)).status).toBe(412);
    const now = { 'If-Match': answered.headers.get('ETag')! };
    const closed = await ask('POST', `${path}/close`, { result: 'Done.' }, now);
    expect(closed).toMatchObject({ status: 200, json: { status: 'closed', result: 'Done.' } });
    expect(closed.json['comments']).toMatchObject([{ kind: 'unblocked' }, { kind: 'closed', author: 'tester' }]);
    expect((await ask('GET', '/api/boards')).json['boards']).toContainEqual(
      expect.objectContaining({ board: 'routes-settled', open: 0, closed: 1 }),
    );
  });

  it('says where a definition is wrong: in an object by a pointer, in a text by its line, all at once', async () => {
    const wrong = {
      ...haiku,
      tasks: [
        { id: 'a', prompt: 'A', depends_on: ['nobody'] },
        { id: 'b', prompt: 7 },
      ],
    };
    const told = await ask('POST', '/api/plan', { definition: wrong });
    expect(told).toMatchObject({ status: 422, json: { code: 'definition' } });
    const pointers = (told.json['errors'] as JsonObject[]).map(({ pointer }) => pointer as string);
    expect(pointers.every((each) => each.startsWith('/definition/tasks/'))).toBe(true);
    const text = 'default_profile: nobody\ntasks:\n  - { id: a, prompt: A }\n';
    const { json } = await ask('POST', '/api/runs', { text });
    expect(json['errors']).toMatchObject([{ pointer: '/text', line: expect.any(Number) as number }]);
  });

  it('refuses what nobody knows, with where it stands', async () => {
    const wrong = await ask('POST', '/api/runs', { definition: haiku, colour: 'red', id: 7 });
    expect(wrong.status).toBe(422);
    const pointers = (wrong.json['errors'] as JsonObject[]).map(({ pointer }) => pointer);
    expect(new Set(pointers)).toEqual(new Set(['/colour', '/id']));
    expect(await ask('GET', '/api/runs?colour=red')).toMatchObject({ status: 422, json: { code: 'invalid' } });
    expect(await ask('GET', '/api/runs/nobody')).toMatchObject({ status: 404, json: { code: 'run-not-found' } });
    const again = await ask('POST', '/api/runs', { definition: haiku, id: 'routes-one' });
    expect(again).toMatchObject({ status: 409, json: { code: 'run-exists' } });
  });

  async function until<Value extends { length: number }>(work: () => Promise<Value>): Promise<Value> {
    for (;;) {
      const found = await work();
      if (found.length > 0) return found;
    }
  }
});
