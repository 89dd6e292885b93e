import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ScriptedConversation } from '../../src/testing/index.ts';
import type { JsonObject } from '../../src/domain/json.ts';
import { writeProject } from '../support/command/cli.ts';
import { killRequests } from '../support/server/killed-requests.ts';
import { openServiceEnv, type ServiceEnv } from '../support/server/service-env.ts';

const echo = { name: 'echo', when: () => true, answer: (c: ScriptedConversation) => ({ text: `did: ${c.prompt}` }) };
const work = { name: 'once', default_profile: 'coder', tasks: [{ id: 'a', prompt: 'A' }] };
const gated = { ...work, tasks: [{ id: 'a', prompt: 'A', approval: { at: 'before' } }] };

describe('a POST with an Idempotency-Key', () => {
  let env: ServiceEnv;
  beforeAll(async () => {
    env = await openServiceEnv({ script: { rules: [echo] } });
    writeProject(env.workspace);
  });
  afterAll(() => env.close());

  async function post(path: string, key: string, body: unknown, url = env.service.url) {
    const headers = {
      ...{ 'Content-Type': 'application/json', 'Idempotency-Key': key },
      Authorization: `Bearer ${env.key}`,
    };
    const response = await fetch(`${url}${path}`, { method: 'POST', headers, body: JSON.stringify(body) });
    const json = (await response.json()) as JsonObject;
    return { status: response.status, location: response.headers.get('Location'), json };
  }
  const runsCalled = async (name: string): Promise<string[]> =>
    (await env.client.list({ workflow: name })).map(({ runId }) => runId);

  it('is answered as the first time, by any service, and does nothing twice', async () => {
    const other = await env.another();
    const first = await post('/api/runs', 'start-1', { definition: { ...work, name: 'once-one' } });
    expect(first.status).toBe(201);
    const again = await post('/api/runs', 'start-1', { definition: { ...work, name: 'once-one' } }, other.url);
    expect(again).toEqual(first);
    await (await env.client.find(first.json['runId'] as string)).result();
    expect(await runsCalled('once-one')).toEqual([first.json['runId']]);
  });

  it('means one request: another body is refused, and so is what was refused before, in the same words', async () => {
    const wrong = await post('/api/runs', 'start-2', { definition: { tasks: 7 } });
    expect(wrong.status).toBe(422);
    expect(await post('/api/runs', 'start-2', { definition: { tasks: 7 } })).toEqual(wrong);
    const other = await post('/api/runs', 'start-2', { definition: work });
    expect(other).toMatchObject({ status: 422, json: { code: 'idempotency-key-used' } });
  });

  it('is done once by twenty that come at once: the others hear that it is worked on, or the same answer', async () => {
    const other = await env.another();
    const answers = await Promise.all(
      Array.from({ length: 20 }, (_, index) =>
        post(
          '/api/runs',
          'start-3',
          { definition: { ...work, name: 'once-three' } },
          [env.service.url, other.url][index % 2],
        ),
      ),
    );
    const started = answers.filter(({ status }) => status === 201);
    expect(new Set(started.map(({ json }) => json['runId'])).size).toBe(1);
    for (const { status, json } of answers)
      if (status !== 201) expect({ status, code: json['code'] }).toEqual({ status: 409, code: 'in-flight' });
    await (await env.client.find(started[0]!.json['runId'] as string)).result();
    expect(await runsCalled('once-three')).toHaveLength(1);
  });

  it('finds what an attempt did whose process was killed before it answered', async () => {
    const started = await post('/api/runs', 'start-4', { definition: { ...gated, name: 'once-four' } });
    const runId = started.json['runId'] as string;
    await killRequests(env.store);
    const again = await post('/api/runs', 'start-4', { definition: { ...gated, name: 'once-four' } });
    expect(again).toMatchObject({ status: 201, json: { runId } });
    const path = `/api/runs/${runId}`;
    const run = await env.client.find(runId);
    for (;;) if ((await run.waiting()).length > 0) break;
    const sent = await post(`${path}/messages`, 'send-4', { to: 'a', text: 'Be brief.' });
    const decided = await post(`${path}/approvals/-`, 'approve-4', { decision: 'approve' });
    expect(decided).toMatchObject({ status: 200, json: { decided: true } });
    await run.result();
    await run.closed();
    await killRequests(env.store);
    // The run has ended: what was asked of it is found all the same.
    expect(await post(`${path}/messages`, 'send-4', { to: 'a', text: 'Be brief.' })).toEqual(sent);
    expect(await post(`${path}/approvals/-`, 'approve-4', { decision: 'approve' })).toEqual(decided);
    expect(await runsCalled('once-four')).toEqual([runId]);
    const decisions = (await env.story(runId)).filter(({ type }) => type === 'approval:decided');
    expect(decisions).toHaveLength(1);
    expect(await run.messages()).toHaveLength(1);
  });

  it('does an issue and a remark once, as they stand in the same transaction as what is known of them', async () => {
    const add = () => post('/api/issues', 'issue-5', { board: 'once-board', title: 'The port is taken' });
    const made = await add();
    expect(made).toMatchObject({ status: 201, json: { number: 1 } });
    const say = () => post('/api/issues/once-board/1/comments', 'comment-5', { body: 'Indeed.' });
    const said = await say();
    await killRequests(env.store);
    expect((await add()).json['number']).toBe(1);
    expect(await say()).toEqual(said);
    const { rows } = await env.store.sql.query('select number from issues where board = $1', ['once-board']);
    expect(rows).toHaveLength(1);
  });

  it('is asked again after a refusal, which may have passed', async () => {
    const say = () => post('/api/issues/late-board/1/comments', 'comment-6', { body: 'Indeed.' });
    expect((await say()).status).toBe(404);
    await post('/api/issues', 'issue-6', { board: 'late-board', title: 'It is there now' });
    expect((await say()).status).toBe(201);
  });

  it('keeps an answer so that the database alone does not tell it', async () => {
    const { rows } = await env.store.sql.query<{ body: Buffer }>('select body from idempotency where body is not null');
    expect(rows.length).toBeGreaterThan(0);
    for (const { body } of rows) expect(body.toString('latin1')).not.toContain('runId');
  });
});
