import { GateClosed, passGate } from '../../calls/pass-gate.ts';
import type { Moment } from '../../store/gates/model-gates.ts';
import { Refusal } from '../http/refusal.ts';
import type { Asking } from './asking.ts';

/** Waits for the turn of a call that counts so many tokens. @throws Refusal when that is far away; the signal's reason when aborted */
export async function enterGate(
  { provider, read }: Pick<Asking, 'provider' | 'read'>,
  tokens: number,
  signal: AbortSignal,
): Promise<Moment> {
  try {
    return await passGate(provider.gates, { model: read.model, tokens, insists: false }, signal);
  } catch (error) {
    if (error instanceof GateClosed) throw new Refusal('rate-limited', error.message, error.waitMs);
    throw error;
  }
}
