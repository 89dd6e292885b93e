import type { WireUsage } from '../read-usage.ts';
import type { Fields } from './read-json.ts';
import { isRecord } from './read-json.ts';

/**
 * What either wire says of tokens, in the Messages API's words. There, what came out of a cache is no part of the input.
 *
 * What it thought is part of the answer, and is paid as that. Servers that count it apart tell it by their total.
 */
export function toWireUsage(told: unknown): WireUsage | undefined {
  if (!isRecord(told)) return undefined;
  const input = told['input_tokens'] ?? told['prompt_tokens'];
  const cached = detailOf(told, 'cached_tokens') ?? told['prompt_cache_hit_tokens'] ?? undefined;
  const written = detailOf(told, 'cache_write_tokens');
  return {
    input_tokens: [cached, written].reduce((rest, part) => (part === undefined ? rest : difference(rest, part)), input),
    ...(cached !== undefined && { cache_read_input_tokens: cached }),
    ...(written !== undefined && { cache_creation_input_tokens: written }),
    output_tokens: outputOf(told, input),
  };
}

function detailOf(told: Fields, name: string): unknown {
  const details = told['input_tokens_details'] ?? told['prompt_tokens_details'];
  return (isRecord(details) ? details[name] : undefined) ?? undefined;
}

function outputOf(told: Fields, input: unknown): unknown {
  const output = told['output_tokens'] ?? told['completion_tokens'];
  const total = told['total_tokens'];
  if (!isCount(output) || !isCount(total) || !isCount(input)) return output;
  return Math.max(output, total - input);
}

// What cannot be says nothing: the reader bills such a side as it was reserved.
function difference(whole: unknown, part: unknown): unknown {
  if (!isCount(whole)) return whole;
  return isCount(part) && part <= whole ? whole - part : Number.NaN;
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}
