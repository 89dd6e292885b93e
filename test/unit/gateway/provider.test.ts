import { EventEmitter, once } from 'node:events';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Provider } from '../../../src/gateway/call/provider.ts';
import { openProvider } from '../../../src/gateway/call/provider.ts';
import { createModelGates } from '../../../src/store/gates/model-gates.ts';

let answering: (response: ServerResponse, request: IncomingMessage) => void;
const server = createServer((request, response) => {
  request.resume();
  request.once('end', () => answering(response, request));
});
let provider: Provider;
let url: string;
const unasked = { query: () => Promise.reject(new Error('nothing is asked of a database')) };
const open = (baseURL: string): Provider => {
  const limits = { callsPerMinute: null, tokensPerMinute: null };
  const gates = createModelGates(unasked, { provider: 'p', limits, longestWaitMs: 1 });
  return openProvider('p', { apiKey: 'sk-key', baseURL }, gates);
};
beforeAll(async () => {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  provider = open(`${url}/base/`);
});
afterAll(() => {
  server.closeAllConnections();
  server.close();
});

const body = Buffer.from('{"model":"m"}');
const send = (to = provider) => to.send({ wire: 'messages', headers: { accept: 'text/a' }, query: '?beta=true', body });

describe('a request to a provider', () => {
  it('has the key and its address, and its answer comes piece by piece, behind what comes before it', async () => {
    let asked: IncomingMessage | undefined;
    answering = (response, request) => {
      asked = request;
      response.writeEarlyHints({ link: '</a>; rel=preload' });
      response.writeHead(201, { 'x-some': ['a', 'b'] });
      response.write('one ');
      response.end('two');
    };
    const answer = await send().answer;
    expect(asked).toMatchObject({ url: '/base/v1/messages?beta=true', method: 'POST' });
    expect(asked!.headers).toMatchObject({ 'x-api-key': 'sk-key', accept: 'text/a', 'content-length': '13' });
    expect(answer).toMatchObject({ status: 201, headers: { 'x-some': ['a', 'b'] } });
    let text = '';
    await answer.body.each((piece) => void (text += piece.toString()));
    expect(text).toBe('one two');
  });

  it('that is given up ends with the reason, before it has an answer and amidst it', async () => {
    let closed: Promise<unknown> | undefined;
    const come = new EventEmitter();
    answering = (response) => {
      closed = once(response, 'close');
      come.emit('come');
    };
    const hasCome = once(come, 'come');
    const early = send();
    await hasCome;
    early.abort(new Error('enough'));
    await expect(early.answer).rejects.toThrow('enough');
    await closed;
    answering = (response) => {
      closed = once(response, 'close');
      response.write('begun');
    };
    const late = send();
    const { body: coming } = await late.answer;
    const done = coming.each(() => late.abort(new Error('enough')));
    await expect(done).rejects.toThrow('enough');
    await closed;
  });

  it('that was given up before it could be sent is not sent', async () => {
    answering = (response) => response.end('sent');
    const other = open(url);
    const sent = send(other);
    sent.abort(new Error('too late'));
    await expect(sent.answer).rejects.toThrow('too late');
    expect((await send(other).answer).status).toBe(200);
  });

  it('tells that nobody is there, and that an answer broke off', async () => {
    answering = (response) => {
      response.writeHead(200, { 'content-length': 100 });
      response.write('half', () => response.destroy());
    };
    const { body: half } = await send().answer;
    await expect(half.each(() => undefined)).rejects.toThrow();
    const gone = createServer().listen(0, '127.0.0.1');
    await once(gone, 'listening');
    const { port } = gone.address() as AddressInfo;
    gone.close();
    await once(gone, 'close');
    await expect(send(open(`http://127.0.0.1:${port}`)).answer).rejects.toMatchObject({ code: 'ECONNREFUSED' });
  });
});
