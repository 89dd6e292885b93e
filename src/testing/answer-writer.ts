import type { ServerResponse } from 'node:http';
import type { Usage } from '../domain/money/usage.ts';
import type { ScriptedFault } from './script.ts';
import type { AnswerForm } from './answer-form.ts';
import { messagesForm } from './answer-form.ts';
import type { WireAnswer, WireEvent } from './wire-answer.ts';

const streamHeaders = { 'content-type': 'text/event-stream; charset=utf-8', 'cache-control': 'no-cache' };

/** Runs `action` after `ms`, at once when that is 0. It must not run any more once the response was closed. */
export type Delay = (ms: number, action: () => void) => void;

/** Ends a response with a body of known length. */
export function sendBody(response: ServerResponse, status: number, contentType: string, body: string): void {
  response.writeHead(status, { 'content-type': contentType, 'content-length': Buffer.byteLength(body) });
  response.end(body);
}

/** Ends a response with the API's error JSON. */
export function sendError(response: ServerResponse, status: number, message: string, form = messagesForm): void {
  sendBody(response, status, 'application/json', form.toErrorBody(status, message));
}

/** Ends a response with the error of an `http` fault. */
export function sendHttpFault(
  response: ServerResponse,
  fault: Extract<ScriptedFault, { kind: 'http' }>,
  form: AnswerForm,
): void {
  if (fault.retryAfter !== undefined) response.setHeader('retry-after', fault.retryAfter);
  if (fault.body === undefined) return sendError(response, fault.status, `scripted fault ${fault.status}`, form);
  if (typeof fault.body === 'string') return sendBody(response, fault.status, 'text/plain', fault.body);
  sendBody(response, fault.status, 'application/json', JSON.stringify(fault.body));
}

/** Sends a whole answer, spread over `latencyMs`; without latency in one write. */
export function sendAnswer(
  response: ServerResponse,
  answer: WireAnswer,
  { form, stream, latencyMs, delay }: { form: AnswerForm; stream: boolean; latencyMs: number; delay: Delay },
): void {
  if (!stream) return delay(latencyMs, () => sendBody(response, 200, 'application/json', form.toJsonBody(answer)));
  const events = form.toEvents(answer);
  if (latencyMs === 0) {
    const body = events.join('');
    response.writeHead(200, { ...streamHeaders, 'content-length': Buffer.byteLength(body) });
    response.end(body);
    return;
  }
  const middle = events.length >> 1;
  response.writeHead(200, streamHeaders);
  response.write(events.slice(0, 2).join(''));
  // One timer after the other: two at once may fire in the wrong order on a busy event loop.
  delay(latencyMs / 2, () => {
    response.write(events.slice(2, middle).join('') || ': nothing yet\n\n');
    delay(latencyMs / 2, () => response.end(events.slice(middle).join('')));
  });
}

/** Sends an answer that goes wrong on its way. Faults of the answer itself are already in it. */
export function sendBrokenStream(
  response: ServerResponse,
  answer: WireAnswer,
  { fault, form }: { fault: ScriptedFault; form: AnswerForm },
): void {
  const events = form.toEvents(answer);
  const sent = eventsBefore(fault) ?? events.length;
  const begin = (afterEvents: number): void => {
    response.writeHead(200, streamHeaders);
    response.write(events.slice(0, afterEvents).join('') || ': nothing\n\n');
  };
  switch (fault.kind) {
    case 'cut':
      begin(sent);
      // Destroyed only after the bytes have left, so that the client sees as many events as the script says.
      response.write(': cut\n\n', () => response.destroy());
      return;
    case 'early-end':
      begin(sent);
      response.end();
      return;
    case 'error-event':
      begin(sent);
      response.end(form.toErrorEvent(fault.type, fault.message ?? `scripted ${fault.type}`));
      return;
    case 'stall':
      if (sent > 0) begin(sent);
      return;
    case 'garbage-event':
      begin(sent);
      response.end('event: content_block_delta\ndata: {"type": "content_block\n\n');
      return;
    case 'split-bytes':
      return sendInPieces(response, events);
    default:
      return sendAnswer(response, answer, { form, stream: true, latencyMs: 0, delay: (_, action) => action() });
  }
}

/** What a stream has said about tokens when a fault ends it; null: nothing. */
export function toldUsage(answer: WireAnswer, fault: ScriptedFault, form: AnswerForm): Usage | null {
  const all = form.toEvents(answer).length;
  return form.toldAfter(answer, eventsBefore(fault) ?? all, all);
}

// Null: all of them.
function eventsBefore(fault: ScriptedFault): number | null {
  switch (fault.kind) {
    case 'cut':
    case 'early-end':
      return fault.afterEvents;
    case 'error-event':
    case 'stall':
    case 'garbage-event':
      return fault.afterEvents ?? 1;
    default:
      return null;
  }
}

function sendInPieces(response: ServerResponse, events: WireEvent[]): void {
  const bytes = Buffer.from(events.join(''));
  response.writeHead(200, streamHeaders);
  const sendFrom = (at: number): void => {
    if (at >= bytes.length) {
      response.end();
      return;
    }
    // 7 is prime and odd: pieces end inside multi-byte characters and inside field names sooner or later.
    response.write(bytes.subarray(at, at + 7), () => setImmediate(sendFrom, at + 7));
  };
  sendFrom(0);
}
