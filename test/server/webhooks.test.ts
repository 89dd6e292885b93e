import { createHmac, randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openHooks } from '../../src/client/hooks/open-hooks.ts';
import { addCallback } from '../../src/client/hooks/webhooks.ts';
import type { JsonObject } from '../../src/domain/json.ts';
import { signedHeaders } from '../../src/server/triggers/signature.ts';
import { verifyDelivery } from '../../src/server/triggers/verify.ts';
import type { ScriptedConversation } from '../../src/testing/index.ts';
import { writeProject } from '../support/command/cli.ts';
import { killRequests } from '../support/server/killed-requests.ts';
import { startReceiver, type Received, type Receiver } from '../support/server/receiver.ts';
import { openServiceEnv, type ServiceEnv } from '../support/server/service-env.ts';

const echo = { name: 'echo', when: () => true, answer: (c: ScriptedConversation) => ({ text: `did: ${c.prompt}` }) };
const haiku = { name: 'haiku', default_profile: 'coder', tasks: [{ id: 'write', prompt: 'Write a haiku.' }] };
const review = `
name: review
default_profile: coder
inputs:
  title: { type: string }
  files: { type: array, default: [] }
outputs: { said: "\${{ tasks.write.output }}" }
tasks: [{ id: write, prompt: "Review \${{ inputs.title }} in \${{ inputs.files.join(' ') }}" }]
`;

let env: ServiceEnv;
let receiver: Receiver;

beforeAll(async () => {
  receiver = await startReceiver();
  env = await openServiceEnv({ script: { rules: [echo] }, serve: { webhookAllow: [receiver.host] } });
  writeProject(env.workspace, { 'review.yaml': review });
});
afterAll(async () => {
  await env.close();
  await receiver.close();
});

async function ask(method: string, path: string, body?: unknown, headers: Record<string, string> = {}) {
  const sent = body !== undefined && { body: typeof body === 'string' ? body : JSON.stringify(body) };
  const response = await env.ask(path, { method, headers, ...sent });
  const text = await response.text();
  return { status: response.status, json: (text === '' ? {} : JSON.parse(text)) as JsonObject };
}

const isOf = (run: string) => (one: Received) => one.json.data['run'] === run;
/** What came of a run, once there is so much of it. */
async function cameOf(run: string, count = 1): Promise<Received[]> {
  await expect
    .poll(() => receiver.received.filter(isOf(run)).length, { timeout: 60_000 })
    .toBeGreaterThanOrEqual(count);
  return receiver.received.filter(isOf(run));
}
function isSigned({ headers, body }: Received, secret: string): boolean {
  const header = (name: string) => headers[name] as string | undefined;
  return verifyDelivery({ kind: 'standard' }, [secret], { header, body: Buffer.from(body), at: Date.now() }) !== null;
}

describe('webhooks out', () => {
  it('tell of a run, signed, and nothing shows the secret again', async () => {
    const made = await ask('POST', '/api/webhooks', {
      url: `${receiver.url}/a`,
      events: ['workflow:start', 'workflow:results'],
    });
    expect(made).toMatchObject({ status: 201, json: { state: 'active', tenant: 'default' } });
    const { id, secret } = made.json as { id: string; secret: string };
    await ask('POST', '/api/runs', { definition: haiku, id: 'hooks-told' });
    const [begin, end] = await cameOf('hooks-told', 2);
    expect(begin).toMatchObject({ path: '/a', json: { type: 'workflow:start', data: { workflow: 'haiku', seq: 1 } } });
    expect(end!.json).toMatchObject({
      type: 'workflow:results',
      data: {
        status: 'succeeded',
        result: { status: 'succeeded', tasks: { write: { output: 'did: Write a haiku.' } } },
      },
    });
    expect([begin, end].map((one) => isSigned(one!, secret))).toEqual([true, true]);
    await expect
      .poll(async () => (await ask('GET', `/api/webhooks/${id}/deliveries?state=delivered`)).json)
      .toMatchObject({
        deliveries: [{ id: end!.headers['webhook-id'] }, { id: begin!.headers['webhook-id'], attempts: 1 }],
      });
    const shown = await Promise.all(
      ['/api/webhooks', `/api/webhooks/${id}`, `/api/webhooks/${id}/deliveries`].map((path) => ask('GET', path)),
    );
    expect(JSON.stringify(shown)).not.toContain(secret.slice(6));
    const { rows } = await env.store.sql.query<{ all: string }>(
      'select jsonb_agg(p)::text as all from webhook_endpoints p',
    );
    expect(rows[0]!.all).toContain(id);
    expect(rows[0]!.all).not.toContain(secret.slice(6));
    // Both hold for a day after a change.
    const { secret: second } = (await ask('POST', `/api/webhooks/${id}/rotate`)).json as { secret: string };
    expect(
      (await ask('POST', `/api/webhooks/${id}/deliveries/${end!.headers['webhook-id'] as string}/redeliver`)).status,
    ).toBe(202);
    const again = (await cameOf('hooks-told', 3)).at(-1)!;
    expect(again.headers['webhook-id']).toBe(end!.headers['webhook-id']);
    expect([isSigned(again, secret), isSigned(again, second)]).toEqual([true, true]);
    expect((await ask('DELETE', `/api/webhooks/${id}`)).status).toBe(204);
    expect((await ask('GET', `/api/webhooks/${id}`)).status).toBe(404);
  });

  it('post the end of a run back to who asked for it at its start, and nothing else', async () => {
    const callback = { url: `${receiver.url}/back` };
    const started = await ask('POST', '/api/runs', { definition: haiku, id: 'hooks-back', callback });
    const { callbackSecret } = started.json as { callbackSecret: string };
    const [end, ...more] = await cameOf('hooks-back');
    expect([end!.path, end!.json.type, more]).toEqual(['/back', 'workflow:results', []]);
    expect(isSigned(end!, callbackSecret)).toBe(true);
    expect(JSON.stringify((await ask('GET', '/api/webhooks')).json)).not.toContain('/back');
    // The id is taken, so nothing is started and nothing is told.
    const taken = await ask('POST', '/api/runs', {
      definition: haiku,
      id: 'hooks-back',
      callback: { url: `${receiver.url}/x` },
    });
    expect(taken.status).toBe(409);
    const { rows } = await env.store.sql.query(`select 1 from webhook_endpoints where run_id = 'hooks-back'`);
    expect(rows).toHaveLength(1);
  });

  it('post the end of a run back with the secret that each repetition of its start is told', async () => {
    const body = { definition: haiku, callback: { url: `${receiver.url}/again` } };
    const start = () => ask('POST', '/api/runs', body, { 'Idempotency-Key': 'callback-1' });
    const endpoints = async (run: string) =>
      (await env.store.sql.query('select 1 from webhook_endpoints where run_id = $1', [run])).rows.length;
    const first = await start();
    const { runId, callbackSecret } = first.json as { runId: string; callbackSecret: string };
    expect(runId).toMatch(/^haiku-\w{4}$/);
    await killRequests(env.store);
    const again = await start();
    expect(again).toEqual(first);
    const [end, ...more] = await cameOf(runId);
    expect([isSigned(end!, callbackSecret), more, await endpoints(runId)]).toEqual([true, [], 1]);
    // Before the start: what was noted is the run that is started, and told of.
    await killRequests(env.store, `jsonb_build_object('runId', 'haiku-noted')`);
    const noted = await start();
    expect(noted.json['runId']).toBe('haiku-noted');
    const [told, ...others] = await cameOf('haiku-noted');
    expect([isSigned(told!, noted.json['callbackSecret'] as string), others]).toEqual([true, []]);
    await (await env.client.find('haiku-noted')).closed();
    expect((await ask('DELETE', '/api/runs/haiku-noted')).status).toBe(200);
    expect(await endpoints('haiku-noted')).toBe(0);
  });

  it('sign with what the start was told, whatever an earlier start left that came to nothing', async () => {
    const url = `${receiver.url}/left`;
    const wishes = { tenant: 'default', allow: [receiver.host], within: null };
    await addCallback((await openHooks(env.session, wishes)).deps, 'hooks-left', { url });
    const started = await ask('POST', '/api/runs', { definition: haiku, id: 'hooks-left', callback: { url } });
    const [end] = await cameOf('hooks-left');
    expect(isSigned(end!, started.json['callbackSecret'] as string)).toBe(true);
  });

  it.each([
    'http://a.example/',
    'https://127.0.0.1/',
    'https://user:pass@a.example/',
    'https://a.example:8443/',
    'ftp://a.example/',
    'nothing',
  ])('are not made for %s', async (url) => {
    expect((await ask('POST', '/api/webhooks', { url })).status).toBe(422);
    expect((await ask('POST', '/api/runs', { definition: haiku, callback: { url } })).status).toBe(422);
  });
});

describe('webhooks in', () => {
  const text = 'a-secret-of-a-forge';
  const payload = (more: JsonObject = {}) =>
    JSON.stringify({ action: 'opened', title: 'one $$' + '{{ payload.x }}', files: ['a.ts'], ...more });
  const signedBy = (secret: string, body: string, delivery: string = randomUUID()): Record<string, string> => ({
    'Content-Type': 'application/json',
    'X-Hub-Signature-256': `sha256=${createHmac('sha256', secret).update(body).digest('hex')}`,
    ...{ 'X-GitHub-Delivery': delivery, 'X-GitHub-Event': 'pull_request' },
  });
  async function post(name: string, body: string, headers: Record<string, string>) {
    // No key: the signature is the key.
    const response = await fetch(`${env.service.url}/hooks/${name}`, { method: 'POST', body, headers });
    return { status: response.status, json: (await response.json()) as JsonObject };
  }

  beforeAll(async () => {
    const trigger = {
      ...{ name: 'pull', from: 'github', workflow: 'review.yaml', event: 'pull_request' },
      when: '${{ payload.action == "opened" }}',
      inputs: { title: '${{ payload.title }}', files: '${{ payload.files }}' },
      callback: `${receiver.url}/report`,
    };
    const made = await ask('POST', '/api/triggers', { trigger, secret: text });
    expect(made).toMatchObject({ status: 201, json: { name: 'pull', path: '/hooks/pull', secret: text } });
  });

  it('start a run once, however often a delivery comes, and post its end back', async () => {
    const body = payload();
    const first = await post('pull', body, signedBy(text, body, 'd-1'));
    expect(first).toMatchObject({ status: 202, json: { run: expect.stringMatching(/^hook-pull-/) as string } });
    const again = await Promise.all(
      ['d-1', 'd-1', 'd-2', 'd-3'].map((delivery) => post('pull', body, signedBy(text, body, delivery))),
    );
    expect(again).toEqual([first, first, first, first]);
    const run = first.json['run'] as string;
    const [end, ...more] = await cameOf(run);
    expect([end!.path, more]).toEqual(['/report', []]);
    expect(end!.json.data).toMatchObject({
      result: { outputs: { said: 'did: Review one $$' + '{{ payload.x }} in a.ts' } },
    });
    expect(isSigned(end!, text)).toBe(true);
    // The database has forgotten it, and Temporal has not.
    await env.store.sql.query('delete from trigger_deliveries');
    expect(await post('pull', body, signedBy(text, body))).toEqual(first);
    expect((await env.store.runs.list({ workflow: 'review' })).map(({ runId }) => runId)).toEqual([run]);
  });

  it('start nothing by what the trigger does not ask for, and say why', async () => {
    const closed = payload({ action: 'closed' });
    expect(await post('pull', closed, signedBy(text, closed))).toMatchObject({ status: 202, json: { run: null } });
    const bare = JSON.stringify({ action: 'opened' });
    expect(await post('pull', bare, signedBy(text, bare))).toMatchObject({
      status: 422,
      json: { code: 'unmapped-delivery' },
    });
    const odd = payload({ title: 7 });
    expect(await post('pull', odd, signedBy(text, odd))).toMatchObject({ status: 422 });
    expect((await env.store.runs.list({ workflow: 'review' })).length).toBe(1);
  });

  it('let nobody in who does not know the secret, and tell them nothing of what there is', async () => {
    const body = payload({ title: 'forged' });
    const forged = [
      post('pull', body, signedBy('another-secret-of-16', body)),
      post('pull', body, { 'Content-Type': 'application/json' }),
      post('pull', body, signedBy(text, payload())),
      post('nothing', body, signedBy(text, body)),
      post('acme@pull', body, signedBy(text, body)),
      post('pull', '{"half', signedBy('another-secret-of-16', '{"half')),
    ];
    const answers = await Promise.all(forged);
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([401]));
    expect(new Set(answers.map(({ json }) => JSON.stringify(json))).size).toBe(1);
    const half = '{"half';
    expect(await post('pull', half, signedBy(text, half))).toMatchObject({ status: 400, json: { code: 'not-json' } });
    const huge = payload({ title: 'x'.repeat(1024 * 1024) });
    expect((await post('pull', huge, signedBy(text, huge))).status).toBe(413);
  });

  it('know the time of what Standard Webhooks signs', async () => {
    const made = await ask('POST', '/api/triggers', {
      text: 'name: timed\nfrom: standard\nworkflow: review.yaml\nevent: made\ninputs: { title: "${{ payload.data.title }}" }\n',
    });
    const { secret } = made.json as { secret: string };
    const body = JSON.stringify({ type: 'made', data: { title: 'timed' } });
    const at = (seconds: number, id = 'msg_1') =>
      signedHeaders([secret], { id, at: Date.now() + seconds * 1000, body });
    expect((await post('timed', body, at(-400))).status).toBe(401);
    expect((await post('timed', body, at(400))).status).toBe(401);
    const first = await post('timed', body, at(-200));
    expect(first.status).toBe(202);
    expect(await post('timed', body, at(0))).toEqual(first);
    const other = await post('timed', body, at(0, 'msg_2'));
    expect(other.json['run']).not.toBe(first.json['run']);
    await Promise.all([first, other].map(async ({ json }) => (await env.client.find(json['run'] as string)).result()));
    // Nothing starts while it is paused, and both secrets hold after a change.
    await ask('PATCH', '/api/triggers/timed', { active: false });
    expect((await post('timed', body, at(0, 'msg_3'))).status).toBe(409);
    const { secret: second } = (await ask('POST', '/api/triggers/timed/rotate', {})).json as { secret: string };
    await ask('PATCH', '/api/triggers/timed', { active: true });
    const bySecond = signedHeaders([second], { id: 'msg_1', at: Date.now(), body });
    expect([await post('timed', body, at(0)), await post('timed', body, bySecond)]).toEqual([first, first]);
    const shown = JSON.stringify([
      (await ask('GET', '/api/triggers')).json,
      (await ask('GET', '/api/triggers/timed')).json,
    ]);
    for (const each of [text, secret, second]) expect(shown).not.toContain(each);
  });

  it('are checked when they are added, each mistake at its place, and reach no file outside', async () => {
    const wrong = await ask('POST', '/api/triggers', {
      text: 'name: wrong\nfrom: github\nworkflow: review.yaml\ninputs:\n  titel: "${{ payload.( }}"\n',
    });
    expect(wrong).toMatchObject({ status: 422 });
    expect(wrong.json['errors']).toEqual(
      expect.arrayContaining([
        expect.objectContaining({ path: 'inputs.titel', line: 5, column: 3 }),
        expect.objectContaining({ pointer: '/text', path: 'inputs.titel', line: 5, column: 23 }),
        expect.objectContaining({ path: 'inputs', line: 4, column: 1 }),
      ]),
    );
    const outside = { name: 'outside', from: 'github', workflow: '/etc/passwd' };
    expect(await ask('POST', '/api/triggers', { trigger: outside })).toMatchObject({ status: 422 });
    expect(
      (await ask('POST', '/api/triggers', { trigger: { ...outside, name: 'pull', workflow: 'code-review' } })).status,
    ).toBe(409);
    expect((await ask('POST', '/api/triggers', { text: 'a', trigger: outside })).status).toBe(422);
    expect((await ask('DELETE', '/api/triggers/wrong')).status).toBe(404);
  });
});
