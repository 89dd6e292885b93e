import { connect } from 'node:net';
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import type { Gateway } from '../../src/gateway/gateway.ts';
import { streaming } from '../support/gateway/provider.ts';
import { asking, useGateway } from '../support/gateway/stage.ts';

const stage = useGateway();
type Attempt = Awaited<ReturnType<typeof stage.attempt>>;

interface Heard {
  status: number;
  body: string;
}

/** Sends bytes as they are, and reads all that comes until the gateway ends the connection. `closes`: its own side is closed behind them. */
async function send({ url }: Gateway, pieces: readonly Buffer[], closes = false): Promise<Heard[]> {
  const { hostname, port } = new URL(url!);
  const socket = connect(Number(port), hostname);
  let text = '';
  socket.on('data', (piece: Buffer) => (text += piece.toString('latin1')));
  socket.on('error', () => undefined);
  for (const piece of pieces) socket.write(piece);
  if (closes) socket.end();
  await new Promise((resolve) => socket.once('close', resolve));
  return text
    .split(/(?=HTTP\/1\.1 \d{3} )/)
    .filter((each) => each !== '' && !each.startsWith('HTTP/1.1 100 '))
    .map((each) => ({ status: Number(each.slice(9, 12)), body: each.slice(each.indexOf('\r\n\r\n') + 4) }));
}

const place = ({ run, grant }: Attempt): string =>
  `/run/${encodeURIComponent(run.runKey)}/task/${grant.taskId}/attempt/${grant.attempt}`;

interface Head {
  method?: string;
  path?: string;
  version?: string;
  headers?: string[];
  body?: string | Buffer;
}

/** A request as bytes; its length is told unless another header says how long it is. */
function bytes(attempt: Attempt, { method = 'POST', path = '/v1/messages', version = '1.1', ...more }: Head): Buffer {
  const { headers = [], body = JSON.stringify(asking('Hi')) } = more;
  const length = headers.some((each) => /^(?:transfer-encoding|content-length)/i.test(each))
    ? []
    : [`content-length: ${Buffer.byteLength(body)}`];
  const lines = [
    `${method} ${path.startsWith('/v1') ? place(attempt) + path : path} HTTP/${version}`,
    ...['host: gateway', `x-api-key: ${attempt.token}`, 'connection: close', ...length, ...headers],
  ];
  return Buffer.concat([Buffer.from(`${lines.join('\r\n')}\r\n\r\n`), Buffer.from(body)]);
}

const deep = `{"model":"gpt-5","input":${'['.repeat(200_000)}${']'.repeat(200_000)}}`;
const chunked = ['transfer-encoding: chunked'];

describe('an odd request is refused in the form of the wire that it speaks, and nothing is asked of the provider', () => {
  it.each<[string, number, Head]>([
    ['another method', 404, { method: 'GET', body: '' }],
    ['a method that nobody knows', 400, { method: 'BREW' }],
    ['a form in place of JSON', 400, { headers: ['content-type: application/x-www-form-urlencoded'], body: 'model=x' }],
    ['a packed body', 400, { headers: ['content-encoding: gzip'], body: gzipSync(JSON.stringify(asking('Hi'))) }],
    ['no body', 400, { body: '' }],
    ['a name that stands twice', 400, { body: '{"model":"claude-haiku-4-5","model":"claude-opus-4-7","messages":[]}' }],
    [
      'a name that stands twice further in, written otherwise',
      400,
      { body: '{"model":"claude-haiku-4-5","tools":[{"type":"custom","t\\u0079pe":"web_search_20250305"}]}' },
    ],
    ['JSON that is nested deep', 400, { body: deep }],
    ['a head that is too long', 431, { headers: [`x-long: ${'x'.repeat(40_000)}`] }],
    ['two lengths', 400, { headers: ['transfer-encoding: chunked', 'content-length: 5'] }],
    ['a length that is none', 400, { headers: ['content-length: many'] }],
    ['chunks that are none', 400, { headers: chunked, body: 'zz\r\n' }],
    ['chunks without an end', 400, { headers: chunked, body: '5\r\n{"mod\r\n' }],
    ['less than it says', 400, { headers: ['content-length: 500'], body: '{' }],
    ['a path that is encoded as nothing', 404, { path: '/run/%zz/task/one/attempt/1/v1/messages' }],
    ['a path of a stranger', 401, { path: '/run/%00/task/one/attempt/1/v1/messages' }],
    ['a path that leads up', 404, { path: '/run/a/../../v1/messages' }],
  ])('%s', async (what, status, head) => {
    const gateway = await stage.gateway();
    const attempt = await stage.attempt();
    stage.provider().answerWith(streaming('No.'));
    for (const wire of ['/v1/messages', '/v1/chat/completions']) {
      const path = head.path?.replace('/v1/messages', wire) ?? wire;
      const heard = await send(gateway, [bytes(attempt, { ...head, path })], /without an end|less than/.test(what));
      expect(heard).toHaveLength(1);
      for (const { status: told, body } of heard) {
        expect(told).toBe(status);
        const { type, error } = JSON.parse(body) as { type?: string; error: { message: string } };
        expect([type, error.message]).toEqual([wire === '/v1/messages' ? 'error' : undefined, expect.any(String)]);
      }
    }
    expect(stage.provider().asked).toHaveLength(0);
    expect(gateway.figures()).toMatchObject({ open: 0, calls: 0 });
    expect(stage.said.join()).not.toContain('a call went wrong');
  });
});

describe('an unusual request is answered like any other:', () => {
  it.each<[string, Head]>([
    ['by HTTP/1.0', { version: '1.0' }],
    ['that waits until it may go on', { headers: ['expect: 100-continue'] }],
    ['that expects something else', { headers: ['expect: tea'] }],
    ['whose target is a whole address', {}],
    ['in chunks', { headers: chunked, body: '' }],
    ['with a stream of another type', { body: JSON.stringify(asking('Hi', { stream: 'yes' })) }],
    [
      'written with spaces and escapes',
      { body: JSON.stringify(asking('H\u00e9'), null, 2).replace('\u00e9', '\\u00e9') },
    ],
  ])('%s', async (what, head) => {
    const gateway = await stage.gateway();
    const attempt = await stage.attempt();
    stage.provider().answerWith(streaming('Yes.'));
    const { body = JSON.stringify(asking('Hi')) } = head;
    const inChunks = `${Buffer.byteLength(JSON.stringify(asking('Hi'))).toString(16)}\r\n${JSON.stringify(asking('Hi'))}\r\n0\r\n\r\n`;
    const path = what.includes('whole address')
      ? `http://gateway${place(attempt)}/v1/messages?beta=true`
      : '/v1/messages';
    const heard = await send(gateway, [
      bytes(attempt, { ...head, path, body: what === 'in chunks' ? inChunks : body }),
    ]);
    expect(heard).toMatchObject([{ status: 200, body: expect.stringContaining('Yes.') }]);
    const [asked] = stage.provider().asked;
    expect(asked!.body).toBe(body === '' ? JSON.stringify(asking('Hi')) : body);
    expect(asked!.url).toBe(what.includes('whole address') ? '/v1/messages?beta=true' : '/v1/messages');
  });

  it('one behind the other on a connection, in their order', async () => {
    const gateway = await stage.gateway();
    const attempt = await stage.attempt();
    stage.provider().answerWith((response, asked) => streaming(/first|second/.exec(asked.body)![0])(response, asked));
    const one = bytes(attempt, { body: JSON.stringify(asking('first')) });
    const kept = Buffer.from(one.toString().replace('connection: close\r\n', ''));
    const heard = await send(gateway, [kept, bytes(attempt, { body: JSON.stringify(asking('second')) })]);
    expect(heard.map(({ status }) => status)).toEqual([200, 200]);
    expect(heard.map(({ body }) => /first|second/.exec(body)?.[0])).toEqual(['first', 'second']);
  });
});
