import { Hono } from 'hono';
import { describe, expect, it } from 'vitest';
import type { ServerEnv } from '../../../../src/server/env.ts';
import { answerProblem, ProblemError } from '../../../../src/server/problem.ts';
import {
  boundBodies,
  boundHeaders,
  maxBodyBytes,
  maxStartBytes,
} from '../../../../src/server/security/bounded-body.ts';
import { maxBodyDepth } from '../../../../src/server/security/check-value.ts';

const app = new Hono<ServerEnv>();
app.use(boundHeaders());
app.use(boundBodies());
app.post('/*', async (c) => c.json({ length: (await c.req.text()).length }));
app.onError((error, c) => {
  if (!(error instanceof ProblemError)) throw error;
  return answerProblem(c, error.problem, error.headers);
});

const json = { 'Content-Type': 'application/json' };
const post = (body: BodyInit | undefined, headers: Record<string, string> = json) =>
  app.request('/x', { method: 'POST', headers, ...(body !== undefined && { body, duplex: 'half' }) });
const nested = (depth: number): string => '['.repeat(depth) + ']'.repeat(depth);

describe('boundBodies', () => {
  it('hands a JSON body on as it is, and lets a call without one through', async () => {
    expect(await (await post('{"a":"ä"}')).json()).toEqual({ length: 9 });
    expect((await post('[]', { 'Content-Type': 'Application/JSON; charset=utf-8' })).status).toBe(200);
    expect((await post(undefined, {})).status).toBe(200);
  });

  it.each([
    ...['text/plain', 'application/x-www-form-urlencoded', 'multipart/form-data; boundary=x', 'text/json', ''],
    ...['application/jsonp', 'application/json; charset=utf-7', 'application/json, text/plain', 'application/xml'],
  ])('refuses a body of the type "%s"', async (type) => {
    expect((await post('{}', { 'Content-Type': type })).status).toBe(415);
  });

  it('refuses a body that is too long, with or without its length, without reading on', async () => {
    const fits = `"${'x'.repeat(maxBodyBytes - 2)}"`;
    expect((await post(fits)).status).toBe(200);
    expect((await post(`${fits} `)).status).toBe(413);
    expect((await post('1', { ...json, 'Content-Length': String(maxBodyBytes + 1) })).status).toBe(413);
    let sent = 0;
    const endless = new ReadableStream({
      pull(controller) {
        sent += 1;
        controller.enqueue(new TextEncoder().encode(' '.repeat(64 * 1024)));
      },
    });
    expect((await post(endless)).status).toBe(413);
    expect(sent).toBeLessThan(25);
  });

  it.each(['/api/runs', '/api/plan', '/api/plan/graph', '/api/schedules'])(
    'lets a body through that says what is to run, with inputs of 5 MB: %s',
    async (path) => {
      const send = (bytes: number, to = path) =>
        app.request(to, { method: 'POST', headers: json, body: `"${'x'.repeat(bytes - 2)}"` });
      expect((await send(maxStartBytes)).status).toBe(200);
      expect((await send(maxStartBytes + 1)).status).toBe(413);
      expect((await send(maxBodyBytes + 1, `${path}/x`)).status).toBe(413);
    },
  );

  it.each(['{', '', 'undefined', "{'a':1}", '{"a":1}x', '{"a":1,}', '\u{feff}{}', 'NaN'].filter((text) => text !== ''))(
    'refuses %j, which is not JSON',
    async (text) => {
      const answer = await post(text);
      expect([answer.status, ((await answer.json()) as { code: string }).code]).toEqual([400, 'broken-json']);
    },
  );

  it.each([
    ['{"a":{"b/c":["x","\\ud800"]}}', '/a/b~1c/1'],
    ['{"\\udc00":1}', undefined],
    ['"\\ud83d"', undefined],
  ])('refuses %s, which has half a character, and says where', async (text, pointer) => {
    const answer = await post(text);
    const { errors } = (await answer.json()) as { errors: { pointer?: string }[] };
    expect([answer.status, errors[0]!.pointer || undefined]).toEqual([422, pointer]);
    expect((await post('"\\ud83d\\ude00"')).status).toBe(200);
  });

  it('refuses bytes that are no UTF-8', async () => {
    expect((await post(new Uint8Array([0x22, 0xff, 0x22]))).status).toBe(400);
  });

  it('bounds how deep values stand in each other, and survives a million brackets', async () => {
    expect((await post(nested(maxBodyDepth))).status).toBe(200);
    expect((await post(nested(maxBodyDepth + 1))).status).toBe(400);
    expect((await post(nested(500_000))).status).toBe(400);
    expect((await post('{"a":'.repeat(100_000) + '1' + '}'.repeat(100_000))).status).toBe(400);
  });
});

describe('boundHeaders', () => {
  it('refuses a call with more than a hundred', async () => {
    const headers = (count: number) => Object.fromEntries(Array.from({ length: count }, (_, at) => [`x-${at}`, '1']));
    expect((await app.request('/x', { method: 'POST', headers: headers(100) })).status).toBe(200);
    expect((await app.request('/x', { method: 'POST', headers: headers(101) })).status).toBe(431);
  });
});
