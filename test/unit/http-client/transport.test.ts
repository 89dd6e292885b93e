import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  connect,
  HttpProblemError,
  NoAnswerError,
  UnreachableError,
  UsageError,
} from '../../../src/http-client/index.ts';
import { json, openLoneService, problem } from '../../support/http-client/lone-service.ts';

const started = { runId: 'r', runKey: 'k' };
const start = { file: 'review' };

describe('a request', () => {
  const warnings: Error[] = [];
  const onWarning = (warning: Error): void => void warnings.push(warning);
  beforeAll(() => process.on('warning', onWarning));
  afterAll(() => process.off('warning', onWarning));

  it('is one of many at once without Node taking their listeners for a leak', async () => {
    const { signal } = new AbortController();
    const { runs, asked } = openLoneService(() => forEver(), { signal });
    const all = Array.from({ length: 50 }, () => runs.start(start));
    const outcomes = Promise.allSettled(all);
    await new Promise((resolve) => setImmediate(resolve));
    expect(asked).toHaveLength(50);
    await runs.close();
    expect((await outcomes).every(({ status }) => status === 'rejected')).toBe(true);
    expect(warnings).toEqual([]);
  });

  it('that was lost is sent again with its key, and every other one has another', async () => {
    const { runs, asked, pauses } = openLoneService((_request, count) =>
      count < 4 ? new Error('reset') : json(started, 201),
    );
    expect(await runs.start(start)).toMatchObject({ id: 'r', runKey: 'k' });
    await runs.start(start);
    const keys = asked.map(({ headers }) => headers.get('Idempotency-Key'));
    expect(keys[0]).toMatch(/^[0-9a-f]{32}$/);
    expect(new Set(keys.slice(0, 4)).size).toBe(1);
    expect(keys[4]).not.toBe(keys[0]);
    expect(pauses).toHaveLength(3);
    expect(await Promise.all(asked.map((request) => request.json()))).toEqual(asked.map(() => start));
  });

  it('that is to come later is sent when the service says, be it in seconds or at a time', async () => {
    const inAMinute = new Date(Date.now() + 20_000).toUTCString();
    const answers = [
      problem(429, 'rate-limited', { 'Retry-After': '7' }),
      problem(503, 'closing', { 'Retry-After': inAMinute }),
    ];
    const { runs, pauses } = openLoneService((_request, count) => answers[count - 1] ?? json({ runs: [], next: null }));
    expect(await runs.list()).toEqual([]);
    expect(pauses[0]).toBe(7000);
    expect(pauses[1]).toBeGreaterThan(15_000);
    expect(pauses[1]).toBeLessThanOrEqual(20_000);
  });

  it('is given up after a minute, or a tenth of it where nobody ever answered, with what was said last', async () => {
    const away = openLoneService((_request, count) =>
      count === 1 ? json({ runs: [], next: null }) : problem(503, 'unreachable'),
    );
    await away.runs.list();
    await expect(away.runs.list()).rejects.toThrow(new UnreachableError('it is unreachable'));
    expect(sum(away.pauses)).toBeGreaterThan(57_000);
    expect(sum(away.pauses)).toBeLessThanOrEqual(60_000);
    const nobody = openLoneService(() => new Error('connect ECONNREFUSED'));
    const told = new UnreachableError(
      'the service at http://service.test/base cannot be reached: connect ECONNREFUSED.',
    );
    await expect(nobody.runs.list()).rejects.toThrow(told);
    expect(sum(nobody.pauses)).toBeLessThanOrEqual(6000);
    const limited = openLoneService(() => problem(429, 'rate-limited', { 'Retry-After': '3600' }));
    await expect(limited.runs.list()).rejects.toMatchObject({
      name: 'HttpProblemError',
      status: 429,
      kind: 'unreachable',
    });
    expect(limited.asked).toHaveLength(1);
  });

  it('that is still at work in the service is asked about until it is done, however long', async () => {
    const { runs, pauses } = openLoneService((_request, count) =>
      count < 40 ? problem(409, 'in-flight', { 'Retry-After': '5' }) : json({ runId: 'r', undone: [] }),
    );
    expect(await runs.rollback('r')).toMatchObject({ undone: [] });
    expect(sum(pauses)).toBeGreaterThan(190_000);
  });

  it.each([
    ['no-answer', 503, NoAnswerError],
    ['not-allowed', 403, HttpProblemError],
    ['unexpected', 500, HttpProblemError],
  ])('that is answered with %s is not sent again', async (code, status, type) => {
    const { runs, asked } = openLoneService(() => problem(status, code, { 'Retry-After': '5' }));
    const error = await runs.list().catch((cause: unknown) => cause);
    expect(error).toBeInstanceOf(type);
    expect(error).toMatchObject({ message: `it is ${code}` });
    expect(asked).toHaveLength(1);
  });

  it('that removes something is not sent again once its answer was lost', async () => {
    const { runs, asked } = openLoneService((request, count) => {
      if (request.method === 'GET') return json({ runId: 'r' });
      return count === 2 ? problem(429, 'rate-limited') : new Error('reset');
    });
    const run = await runs.find('r');
    await expect(run.remove()).rejects.toThrow('cannot be reached: reset');
    expect(asked.map(({ method }) => method)).toEqual(['GET', 'DELETE', 'DELETE']);
  });

  it.each([502, 503, 504])(
    'that removes something is not sent again once a proxy said %i in its place',
    async (status) => {
      const { runs, asked } = openLoneService((request) =>
        request.method === 'GET' ? json({ runId: 'r' }) : new Response('<h1>Bad gateway</h1>', { status }),
      );
      const run = await runs.find('r');
      await expect(run.remove()).rejects.toThrow(`answers with ${status}`);
      expect(asked.map(({ method }) => method)).toEqual(['GET', 'DELETE']);
    },
  );

  it('has its key in a header alone, and says what else it was told to', async () => {
    const { runs, asked } = openLoneService(() => json({ waiting: [] }), { headers: { 'X-Proxy': 'yes' } });
    await runs.waiting('a/b ?ü');
    const [{ url, headers }] = asked as [Request];
    expect(url).toBe('http://service.test/base/api/waiting?run=a%2Fb+%3F%C3%BC');
    expect([headers.get('Authorization'), headers.get('X-Proxy')]).toEqual(['Bearer gfr_secret', 'yes']);
  });

  it.each([
    [
      'sends elsewhere',
      () => new Response(null, { status: 302, headers: { Location: 'http://other.test/' } }),
      'sends elsewhere',
    ],
    [
      'is no service',
      () => new Response('<h1>Hello</h1>', { headers: { 'Content-Type': 'text/html' } }),
      'text/html instead of JSON',
    ],
    [
      'knows no such page',
      () => new Response('gone', { status: 404 }),
      'answers with 404, and not as a Gaffer service does',
    ],
  ])('to what %s says so', async (_what, answer, words) => {
    const { runs, asked } = openLoneService(answer);
    await expect(runs.list()).rejects.toThrow(words);
    expect(asked).toHaveLength(1);
  });

  it.each(['', '.', '..', '\0', '\ud800', 'x'.repeat(201)])('of a run that cannot be (%j) finds none', async (id) => {
    const { runs, asked } = openLoneService(() => json({}));
    for (const ask of [() => runs.find(id), () => runs.retry(id), () => runs.rollback(id)]) {
      await expect(ask()).rejects.toMatchObject({ name: 'RunNotFoundError', runId: id });
    }
    expect(asked).toHaveLength(0);
  });

  it('lists page by page, as many as are wanted', async () => {
    const { runs, asked } = openLoneService((request) => {
      const { searchParams } = new URL(request.url);
      const from = Number(searchParams.get('cursor') ?? 0);
      const limit = Number(searchParams.get('limit'));
      const page = Array.from({ length: Math.min(limit, 450 - from) }, (_, index) => ({ runId: `r${from + index}` }));
      return json({ runs: page, next: from + limit < 450 ? String(from + limit) : null });
    });
    expect(await runs.list({ limit: 300 })).toHaveLength(300);
    expect(asked).toHaveLength(2);
    expect(new Set((await runs.list({ limit: 1000 })).map(({ runId }) => runId)).size).toBe(450);
  });
});

describe('a connection', () => {
  it.each([
    [{ url: 'service.test' }, '`url` "service.test" is none'],
    [{ url: 'file:///etc/passwd' }, 'is none'],
    [{ url: 'http://me:secret@service.test' }, '`url` has a user'],
    [{ url: 'http://service.test?key=secret' }, '`url` has a user, a query'],
    [{ url: 'http://service.test', key: 'two words' }, '`key` is no key'],
    [{ url: 'http://service.test', key: 'line\nbreak' }, '`key` is no key'],
    [{ url: 'http://service.test', headers: { 'a b': 'c' } }, '`headers` has one'],
    [{ url: 'http://service.test', patienceMs: -1 }, '`patienceMs` is -1'],
  ])('to %j is refused before anything is asked, and no secret is repeated', async (options, words) => {
    const error = await connect(options).catch((cause: unknown) => cause);
    expect(error).toBeInstanceOf(UsageError);
    expect((error as Error).message).toContain(words);
    expect((error as Error).message).not.toContain('secret');
  });

  it.each(['close', 'its signal'])('that ends by %s ends all that is open, and all that comes later', async (how) => {
    const stop = new AbortController();
    const stream = (): Response => new Response(new ReadableStream());
    const { runs } = openLoneService(
      (request) =>
        request.url.includes('/events') ? stream() : request.url.endsWith('/r') ? json({ runId: 'r' }) : forEver(),
      { signal: stop.signal },
    );
    const run = await runs.find('r');
    const open = [run.result(), run.events()[Symbol.asyncIterator]().next(), runs.list()];
    const ended = Promise.allSettled(open);
    if (how === 'close') await runs.close();
    else stop.abort(new UnreachableError('the connection to the runs is closed'));
    for (const each of [...(await ended), ...(await Promise.allSettled([runs.list(), run.view()]))])
      expect(each).toMatchObject({
        reason: { name: 'UnreachableError', message: 'the connection to the runs is closed' },
      });
  });

  it('has no Temporal, and says so', async () => {
    const { runs } = openLoneService(() => json({}));
    for (const ask of [() => runs.temporalClient(), () => runs.temporal()])
      await expect(ask()).rejects.toThrow(/is not there over HTTP/);
  });
});

const forEver = (): Promise<Response> => new Promise(() => undefined);

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, one) => total + one, 0);
}
