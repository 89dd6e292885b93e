import { createRuns } from '../../../src/http-client/http-runs.ts';
import { checkOptions, type HttpOptions } from '../../../src/http-client/http-options.ts';
import type { Clock } from '../../../src/http-client/patience.ts';
import { Transport } from '../../../src/http-client/transport.ts';
import type { Runs } from '../../../src/client/runs.ts';

/** What one request is answered with; an error: its connection breaks. */
type Answer = Response | Error | Promise<Response>;

/** A service that says what a test says, to a client whose time is the test's. */
export interface LoneService {
  runs: Runs<never>;
  /** What was asked, in order. */
  asked: Request[];
  /** How long the client paused, in ms. */
  pauses: number[];
  /** Lets time pass for the client, in ms. */
  pass: (ms: number) => void;
}

/** Opens a {@link LoneService}. */
export function openLoneService(
  answer: (request: Request, count: number) => Answer,
  options: Partial<HttpOptions> = {},
): LoneService {
  const asked: Request[] = [];
  const pauses: number[] = [];
  let now = 0;
  const clock: Clock = {
    now: () => now,
    pause(ms) {
      pauses.push(ms);
      now += ms;
      return Promise.resolve();
    },
  };
  const ask = async (input: string | URL | Request, init?: RequestInit): Promise<Response> => {
    const request = new Request(input, init);
    asked.push(request);
    const aborted = new Promise<never>((_resolve, reject) => {
      init?.signal?.addEventListener('abort', () => reject(new DOMException('aborted', 'AbortError')));
    });
    aborted.catch(() => undefined);
    const found = answer(request, asked.length);
    if (found instanceof Error) throw new TypeError('fetch failed', { cause: found });
    return Promise.race([found, aborted]);
  };
  const pass = (ms: number): void => void (now += ms);
  const target = checkOptions({ url: 'http://service.test/base/', key: 'gfr_secret', fetch: ask, ...options });
  return { runs: createRuns(new Transport(target, clock, options.signal)), asked, pauses, pass };
}

/** An answer in JSON. */
export function json(body: unknown, status = 200, headers: Record<string, string> = {}): Response {
  return new Response(JSON.stringify(body), { status, headers: { 'Content-Type': 'application/json', ...headers } });
}

/** A problem document. */
export function problem(status: number, code: string, headers: Record<string, string> = {}): Response {
  const document = { type: `urn:gaffer:problem:${code}`, title: 'Problem', status, code, detail: `it is ${code}` };
  return json(document, status, { ...headers, 'Content-Type': 'application/problem+json' });
}
