import type { JsonObject } from '../../domain/json.ts';

/** What costs more than the table of prices says, or goes on where nobody counts it any more: by the member that asks for it, with the values that do not. */
const asTold: Readonly<Record<string, readonly unknown[]>> = {
  // Anthropic's fast mode is six times as dear, and where a model runs can add a tenth.
  speed: ['standard'],
  inference_geo: ['global', 'not_available'],
  // OpenAI's `priority` is twice as dear; `auto` is what the account has settled.
  service_tier: ['auto', 'default', 'flex', 'standard', 'standard_only'],
  // The answer comes later, to whoever asks for it, and goes on whatever becomes of the attempt.
  background: [false],
  // Others to fall back on may be dearer than the one that is held back for, and are not the attempt's; sound has a price of its own.
  models: [],
  audio: [],
};

/** What of a request the ledger could not be true about, in words; null: nothing. */
export function unpriced(body: JsonObject): string | null {
  for (const [name, values] of Object.entries(asTold)) {
    const value = body[name];
    if (value === undefined || value === null || values.includes(value)) continue;
    return `${name}: ${JSON.stringify(value)?.slice(0, 100)}`;
  }
  return null;
}
