import { randomUUID } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { billBroken } from '../../src/calls/bill-broken.ts';
import type { ModelIntent } from '../../src/store/journal/entry.ts';
import { endToken, renewWorkerToken } from '../../src/store/gateway/tokens.ts';
import { until } from '../support/base/until.ts';
import { messageEvents, streaming } from '../support/gateway/provider.ts';
import { asking, model, useGateway } from '../support/gateway/stage.ts';
import type { Gateway } from '../../src/gateway/gateway.ts';
import type { StoreRun } from '../support/store/store-run.ts';

const stage = useGateway();
const key = 'one~1/1/0';

describe('a call of our own loop', () => {
  const holder = { token: 'dead', host: 'h', pid: 1, workflowId: 'w', runId: 'r', activityId: 'a' };
  const begin = ({ frozen }: StoreRun, more: Partial<ModelIntent> = {}) =>
    stage.store().journal.beginModel({
      ...{ no: frozen.no, key, holder, message: null, intent: {}, reserve: { nano: 0, tokens: 2000 }, events: [] },
      ...more,
    });
  const open = async (isBegun = true) => {
    const gateway = await stage.gateway();
    const worker = `worker-${randomUUID()}`;
    const token = await stage.worker(worker);
    const { run } = await stage.attempt();
    if (isBegun) await begin(run);
    const headers = {
      'x-api-key': token,
      'gaffer-call': `${encodeURIComponent(run.runKey)}|${encodeURIComponent(key)}|1`,
    };
    const ask = (signal?: AbortSignal, more: Partial<Gateway> = gateway): Promise<Response> =>
      fetch(`${more.url}/provider/anthropic/v1/messages`, {
        ...{ method: 'POST', headers, body: JSON.stringify(asking('Hi')), ...(signal && { signal }) },
      });
    const giveUp = () => fetch(`${gateway.url}/provider/anthropic/call`, { method: 'DELETE', headers });
    return { gateway, token, worker, run, headers, ask, giveUp };
  };

  it('is made once for its key, whoever asks; what it costs is its worker’s to settle', async () => {
    const { run, ask, gateway } = await open();
    stage.provider().answerWith(streaming('Once.'));
    const first = await (await ask()).text();
    expect(await (await ask()).text()).toBe(first);
    expect(stage.provider().asked).toHaveLength(1);
    expect(gateway.figures()).toMatchObject({ calls: 1, repeated: 1 });
    expect(await stage.money(run)).toEqual({ nano: 0, tokens: 0, held: 0 });
    expect(await stage.story(run)).toEqual([]);
  });

  it('of a worker that was killed is joined by the next one', async () => {
    const { ask } = await open();
    const events = messageEvents('Still coming.');
    let goOn = (): void => undefined;
    stage.provider().answerWith(async (response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      response.write(events[0]);
      await new Promise<void>((resolve) => (goOn = resolve));
      response.end(events.slice(1).join(''));
    });
    const killed = new AbortController();
    await (await ask(killed.signal)).body!.getReader().read();
    killed.abort();
    const again = ask();
    await until('the call to be joined', async () => (await again).ok);
    goOn();
    expect(await (await again).text()).toBe(events.join(''));
    expect(stage.provider().asked).toHaveLength(1);
  });

  it('is aborted at the provider by who gives it up, and then made anew', async () => {
    const { ask, giveUp } = await open();
    let isGone = false;
    stage.provider().answerWith((response) => {
      response.on('close', () => (isGone = true));
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      response.write(messageEvents('x')[0]);
    });
    const answer = await ask();
    expect((await giveUp()).status).toBe(204);
    await expect(answer.text()).rejects.toThrow();
    await until('the provider to see it', () => isGone);
    stage.provider().answerWith(streaming('Anew.'));
    expect(await (await ask()).text()).toContain('Anew.');
  });

  it('that its worker could not read, and billed as broken, is made anew', async () => {
    const { run, ask } = await open();
    stage.provider().answerWith(streaming('Unreadable.'));
    await (await ask()).text();
    await billBroken(stage.store(), run.frozen, {
      ...{ input: { taskId: 'one', agent: 'worker', turn: 1 }, key, token: 'first', price: null, why: 'broken' },
      usage: { inputTokens: 100, outputTokens: 20, cacheReadTokens: 0, cacheWriteTokens: 0 },
      ...{ reserved: { tokens: 1000 }, request: { maxTokens: 500 } },
    });
    stage.provider().answerWith(streaming('Readable.'));
    expect(await (await ask()).text()).toContain('Readable.');
    expect(await (await ask()).text()).toContain('Readable.');
    expect(stage.provider().asked).toHaveLength(2);
  });

  it('that the provider refuses is passed on as it came, and asked for anew', async () => {
    const { ask } = await open();
    stage.provider().answerWith((response) => void response.writeHead(529, { 'retry-after': '7' }).end('busy'));
    const answer = await ask();
    expect([answer.status, answer.headers.get('retry-after'), await answer.text()]).toEqual([529, '7', 'busy']);
    await (await ask()).text();
    expect(stage.provider().asked).toHaveLength(2);
  });

  it('of a worker that died, in a run that was cancelled, is billed with what it cost', async () => {
    const { gateway, run, ask } = await open(false);
    const store = (): ReturnType<typeof stage.store> => stage.store();
    const event = { type: 'agent:invoke', taskId: 'one', agentName: 'worker', model, maxTokens: 900, turn: 1 } as const;
    await begin(run, { reserve: { nano: 9_000_000, tokens: 2000 }, events: [{ key: `invoke/${key}`, ...event }] });
    stage.provider().answerWith(streaming('Too late.', { input: 500, output: 40 }));
    await (await ask()).text();
    await store().events.append(run.runKey, [
      { key: 'cancelled', type: 'run:cancelled', by: 'me', reason: 'x' } as never,
    ]);
    await store().sql.query(`update gateway_calls set ended_at = now() - interval '11 seconds'`);
    expect(gateway.figures().open).toBe(0);
    await until('the bill', async () => (await stage.money(run)).held === 0);
    expect(await stage.money(run)).toEqual({ nano: 500 * 1000 + 40 * 5000, tokens: 540, held: 0 });
    // The worker was not dead but late: what it bills is the same call.
    await billBroken(store(), run.frozen, {
      ...{ input: { taskId: 'one', agent: 'worker', turn: 1 }, key, token: 'dead', price: null, why: 'late' },
      usage: { inputTokens: 500, outputTokens: 40, cacheReadTokens: 0, cacheWriteTokens: 0 },
      ...{ reserved: { tokens: 1000 }, request: { maxTokens: 500 } },
    });
    expect(await stage.money(run)).toMatchObject({ tokens: 540 });
  });

  it.each<[string, (run: StoreRun) => Promise<unknown>]>([
    ['begun', () => Promise.resolve()],
    ['held money back for', (run) => begin(run, { reserve: { nano: 0, tokens: 0 } })],
    [
      'in a run that goes on',
      async (run) => {
        await begin(run);
        await stage.store().sql.query('update runs set ended_at = now() where no = $1', [run.frozen.no]);
      },
    ],
    [
      'waiting for its answer',
      (run) =>
        begin(run).then(() =>
          stage.store().sql.query(`update journal set state = 'done' where run_no = $1`, [run.frozen.no]),
        ),
    ],
  ])('that the journal has not %s is not made', async (_what, does) => {
    const { run, ask } = await open(false);
    await does(run);
    expect((await ask()).status).toBe(401);
    expect(stage.provider().asked).toHaveLength(0);
  });

  it('is made as long as its worker says that it lives, and no longer than that', async () => {
    const { token, worker, ask, gateway } = await open();
    const { sql } = stage.store();
    stage.provider().answerWith(streaming('Alive.'));
    await sql.query(`update gateway_tokens set lives_until = now() - interval '1 second' where worker is not null`);
    expect((await ask()).status).toBe(401);
    await renewWorkerToken(sql, token, worker);
    expect((await ask()).status).toBe(200);
    await sql.query('delete from gateway_tokens where worker = $1', [worker]);
    await renewWorkerToken(sql, token, worker);
    expect((await ask(undefined, await stage.gateway())).status).toBe(200);
    await endToken(sql, token);
    await renewWorkerToken(sql, token, worker);
    // Another one has not seen it while it was good.
    expect((await ask(undefined, await stage.gateway())).status).toBe(401);
    expect(gateway.figures()).toMatchObject({ calls: 1, refused: 1 });
  });

  it('is nobody’s but a worker’s', async () => {
    const { gateway, headers } = await open();
    const { token } = await stage.attempt();
    const answer = await fetch(`${gateway.url}/provider/anthropic/v1/messages`, {
      ...{ method: 'POST', headers: { ...headers, 'x-api-key': token }, body: '{}' },
    });
    expect(answer.status).toBe(401);
    expect(stage.provider().asked).toHaveLength(0);
  });
});
