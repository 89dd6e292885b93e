/*
 * Events are sent to whoever asked for them, by as many processes as there are (store/service/webhooks.ts, D1-D3):
 * E1 A delivery has one id, whatever it takes; each attempt is signed anew, with the time of the attempt.
 * E2 What is sent and not yet written down is sent again when its lease is over: at least once, never lost.
 * E3 Whoever answers 410 is told nothing any more. All else that is not 2xx is tried again, for less than 24 h.
 */
import { randomUUID } from 'node:crypto';
import { nextAttemptMs } from '../../domain/hooks/attempts.ts';
import { safeLine } from '../../domain/safe-text.ts';
import { GafferError } from '../../domain/errors.ts';
import { guardedPost } from '../../host/web/guarded-post.ts';
import { WebError, type WaySettings } from '../../host/web/guarded-way.ts';
import type { AttemptOutcome, ClaimedDelivery, KeptSecret, WebhookStore } from '../../store/service/webhooks.ts';
import type { TriggerStore } from '../../store/service/triggers.ts';
import { deliveryBody } from './delivery-body.ts';
import { signedHeaders } from './signature.ts';

/** What deliveries need. */
export interface DeliveryDeps {
  webhooks: WebhookStore;
  triggers: Pick<TriggerStore, 'tidy'>;
  /** Secrets that hold, opened. @throws SecretKeyError */
  openSecrets: (kept: readonly KeptSecret[], owner: string) => string[];
  /** Where something may be sent to. */
  way: WaySettings;
  /** Told of what hinders it, one line each. */
  say: (line: string) => void;
  /** Told of errors that nobody expected. */
  logError: (error: unknown) => void;
  /** How long whoever has a delivery is waited for, in ms; longer than an attempt takes. */
  leaseMs?: number;
  /** How often it looks for something new, in ms. */
  everyMs?: number;
}

const atOnce = 64;
const defaultLeaseMs = 60_000;
const defaultEveryMs = 1000;
const tidyEveryMs = 3_600_000;
/** How long attempts that are on their way have when it is stopped, in ms; cut off, they are made again (E2). */
const lastAttemptMs = 3000;

/** Sends what is to be sent, until it is stopped: then it waits for the attempts that are on their way. */
export function startDelivering(deps: DeliveryDeps): { stop(): Promise<void> } {
  const stopping = new AbortController();
  const sending: Sending = { attempts: new Set(), cut: new AbortController() };
  const done = (async () => {
    let hindered = '';
    let tidyAt = 0;
    while (!stopping.signal.aborted) {
      try {
        while (await deps.webhooks.readNew());
        await fill(deps, sending);
        if (Date.now() >= tidyAt) {
          await Promise.all([deps.webhooks.tidy(), deps.triggers.tidy()]);
          tidyAt = Date.now() + tidyEveryMs;
        }
        hindered = '';
      } catch (error) {
        // Said once: a database that is away stays so for a while.
        if (hindered !== String(error)) tellHindrance(deps, error);
        hindered = String(error);
      }
      await pause(deps.everyMs ?? defaultEveryMs, stopping.signal);
    }
    await Promise.all(sending.attempts);
  })();
  return {
    async stop() {
      stopping.abort();
      const limit = setTimeout(() => sending.cut.abort(), lastAttemptMs);
      await done;
      clearTimeout(limit);
    },
  };
}

/** Attempts that are on their way, and what ends them. */
interface Sending {
  attempts: Set<Promise<void>>;
  cut: AbortController;
}

// Whatever it is, what is to be sent waits in the store, and the next look may find it mended.
function tellHindrance({ say, logError }: DeliveryDeps, error: unknown): void {
  if (error instanceof GafferError) say(`Webhooks wait: ${safeLine(error.message)}`);
  else logError(error);
}

async function fill(deps: DeliveryDeps, { attempts, cut: { signal } }: Sending): Promise<void> {
  const { webhooks, leaseMs = defaultLeaseMs } = deps;
  for (;;) {
    const limit = atOnce - attempts.size;
    if (limit <= 0) return;
    const lease = randomUUID();
    const claimed = await webhooks.claim({ lease, leaseMs, limit });
    for (const delivery of claimed) {
      const sent = deliver(deps, delivery, { lease, signal }).finally(() => attempts.delete(sent));
      attempts.add(sent);
    }
    if (claimed.length < limit) return;
  }
}

async function deliver(
  deps: DeliveryDeps,
  delivery: ClaimedDelivery,
  { lease, signal }: { lease: string; signal: AbortSignal },
): Promise<void> {
  const outcome = await attempt(deps, delivery, signal);
  // E2
  if (signal.aborted && outcome.state === 'failed') return;
  try {
    await deps.webhooks.record({ id: delivery.id, lease }, outcome);
  } catch (error) {
    // E2
    deps.say(`What came of ${delivery.id} was not written down, so it is sent again: ${safeLine(String(error))}`);
  }
}

async function attempt(deps: DeliveryDeps, delivery: ClaimedDelivery, signal: AbortSignal): Promise<AttemptOutcome> {
  const { id, endpoint } = delivery;
  const failed = (status: number | null, error: string): AttemptOutcome => ({
    ...{ state: 'failed', status, error },
    nextMs: nextAttemptMs(delivery.attempts, Math.random()),
  });
  try {
    const body = deliveryBody(delivery);
    const headers = signedHeaders(deps.openSecrets(endpoint.secrets, endpoint.id), { id, at: Date.now(), body });
    const status = await guardedPost(endpoint.url, { ...deps.way, headers, body }, signal);
    if (status >= 200 && status < 300) return { state: 'delivered', status };
    if (status === 410) return { state: 'gone', status };
    const isElsewhere = status >= 300 && status < 400;
    return failed(status, isElsewhere ? `it redirects (${status}), which is not followed` : `it answered ${status}`);
  } catch (error) {
    return failed(null, error instanceof WebError || error instanceof GafferError ? error.message : String(error));
  }
}

function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const end = (): void => {
      clearTimeout(timer);
      signal.removeEventListener('abort', end);
      resolve();
    };
    const timer = setTimeout(end, ms);
    signal.addEventListener('abort', end, { once: true });
  });
}
