/** What came back can be no answer of the Messages API. Its message names what it is, as in "answered with a web page". */
export class WrongServerError extends Error {
  override readonly name = 'WrongServerError';
}

/** What is longer than any answer is, in words. */
export const endless = 'an answer that does not end';

/** Answers of other APIs, by a field that only they have. */
const others: readonly [api: string, isOf: (body: Record<string, unknown>) => boolean][] = [
  [
    'OpenAI’s Chat Completions API',
    ({ object, choices }) => isText(object, 'chat.completion') || Array.isArray(choices),
  ],
  ['OpenAI’s Completions API', ({ object }) => isText(object, 'text_completion')],
  ['OpenAI’s Responses API', ({ object, type }) => isText(object, 'response') || isText(type, 'response.')],
  ['Google’s Gemini API', ({ candidates }) => Array.isArray(candidates)],
  [
    'Ollama’s own API',
    ({ done, message, response }) => typeof done === 'boolean' && (isSet(message) || isSet(response)),
  ],
  ['Amazon Bedrock’s Converse API', ({ output, stopReason }) => isSet(output) && typeof stopReason === 'string'],
  ['Cohere’s API', ({ generation_id: id, finish_reason: reason }) => isSet(id) && isSet(reason)],
  ['the old Text Completions API', ({ type, completion }) => isText(type, 'completion') && isSet(completion)],
];

/** Which other API a body is an answer of, in words; null: none that is known. */
export function otherApiOf(body: Record<string, unknown>): string | null {
  return others.find(([, isOf]) => isOf(body))?.[0] ?? null;
}

function isText(value: unknown, beginning: string): boolean {
  return typeof value === 'string' && value.startsWith(beginning);
}

function isSet(value: unknown): boolean {
  return value !== undefined && value !== null;
}
