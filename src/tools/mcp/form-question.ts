import type { JsonObject } from '../../domain/json.ts';

/** What a server wants to know from a person in the middle of a call. */
export interface FormQuestion {
  message: string;
  /** JSON Schema of the answer. */
  schema: JsonObject;
  /** What the call goes on with at any other time and place: the server's name for what it asks, and its own note. Not there: the server waits. */
  round?: { key: string; state?: string };
}

/** What a person said to it. */
export type FormAnswer = { action: 'accept'; content: JsonObject } | { action: 'decline' | 'cancel' };

/** What came of a call: the server's answer, not yet looked at, or a question that has to be answered first. */
export type CallOutcome = { kind: 'done'; result: JsonObject } | { kind: 'asks'; question: FormQuestion };

/** The question in the parameters of an elicitation; null: none that a form answers. */
export function toQuestion({ mode, message, requestedSchema }: JsonObject): FormQuestion | null {
  const isForm = mode === undefined || mode === 'form';
  if (!isForm || typeof message !== 'string') return null;
  const isSchema = typeof requestedSchema === 'object' && requestedSchema !== null && !Array.isArray(requestedSchema);
  return { message, schema: isSchema ? requestedSchema : {} };
}

/** The question in a result with which a server gives a call back until it is answered. @throws Error when it asks for anything else */
export function toRoundQuestion({ inputRequests, requestState: state }: JsonObject): FormQuestion {
  const asked = Object.entries((inputRequests ?? {}) as Record<string, { method?: string; params?: JsonObject }>);
  const [key, request] = asked[0] ?? [];
  const question = request?.method === 'elicitation/create' ? toQuestion(request.params ?? {}) : null;
  if (key === undefined || !question || asked.length > 1)
    throw new Error('the server asks for what nobody here gives: one form at a time is all that a person fills in');
  return { ...question, round: { key, ...(typeof state === 'string' && { state }) } };
}

/** With what a call that was given back is made again. */
export function roundOf({ round }: FormQuestion, answer: FormAnswer): JsonObject {
  if (!round) return {};
  return {
    inputResponses: { [round.key]: { ...answer } },
    ...(round.state !== undefined && { requestState: round.state }),
  };
}
