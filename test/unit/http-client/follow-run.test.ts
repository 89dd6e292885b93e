import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { RunEvent } from '../../../src/domain/run/run-events.ts';
import { json, openLoneService, problem, type LoneService } from '../../support/http-client/lone-service.ts';

const story = (length: number): RunEvent[] =>
  Array.from({ length }, (_, index) => {
    const seq = index + 1;
    return {
      seq,
      at: '2026-01-01T00:00:00.000Z',
      type: seq === length ? 'workflow:results' : 'run:log',
      text: `Ü${seq}`,
    };
  }) as unknown as RunEvent[];
const frame = (event: RunEvent): string => `id: ${event.seq}\ndata: ${JSON.stringify(event)}\n\n`;

/** A stream that breaks behind what it says. */
function broken(text: Uint8Array, onBreak: () => void = () => undefined): Response {
  let isSaid = false;
  const body = new ReadableStream<Uint8Array>({
    pull(controller) {
      if (isSaid) {
        onBreak();
        return controller.error(new TypeError('terminated'));
      }
      isSaid = true;
      controller.enqueue(text);
    },
  });
  return new Response(body, { headers: { 'Content-Type': 'text/event-stream' } });
}

const stream = (text: string): Response => new Response(text, { headers: { 'Content-Type': 'text/event-stream' } });

const after = (request: Request): number => Number(new URL(request.url).searchParams.get('after'));

async function follow(
  { runs }: LoneService,
  options: { after?: number; signal?: AbortSignal } = {},
): Promise<RunEvent[]> {
  const run = await runs.find('r');
  const seen: RunEvent[] = [];
  for await (const event of run.events(options)) seen.push(event);
  return seen;
}

/** Answers `find` itself, and streams by what the test says. */
function serve(answer: (request: Request, count: number) => Response | Error | Promise<Response>) {
  let count = 0;
  return openLoneService((request) =>
    request.url.includes('/events') ? answer(request, ++count) : json({ runId: 'r' }),
  );
}

describe('the events of a run', () => {
  it('come once each and without a gap, wherever streams break, and though they begin too early', async () => {
    const all = story(40);
    const cut = fc.record({ bytes: fc.nat(900), back: fc.nat(3), isRefused: fc.boolean() });
    await fc.assert(
      fc.asyncProperty(fc.array(cut, { maxLength: 25 }), async (cuts) => {
        const service = serve((request, count) => {
          const from = after(request);
          const { bytes, back, isRefused } = cuts.at(count - 1) ?? { bytes: Infinity, back: 0, isRefused: false };
          if (isRefused)
            return count % 2 === 0 ? new Error('refused') : problem(503, 'closing', { 'Retry-After': '0' });
          const whole = new TextEncoder().encode(
            all
              .slice(Math.max(0, from - back))
              .map(frame)
              .join(''),
          );
          return broken(whole.slice(0, bytes));
        });
        expect(await follow(service)).toEqual(all);
      }),
      { numRuns: 100 },
    );
  });

  it('are asked for again behind the last one, when the service has no more patience or left one out', async () => {
    const all = story(9);
    const service = serve((request, count) => {
      const rest = all.slice(after(request)).map(frame);
      if (count === 1) return stream(`retry: 1000\n\n${rest.slice(0, 2).join('')}event: overflow\ndata: {}\n\n`);
      if (count === 2) return stream(`${rest[0]}: \n\n${rest[2]}`);
      return stream(`data: {"type":"agent:delta","text":"no number"}\n\n${rest.join('')}`);
    });
    expect(await follow(service)).toEqual(all);
    expect(service.asked.slice(1).map(after)).toEqual([0, 2, 3]);
    expect(service.asked.slice(1).every(({ headers }) => headers.get('Accept') === 'text/event-stream')).toBe(true);
  });

  it('end where nothing more comes, and begin where they are wanted', async () => {
    const all = story(5);
    const service = serve((request) =>
      after(request) >= 5 ? new Response(null, { status: 204 }) : stream(all.slice(after(request)).map(frame).join('')),
    );
    expect(await follow(service, { after: 3 })).toEqual(all.slice(3));
    expect(await follow(service, { after: 5 })).toEqual([]);
  });

  it('that were cut for the stream are given whole', async () => {
    const all = story(2);
    const service = serve((request) =>
      request.headers.get('Accept') === 'text/event-stream'
        ? stream(all.map((event) => frame({ ...event, text: 'Ü…', shortened: true } as never)).join(''))
        : json({ events: all.slice(after(request), after(request) + 1) }),
    );
    expect(await follow(service)).toEqual(all);
  });

  it('end with the error that the story has, and with none when they are wanted no more', async () => {
    const told = { code: 'run-cut-off', detail: 'run r was terminated', about: { runId: 'r', status: 'terminated' } };
    const cutOff = serve(() => stream(`${frame(story(2)[0]!)}event: problem\ndata: ${JSON.stringify(told)}\n\n`));
    await expect(follow(cutOff)).rejects.toMatchObject({ name: 'RunCutOffError', status: 'terminated', runId: 'r' });
    const stop = new AbortController();
    const open = serve(() => {
      queueMicrotask(() => stop.abort());
      return new Response(new ReadableStream());
    });
    expect(await follow(open, { signal: stop.signal })).toEqual([]);
    expect(await follow(open, { signal: AbortSignal.abort() })).toEqual([]);
  });

  it('are given up when streams break for a minute as soon as they begin', async () => {
    const service = serve(() => broken(new TextEncoder().encode(': \n\n')));
    await expect(follow(service)).rejects.toMatchObject({ name: 'UnreachableError' });
    expect(service.pauses.length).toBeGreaterThan(20);
  });

  it('come from a run that is quiet for hours, though every stream of it is cut after a while', async () => {
    const all = story(2);
    const service = serve((_request, count) => {
      service.pass(15_000);
      if (count > 500) return stream(all.map(frame).join(''));
      return broken(new TextEncoder().encode('retry: 1000\n\n'), () => service.pass(30_000));
    });
    expect(await follow(service)).toEqual(all);
    expect(Math.max(...service.pauses)).toBeLessThan(1000);
  });

  it('end with their signal while an event that was cut for the stream is asked for whole', async () => {
    const stop = new AbortController();
    const service = serve((request) => {
      if (request.headers.get('Accept') === 'text/event-stream')
        return stream(frame({ ...story(2)[0], shortened: true } as never));
      queueMicrotask(() => stop.abort());
      return new Promise<Response>(() => undefined);
    });
    expect(await follow(service, { signal: stop.signal })).toEqual([]);
  });

  it('are let go of when nobody takes them any more', async () => {
    let isCancelled = false;
    const { runs } = serve(() => {
      const text = new TextEncoder().encode(frame(story(2)[0]!));
      return new Response(
        new ReadableStream({ start: (c) => c.enqueue(text), cancel: () => void (isCancelled = true) }),
      );
    });
    for await (const _ of (await runs.find('r')).events()) break;
    expect(isCancelled).toBe(true);
  });
});

describe('a result', () => {
  it('is asked for until it is there, or the time is over', async () => {
    const { runs, asked } = openLoneService((request, count) =>
      request.url.includes('/result') && count > 4
        ? json({ status: 'succeeded' })
        : json({ runId: 'r' }, count === 1 ? 200 : 202),
    );
    const run = await runs.find('r');
    expect(await run.result()).toEqual({ status: 'succeeded' });
    expect(asked.slice(1).map(({ url }) => new URL(url).searchParams.get('timeoutMs'))).toEqual([
      '25000',
      '25000',
      '25000',
      '25000',
    ]);
    const open = openLoneService((_request, count) => json({ runId: 'r' }, count === 1 ? 200 : 202));
    const late = (await open.runs.find('r')).result({ timeoutMs: 0 });
    await expect(late).rejects.toMatchObject({
      name: 'RunGoesOnError',
      runId: 'r',
      message: expect.stringContaining('within 0 ms'),
    });
    await expect((await open.runs.find('r')).result({ timeoutMs: Number.NaN })).rejects.toThrow(
      'timeoutMs is NaN: it must be 0 or more.',
    );
  });
});
