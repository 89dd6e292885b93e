import { randomUUID } from 'node:crypto';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { listGateways } from '../../src/store/gateway/gateways.ts';
import { tempFolder } from '../support/base/temp-folder.ts';
import { until } from '../support/base/until.ts';
import { heldAnswer, heldEvents } from '../support/gateway/held-answer.ts';
import { streaming } from '../support/gateway/provider.ts';
import { asking, useGateway } from '../support/gateway/stage.ts';

const stage = useGateway();
const idsOf = async (): Promise<string[]> => (await listGateways(stage.store().sql)).map(({ id }) => id);

describe('a gateway that stands still', () => {
  it('with a call under way is not waited for when it is dead, nor by one that ends; awake again, it goes on as another', async () => {
    const frozen = await stage.process({ id: 'frozen' });
    const leaving = await stage.gateway();
    const other = await stage.gateway();
    const { run, ask } = await stage.attempt();
    const call = heldAnswer();
    stage.provider().answerWith(call.answering);
    const lost = (await ask(asking('Hi'), { gateway: frozen })).body!.getReader();
    await lost.read();
    frozen.signal('SIGSTOP');
    stage.provider().answerWith(streaming('By another.', { input: 40, output: 8 }));
    const [id] = await idsOf();
    const forwarded = ask(asking('Hi'), { gateway: leaving });
    await until('it is asked for there, too', () => leaving.figures().open > 0);
    await leaving.close(0);
    expect((await forwarded).status).toBe(503);
    // It was not the death of the other one that let it end.
    expect(await idsOf()).toContain(id);
    expect(await (await ask(asking('Hi'), { gateway: other })).text()).toContain('another.');
    expect(await idsOf()).not.toContain(id);
    frozen.signal('SIGCONT');
    await until('it is known again', async () => (await idsOf()).includes(id!));
    call.goOn();
    await expect(lost.read().then(() => lost.read())).resolves.toBeDefined();
    expect(await (await ask(asking('Hi'), { gateway: frozen })).text()).toContain('another.');
    expect(stage.provider().asked).toHaveLength(2);
    expect(await stage.money(run)).toMatchObject({ held: 0 });
  });
});

describe('two gateways', () => {
  it('hear both that a call of our own loop is given up, whoever makes it', async () => {
    const [maker, told] = [await stage.gateway(), await stage.gateway()];
    const token = await stage.worker(`worker-${randomUUID()}`);
    const { run } = await stage.attempt();
    await stage.store().journal.beginModel({
      ...{
        no: run.frozen.no,
        key: 'one~1/1/0',
        message: null,
        intent: {},
        reserve: { nano: 0, tokens: 2000 },
        events: [],
      },
      holder: { token: 'mine', host: 'h', pid: 1, workflowId: 'w', runId: 'r', activityId: 'a' },
    });
    const call = `${encodeURIComponent(run.runKey)}|${encodeURIComponent('one~1/1/0')}|1`;
    const headers = { 'x-api-key': token, 'gaffer-call': call };
    let isGone = false;
    stage.provider().answerWith((response) => {
      response.on('close', () => (isGone = true));
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      response.write(heldEvents[0]);
    });
    const body = JSON.stringify(asking('Hi'));
    const answer = await fetch(`${maker.url}/provider/anthropic/v1/messages`, { method: 'POST', headers, body });
    const given = await fetch(`${told.url}/provider/anthropic/call`, { method: 'DELETE', headers });
    expect(given.status).toBe(204);
    await expect(answer.text()).rejects.toThrow();
    await until('the provider sees it', () => isGone);
  });

  it('in one place: the one that ends keeps what it has under way, and the next one takes nothing from it', async () => {
    const first = await stage.gateway({ id: 'one-place' });
    const { run, ask } = await stage.attempt();
    const call = heldAnswer();
    stage.provider().answerWith(call.answering);
    const answer = await ask(asking('Hi'), { gateway: first });
    const closed = first.close();
    await until('its place is free', async () =>
      (await listGateways(stage.store().sql)).every(({ place }) => place !== 'one-place'),
    );
    const second = await stage.gateway({ id: 'one-place' });
    const joined = ask(asking('Hi'), { gateway: second });
    call.goOn();
    expect(await answer.text()).toBe(heldEvents.join(''));
    await closed;
    expect(await (await joined).text()).toBe(heldEvents.join(''));
    expect(stage.provider().asked).toHaveLength(1);
    expect(await stage.story(run)).not.toContain('agent:broken');
  });

  it('one whose row was taken enters again', async () => {
    await stage.gateway();
    const id = (await idsOf()).at(-1)!;
    await stage.store().sql.query('delete from gateways');
    await until('it is back', async () => (await idsOf()).includes(id));
    expect(stage.said.join()).toContain('taken for dead');
  });
});

describe('a socket', () => {
  it('is made beside a port, and leaves what is there alone unless it is a dead socket', async () => {
    const folder = tempFolder();
    const file = join(folder, 'notes.txt');
    writeFileSync(file, 'mine');
    await expect(stage.gateway({ socket: file })).rejects.toThrow(/notes\.txt is no socket: it is left alone/);
    expect(existsSync(file)).toBe(true);
    const socket = join(folder, 'sub', 's');
    mkdirSync(join(folder, 'sub'), { mode: 0o700 });
    const both = await stage.gateway({ socket });
    expect(both).toMatchObject({ socket, url: expect.stringMatching(/^http:/) as string });
    await expect(stage.gateway({ socket })).rejects.toThrow(/is the socket of a process that lives/);
    const health = await fetch(`${both.url}/healthz`);
    expect(await health.json()).toMatchObject({ status: 'ok' });
    expect(await idsOf()).toHaveLength(1);
    await both.close(0);
    expect(existsSync(socket)).toBe(false);
  });

  it('is there still when its port was somebody else’s', async () => {
    const taken = createServer();
    await once(taken.listen(0, '127.0.0.1'), 'listening');
    onTestFinished(() => void taken.close());
    const { port } = taken.address() as { port: number };
    const socket = join(tempFolder(), 's');
    const living = await stage.gateway({ socket });
    const listen = { host: '127.0.0.1', port };
    await expect(stage.gateway({ socket: `${socket}2`, listen })).rejects.toThrow(/EADDRINUSE/);
    expect([existsSync(socket), existsSync(`${socket}2`)]).toEqual([true, false]);
    expect((await fetch(`${living.url}/healthz`)).status).toBe(200);
  });
});
