import { GateClosed, leftOnTheLineMs, passGateOnTheLine } from '../../calls/pass-gate.ts';
import type { Moment } from '../../store/gates/model-gates.ts';
import { Refusal } from '../http/refusal.ts';
import type { Asking } from './asking.ts';

/**
 * Waits for the turn of a call that counts so many tokens, and of which its agent has heard nothing since `silentSince` (`performance.now()`).
 *
 * @throws Refusal when that is far away; the signal's reason when aborted
 */
export async function enterGate(
  { provider, read, grant }: Pick<Asking, 'provider' | 'read'> & { grant?: Asking['grant'] },
  tokens: number,
  { signal, silentSince }: { signal: AbortSignal; silentSince: number },
): Promise<Moment> {
  try {
    const asks = { model: read.model, tokens, insists: grant?.insists ?? false };
    return await passGateOnTheLine(provider.gates, asks, { signal, mostMs: leftOnTheLineMs(silentSince) });
  } catch (error) {
    if (error instanceof GateClosed) throw new Refusal('rate-limited', error.message, error.waitMs);
    throw error;
  }
}
