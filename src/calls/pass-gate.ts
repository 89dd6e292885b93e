import { setTimeout as sleep } from 'node:timers/promises';
import type { ModelAnswer } from '../models/model.ts';
import { ModelError } from '../models/model.ts';
import type { ModelGates, Moment, Refusal } from '../store/gates/model-gates.ts';
import { longWaitMs } from '../domain/run/long-wait.ts';

/** Everybody together asks the provider as often as it allows: this call's turn comes in `waitMs`, which is too long to wait for here. */
export class GateClosed extends Error {
  override readonly name = 'GateClosed';
  readonly model: string;
  readonly waitMs: number;

  constructor(model: string, waitMs: number) {
    super(`rate limited: ${model} is asked again in ${Math.ceil(waitMs / 1000)} s`);
    this.model = model;
    this.waitMs = waitMs;
  }

  /** Whether the provider is left alone for so long that whoever waits does something else meanwhile. */
  get isLong(): boolean {
    return this.waitMs > longWaitMs;
  }
}

/**
 * Waits until a call may be made. A short wait is waited for here, where a cancel reaches it; a long one gives the place back.
 *
 * @throws GateClosed when its turn comes later; the signal's reason when aborted
 */
export async function passGate(
  gates: ModelGates,
  call: { model: string; tokens: number; insists: boolean },
  signal: AbortSignal,
): Promise<Moment> {
  for (;;) {
    const moment = await gates.enter(call);
    if (!moment.taken) throw new GateClosed(call.model, moment.waitMs);
    if (moment.waitMs <= 0) return moment;
    await sleep(moment.waitMs, undefined, { signal });
    if (await gates.holds(call.model, moment)) return moment;
  }
}

/**
 * How long a call waits with whoever asks for it on the line, in ms. claude, codex and pi bear more; what asks by Node's own `fetch` gives up an
 * answer of which nothing comes for five minutes.
 */
const onTheLineMs = 240_000;

/** What is left of that for a call of which an agent has heard nothing since `at` (`performance.now()`), in ms. */
export function leftOnTheLineMs(at: number): number {
  return onTheLineMs - (performance.now() - at);
}

/**
 * The same for who has nobody to give a place back to: it waits longer, and comes again when its turn is near.
 *
 * @throws GateClosed when that would take more than `mostMs` in all; the signal's reason when aborted
 */
export async function passGateOnTheLine(
  gates: ModelGates,
  call: { model: string; tokens: number; insists: boolean },
  { signal, mostMs }: { signal: AbortSignal; mostMs: number },
): Promise<Moment> {
  for (let leftMs = mostMs; ;) {
    try {
      return await passGate(gates, call, signal);
    } catch (error) {
      if (!(error instanceof GateClosed) || error.waitMs > leftMs) throw error;
      leftMs -= error.waitMs;
      await sleep(error.waitMs, undefined, { signal });
    }
  }
}

/** Tells everybody that the provider refused a call for its rate or because it has too much to do; other errors concern nobody else. */
export async function tellRefusal(
  gates: ModelGates,
  { error, ...call }: Pick<Refusal, 'model' | 'moment' | 'agoMs'> & { error: unknown },
): Promise<void> {
  if (!(error instanceof ModelError)) return;
  const { kind, retryAfterMs } = error;
  if (kind === 'rate-limited') await gates.refused({ ...call, kind: 'rate', retryAfterMs });
  if (kind === 'overloaded') await gates.refused({ ...call, kind: 'overload', retryAfterMs });
}

/** Tells everybody that a provider answers again that had asked to be left alone. What it answered is paid for: nothing may cost that. */
export async function tellOpen(gates: ModelGates, model: string, { isProbe }: Moment): Promise<void> {
  if (isProbe) await gates.open(model).catch(() => undefined);
}

/** Tells everybody what an answer said of the account's limits. The answer is paid for: nothing that goes wrong here may cost it. */
export async function hearLimits(
  gates: ModelGates,
  model: string,
  { limits, usage }: Pick<ModelAnswer, 'limits' | 'usage'>,
): Promise<void> {
  if (!limits) return;
  // What comes from the provider's cache does not count to a limit.
  const used = usage.inputTokens + usage.cacheWriteTokens + usage.outputTokens;
  await gates.heard(model, { ...limits, used }).catch(() => undefined);
}
