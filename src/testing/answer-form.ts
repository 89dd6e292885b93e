import type { Usage } from '../domain/money/usage.ts';
import { toErrorEvent, toEvents, toJsonBody } from './wire-answer.ts';
import type { WireAnswer, WireEvent } from './wire-answer.ts';

/** Which wire a request came by. */
export type ScriptedWire = 'messages' | 'responses' | 'chat';

/** How answers and errors look on one wire. */
export interface AnswerForm {
  toEvents(answer: WireAnswer): WireEvent[];
  /** The answer to a call without `stream`. */
  toJsonBody(answer: WireAnswer): string;
  toErrorEvent(type: string, message: string): WireEvent;
  toErrorBody(status: number, message: string): string;
  /** What so many of `all` events have said about tokens; null: nothing. */
  toldAfter(answer: WireAnswer, sent: number, all: number): Usage | null;
}

const errorTypes: Record<number, string> = {
  400: 'invalid_request_error',
  401: 'authentication_error',
  402: 'billing_error',
  403: 'permission_error',
  404: 'not_found_error',
  413: 'request_too_large',
  429: 'rate_limit_error',
  504: 'timeout_error',
  529: 'overloaded_error',
};

/** The Messages API's form. */
export const messagesForm: AnswerForm = {
  toEvents,
  toJsonBody,
  toErrorEvent,
  toErrorBody(status, message) {
    const type = errorTypes[status] ?? (status >= 500 ? 'api_error' : 'invalid_request_error');
    return JSON.stringify({ type: 'error', error: { type, message } });
  },
  toldAfter(answer, sent, all) {
    if (sent === 0) return null;
    // The last event but one has the final count.
    return sent >= all - 1 ? answer.usage : { ...answer.usage, outputTokens: 1 };
  },
};
