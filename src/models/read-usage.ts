import type { ToldUsage, Usage, UsageSide } from '../domain/money/usage.ts';
import { noUsage, totalTokens } from '../domain/money/usage.ts';

// Rules:
// U1 A count is a whole number from 0 to `mostTokens`; whatever else comes says nothing, and makes its side of the bill unknown: what else was
//    told of that side is the least that it took.
// U2 What caches did may be left out; what was sent and what was answered may not.
// U3 The last word counts, whatever it is: a number that was right before does not stand in for one that is not.
// U4 Searches that the provider did not count are those that it showed.
// U5 What was written to caches is told as one number, or apart by how long they keep it; of both the larger one counts. What they keep for
//    an hour is told in the latter alone, and stands until that is told again.

/** Of one call, of one kind: more than any model reads or writes. */
const mostTokens = 10_000_000;

/** What a provider says of usage: nothing in it is believed before it was looked at. */
export interface WireUsage {
  input_tokens?: unknown;
  output_tokens?: unknown;
  cache_read_input_tokens?: unknown;
  cache_creation_input_tokens?: unknown;
  cache_creation?: unknown;
  /** What the provider's own tools did. */
  server_tool_use?: unknown;
}

const fields = {
  inputTokens: 'input_tokens',
  outputTokens: 'output_tokens',
  cacheReadTokens: 'cache_read_input_tokens',
  cacheWriteTokens: 'cache_creation_input_tokens',
} as const satisfies Record<keyof Usage, keyof WireUsage>;

/** Adds up what a stream tells of one call's usage: its numbers are cumulative, later ones replace earlier ones. */
export class UsageReader {
  readonly #told: WireUsage = {};
  #hasBegun = false;
  #isCounted = false;
  #searches = 0;
  #forHour = 0;

  /** What comes with the first event. Its count of the answer is that of an answer that has only begun. */
  begin(wire: unknown): void {
    this.#hasBegun = true;
    this.#take(wire);
  }

  /** What comes at the answer's end. */
  count(wire: unknown): void {
    this.#isCounted ||= isCount((wire as WireUsage | null | undefined)?.output_tokens);
    this.#take(wire);
  }

  /** It showed a search that it made by itself. */
  search(): void {
    this.#searches++;
  }

  /** Of a call that has come so far. One that has not begun has used nothing. */
  get soFar(): ToldUsage {
    return this.#hasBegun ? this.#read(this.#told.output_tokens ?? 0) : noUsage;
  }

  /** Of a whole answer; `hasContent`: something came, so that it cannot have taken no tokens. */
  whole(hasContent: boolean): ToldUsage {
    const told = this.#isCounted ? this.#told.output_tokens : undefined;
    return this.#read(told === 0 && hasContent ? undefined : told);
  }

  #take(wire: unknown): void {
    if (typeof wire !== 'object' || wire === null) return;
    const before = this.#told.cache_creation_input_tokens;
    for (const name of Object.values(fields)) {
      const value = (wire as WireUsage)[name];
      if (value !== undefined && value !== null) this.#told[name] = value;
    }
    const { server_tool_use: own } = wire as WireUsage;
    if (typeof own === 'object' && own !== null) this.#told.server_tool_use = own;
    const { cache_creation_input_tokens: whole, cache_creation: parts } = wire as WireUsage;
    this.#told.cache_creation_input_tokens = larger(whole, sumOf(parts)) ?? before;
    if (typeof parts !== 'object' || parts === null) return;
    const { ephemeral_1h_input_tokens: forHour } = parts as { ephemeral_1h_input_tokens?: unknown };
    this.#forHour = isCount(forHour) ? forHour : 0;
  }

  #read(output: unknown): ToldUsage {
    const {
      input_tokens: input,
      cache_read_input_tokens: read = 0,
      cache_creation_input_tokens: write = 0,
    } = this.#told;
    const sent = { inputTokens: input, cacheReadTokens: read, cacheWriteTokens: write };
    const counts = Object.entries(sent).filter((entry): entry is [string, number] => isCount(entry[1]));
    const usage: Usage = { ...noUsage, ...Object.fromEntries(counts) };
    const unknown: UsageSide[] = [];
    // A request is never empty.
    if (counts.length < 3 || totalTokens(usage) === 0) unknown.push('input');
    if (isCount(output)) usage.outputTokens = output;
    else unknown.push('output');
    const { web_search_requests: counted } = (this.#told.server_tool_use ?? {}) as { web_search_requests?: unknown };
    const searches = isCount(counted) ? counted : this.#searches;
    const told = {
      ...usage,
      ...(searches > 0 && { searches }),
      ...(this.#forHour > 0 && { cacheHourTokens: this.#forHour }),
    };
    return unknown.length > 0 ? { ...told, unknown } : told;
  }
}

// U5
function sumOf(parts: unknown): unknown {
  if (typeof parts !== 'object' || parts === null) return undefined;
  const told = Object.values(parts).filter((part) => part !== undefined && part !== null);
  return told.length === 0 ? undefined : told.every(isCount) ? told.reduce((sum, part) => sum + part, 0) : Number.NaN;
}

// What is no count says nothing beside one that is.
function larger(one: unknown, other: unknown): unknown {
  if (isCount(one) && isCount(other)) return Math.max(one, other);
  return isCount(other) ? other : (one ?? other);
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0 && (value as number) <= mostTokens;
}
