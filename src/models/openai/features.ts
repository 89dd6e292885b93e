import { ModelError } from '../model.ts';

/**
 * What of a request is said in one of two ways, or left out where a server does not take it. `limit`: the answer's limit of tokens under
 * its newer name; `reasoning`: that sealed thoughts are wanted back.
 */
export type Feature = 'limit' | 'format' | 'strict' | 'usage' | 'parallel' | 'reasoning' | 'search';

/** How servers name what they do not take. */
const words: readonly [Feature, RegExp][] = [
  ['limit', /max_(completion_)?tokens/],
  ['format', /response_format|json_schema|text\.format/],
  ['usage', /stream_options|include_usage/],
  ['parallel', /parallel_tool_calls/],
  ['search', /web_search|max_tool_calls/],
  ['reasoning', /encrypted[ _]content|\binclude\b/i],
  ['strict', /\bstrict\b|invalid_function_parameters|invalid schema for function/i],
];

/** What of a request a server refused by name, and what had been sent; null: it refused something else. */
export function refusedFeature(error: unknown, sent: ReadonlySet<Feature>): Feature | null {
  if (!(error instanceof ModelError) || error.kind !== 'bad-request') return null;
  return words.find(([feature, pattern]) => sent.has(feature) && pattern.test(error.message))?.[0] ?? null;
}

/** Whether a model thinks before it answers, and can give its thoughts back sealed: OpenAI's do by their names. */
export function isReasoningModel(model: string): boolean {
  return /^(o[1-9]|gpt-[5-9])/.test(model) && !/-chat\b/.test(model);
}

/** Whether a model is one of OpenAI's own that takes all that its current API has. */
export function isCurrentModel(model: string): boolean {
  return isReasoningModel(model) || /^(gpt-4o|gpt-4\.\d|gpt-[5-9])/.test(model);
}
