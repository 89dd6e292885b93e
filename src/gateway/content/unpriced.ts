/*
 * What the ledger could not be true about: what costs more than the table of prices says, what goes on where nobody counts it any more, and
 * what lies at the provider, of whoever put it there: its tokens are in no request.
 */
import type { JsonObject } from '../../domain/json.ts';
import { isRecord, recordsOf } from '../../models/openai/read-json.ts';
import { type Fields, inBlocks } from './blocks.ts';

/** Members with the values that are as the table says. */
const asTold: Readonly<Record<string, readonly unknown[]>> = {
  // Anthropic's fast mode is six times as dear, and where a model runs can add a tenth.
  speed: ['standard'],
  inference_geo: ['global', 'not_available'],
  // OpenAI's `priority` is twice as dear; `auto` is what the account has settled.
  service_tier: ['auto', 'default', 'flex', 'standard', 'standard_only'],
  // The answer comes later, to whoever asks for it, and goes on whatever becomes of the attempt.
  background: [false],
  // What lies at the provider.
  ...{ previous_response_id: [], conversation: [], prompt: [], container: [] },
  // Others to fall back on may be dearer than the one that is held back for, and are not the attempt's; sound has a price of its own.
  ...{ models: [], fallbacks: [], audio: [] },
};

/** Tools that are billed beside the answer. */
const billedTools = /^image_generation/;

/** What of a request nobody could say the cost of, in words; null: nothing. @throws Refusal when it cannot be read */
export function unpriced(body: JsonObject): string | null {
  for (const [name, values] of Object.entries(asTold)) {
    const value = body[name];
    if (value === undefined || value === null || values.includes(value)) continue;
    return `${name}: ${JSON.stringify(value)?.slice(0, 100)}`;
  }
  for (const { type } of recordsOf(body['tools']))
    if (typeof type === 'string' && billedTools.test(type)) return `the tool ${type}`;
  return inBlocks(body, storedOf);
}

function storedOf(block: Fields): string | null {
  if (block['type'] === 'item_reference') return 'an item_reference';
  const { file, source } = block;
  const isFile = isRecord(source) && source['type'] === 'file';
  const named = [block, file, source].some((each) => isRecord(each) && typeof each['file_id'] === 'string');
  return isFile || named ? 'a file_id' : null;
}
