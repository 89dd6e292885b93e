import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { checkOptions } from '../../../../src/http-client/http-options.ts';
import { realClock } from '../../../../src/http-client/patience.ts';
import { PageTransport } from '../../../../web/src/api/page-transport.ts';

/** A service that takes what is asked and says nothing, as one that was stopped. */
const frozen: typeof fetch = (_input, init) =>
  new Promise((_resolve, reject) => {
    init?.signal?.addEventListener('abort', () => reject(init.signal!.reason as Error));
  });

describe('what a page asks', () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  it('of a service that is frozen is told to be slow, and ends within a minute with a way out', async () => {
    const options = { url: 'http://127.0.0.1:7450', patienceMs: 20_000, fetch: frozen };
    const transport = new PageTransport(checkOptions(options), realClock);
    const refused = transport.json({ method: 'POST', path: '/api/runs/demo/pause' }).catch((error: unknown) => error);
    await vi.advanceTimersByTimeAsync(9000);
    expect(transport.waited.isSlow()).toBe(true);
    await vi.advanceTimersByTimeAsync(51_000);
    expect(transport.waited.isSlow()).toBe(false);
    expect(((await refused) as Error).message).toMatch(/cannot be reached: no answer .* still runs/);
  });
});
