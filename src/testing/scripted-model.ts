import { createHash } from 'node:crypto';
import { tellingHeaders } from './telling-headers.ts';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { JsonObject, JsonValue } from '../domain/json.ts';
import { parseJson } from '../domain/parse-json.ts';
import type { Usage } from '../domain/money/usage.ts';
import type { Delay } from './answer-writer.ts';
import { answerProblem } from './check-answer.ts';
import { guarded } from './guarded.ts';
import { sendAnswer, sendBody, sendBrokenStream, sendError, sendHttpFault, toldUsage } from './answer-writer.ts';
import { readConversation } from './conversation.ts';
import { PromptCache } from './prompt-cache.ts';
import type { Rule, Script, ScriptedAnswer, ScriptedConversation } from './script.ts';
import { toWireAnswer } from './wire-answer.ts';
import type { WireRequest } from './wire-request.ts';
import { complaintAboutBody } from './complaints.ts';
import type { ScriptedWire } from './answer-form.ts';
import type { Route } from './routes.ts';
import { routes } from './routes.ts';

/** One request that reached the server, and what became of it. */
export interface ScriptedRequest {
  /** When it was read, in ms since 1970. */
  at: number;
  /** sha256 of the body without `stream`, keys sorted: equal requests have equal keys. Computed when read. */
  readonly key: string;
  wire: ScriptedWire;
  /** The `idempotency-key` header. */
  callKey: string | null;
  /** The query of its address, with the question mark; '': none. */
  query: string;
  /** Of its headers those that say how it is to be understood: `anthropic-version`, `anthropic-beta`, `openai-beta`. */
  headers: Record<string, string>;
  /** Name of the rule that answered. */
  rule: string | null;
  outcome: 'answered' | 'aborted' | 'fault' | 'unexpected' | 'pending';
  body: JsonObject;
  /** What the answer said about tokens, or would have said but for a client that left; null when it said nothing. */
  usage: Usage | null;
}

type RequestHead = Pick<ScriptedRequest, 'wire' | 'callKey' | 'query' | 'headers'>;

/** A running scripted model. */
export interface ScriptedModelServer {
  url: string;
  port: number;
  /** A harmless fixed key; any other is taken too. */
  apiKey: string;
  readonly requests: ScriptedRequest[];
  /** Replaces the rules; counts for `times` begin anew, the list of requests goes on. */
  setScript(script: Script): void;
  /** @throws Error when a request was unexpected, or a rule with `times` answered less often */
  assertDone(): void;
  /** Ends every connection at once, answered or not. */
  close(): Promise<void>;
}

const maxBodyBytes = 32 * 1024 * 1024;

/**
 * Starts a loopback server that speaks the Messages API (JSON and streams, tool use, usage with prompt caching, `count_tokens`), and
 * OpenAI's Responses and Chat Completions at `/v1/responses` and `/v1/chat/completions`.
 *
 * Answers come from the script's rules; a request that no rule expects is refused with status 400, naming its prompt, so that the
 * run fails where everybody sees it. So is one whose rule throws, gives what is no answer, would end the process, or takes longer than
 * `ruleTimeoutMs` (5 s). Without `port` a free one is taken.
 *
 * @throws Error when the port is taken
 */
export async function startScriptedModel(
  script: Script,
  options: { port?: number; host?: '127.0.0.1'; ruleTimeoutMs?: number } = {},
): Promise<ScriptedModelServer> {
  const model = new ScriptedModel(script, options.ruleTimeoutMs ?? 5000);
  const server = createServer((request, response) => model.handle(request, response));
  // Idle connections outlive the pauses of a test or benchmark: reconnecting costs both sides.
  server.keepAliveTimeout = 60_000;
  await new Promise<void>((resolve, reject) => {
    // Stays: without a listener a connection that cannot be accepted would end the process.
    server.on('error', reject);
    server.listen(options.port ?? 0, options.host ?? '127.0.0.1', resolve);
  });
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    port,
    apiKey: 'scripted-model',
    requests: model.requests,
    setScript: (next) => model.setScript(next),
    assertDone: () => model.assertDone(),
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

class ScriptedModel {
  readonly requests: ScriptedRequest[] = [];
  private readonly cache = new PromptCache();
  private readonly conversations = new WeakMap<ScriptedRequest, ScriptedConversation>();
  private uses = new Map<Rule, number>();
  private script: Script;
  private readonly ruleTimeoutMs: number;

  constructor(script: Script, ruleTimeoutMs: number) {
    this.script = script;
    this.ruleTimeoutMs = ruleTimeoutMs;
  }

  setScript(script: Script): void {
    this.script = script;
    this.uses = new Map();
  }

  assertDone(): void {
    const problems = this.requests
      .filter((request) => request.outcome === 'unexpected')
      .map((request) => `unexpected request: ${this.describe(request)}`);
    for (const rule of this.script.rules) {
      const used = this.uses.get(rule) ?? 0;
      if (rule.times !== undefined && used < rule.times) {
        problems.push(`rule "${rule.name}" answered ${used} of ${rule.times} times`);
      }
    }
    if (problems.length > 0) throw new Error(`scripted model:\n- ${problems.join('\n- ')}`);
  }

  // One that was refused before it could be read is named by what it is.
  private describe(request: ScriptedRequest): string {
    const conversation = this.conversations.get(request);
    if (conversation) return describe(conversation);
    if (request.wire === 'messages') return describe(readConversation(request.body as unknown as WireRequest));
    return JSON.stringify(request.body).slice(0, 500);
  }

  handle(request: IncomingMessage, response: ServerResponse): void {
    const path = request.url?.split('?', 1)[0] ?? '';
    if (request.method === 'GET' && path.startsWith('/pages/')) return this.servePage(path.slice(7), response);
    const route = request.method === 'POST' ? routes[path] : undefined;
    if (!route) return sendError(response, 404, `no route: ${request.method} ${path}`);
    readBody(request, response, { form: route.form }, (body) => {
      const callKey = request.headers['idempotency-key'];
      if (path !== '/v1/messages/count_tokens') {
        const head = { query: request.url!.slice(path.length), headers: tellingHeaders(request) };
        return this.answer(body, { route, ...head, callKey: typeof callKey === 'string' ? callKey : null }, response);
      }
      const { inputTokens, cacheReadTokens, cacheWriteTokens } = this.cache.read(body as unknown as WireRequest, false);
      const count = inputTokens + cacheReadTokens + cacheWriteTokens;
      sendBody(response, 200, 'application/json', JSON.stringify({ input_tokens: count }));
    });
  }

  private servePage(name: string, response: ServerResponse): void {
    const pages = this.script.pages ?? {};
    if (!Object.hasOwn(pages, name)) return sendError(response, 404, `no page: ${name}`);
    const { body, contentType } = pages[name]!;
    sendBody(response, 200, contentType ?? 'text/html; charset=utf-8', body);
  }

  private answer(
    body: JsonObject,
    { route, ...head }: { route: Route } & Omit<RequestHead, 'wire'>,
    response: ServerResponse,
  ): void {
    const read = route.read(body, head.headers['anthropic-beta'] ?? '');
    const entry = logEntry(body, { wire: route.wire, ...head });
    this.requests.push(entry);
    if (typeof read === 'string') return refuse(entry, { response, route }, read);
    const conversation = readConversation(read);
    this.conversations.set(entry, conversation);
    try {
      // Once for all rules: it takes a tenth of a millisecond.
      const picked = guarded(() => this.pick(conversation, entry), this.ruleTimeoutMs);
      if (!picked) return refuse(entry, { response, route }, `scripted model: no rule for ${describe(conversation)}`);
      const { answer } = picked;
      const problem = answerProblem(answer);
      if (problem !== null) throw new Error(problem);
      this.send(answer, { entry, read, route, response });
    } catch (error) {
      const { message } = error as Error;
      const text = `scripted model: rule "${entry.rule}" failed: ${message}; ${describe(conversation)}`;
      if (response.headersSent) response.destroy();
      else refuse(entry, { response, route }, text);
    }
  }

  /** What the first rule that fits answers; null: none does. `entry` says which one is asked. */
  private pick(conversation: ScriptedConversation, entry: ScriptedRequest): { answer: ScriptedAnswer } | null {
    for (const rule of this.script.rules) {
      const used = this.uses.get(rule) ?? 0;
      if (used >= (rule.times ?? Infinity)) continue;
      entry.rule = rule.name;
      if (!rule.when(conversation)) continue;
      this.uses.set(rule, used + 1);
      return { answer: rule.answer(conversation) };
    }
    entry.rule = null;
    return null;
  }

  private send(
    answer: ScriptedAnswer,
    {
      entry,
      read,
      route,
      response,
    }: { entry: ScriptedRequest; read: WireRequest; route: Route; response: ServerResponse },
  ): void {
    const { fault } = answer;
    const { form } = route;
    for (const [name, value] of Object.entries(answer.headers ?? {})) response.setHeader(name, value);
    const delay = delayWhileOpen(response, (wasWhole) => {
      if (fault) entry.outcome = 'fault';
      else entry.outcome = wasWhole ? 'answered' : 'aborted';
    });
    const latencyMs = answer.latencyMs ?? this.script.latencyMs ?? 0;
    if (fault?.kind === 'http') return delay(latencyMs, () => sendHttpFault(response, fault, form));
    const wire = toWireAnswer(answer, read.model, route.inputTokens(this.cache, read));
    entry.usage = fault ? toldUsage(wire, fault, form) : wire.usage;
    if (fault) return delay(latencyMs, () => sendBrokenStream(response, wire, { fault, form }));
    sendAnswer(response, wire, { form, stream: read.stream === true, latencyMs, delay });
  }
}

function logEntry(body: JsonObject, head: RequestHead): ScriptedRequest {
  return {
    at: Date.now(),
    get key() {
      return createHash('sha256')
        .update(JSON.stringify({ ...body, stream: undefined }, sortKeys))
        .digest('hex');
    },
    ...head,
    rule: null,
    outcome: 'pending',
    body,
    usage: null,
  };
}

function sortKeys(_: string, value: JsonValue): JsonValue {
  if (value === null || typeof value !== 'object' || Array.isArray(value)) return value;
  return Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)));
}

function refuse(
  entry: ScriptedRequest,
  { response, route }: { response: ServerResponse; route: Route },
  message: string,
): void {
  entry.outcome = 'unexpected';
  sendError(response, 400, message, route.form);
}

function describe({ prompt, turn, model, tools }: ScriptedConversation): string {
  return `the prompt ${JSON.stringify(prompt.slice(0, 200))} (turn ${turn}, model ${model}, tools ${tools.join(' ') || 'none'})`;
}

/** Delays that end with the connection; `onEnd` learns whether the response went out whole. */
function delayWhileOpen(response: ServerResponse, onEnd: (wasWhole: boolean) => void): Delay {
  const timers: NodeJS.Timeout[] = [];
  response.once('close', () => {
    timers.forEach(clearTimeout);
    onEnd(response.writableFinished);
  });
  return (ms, action) => {
    if (ms > 0) timers.push(setTimeout(action, ms));
    else action();
  };
}

function readBody(
  request: IncomingMessage,
  response: ServerResponse,
  { form }: Pick<Route, 'form'>,
  use: (body: JsonObject) => void,
): void {
  const chunks: Buffer[] = [];
  let bytes = 0;
  request.on('data', (chunk: Buffer) => {
    bytes += chunk.length;
    if (bytes <= maxBodyBytes) chunks.push(chunk);
  });
  request.on('end', () => {
    const tooLarge = 'Request exceeds the maximum allowed number of bytes.';
    if (bytes > maxBodyBytes) return sendError(response, 413, tooLarge, form);
    const raw = chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks);
    const body = parseJson(raw.toString());
    if (body === undefined) return sendError(response, 400, 'The request body is not valid JSON.', form);
    const complaint = complaintAboutBody(raw, body);
    if (complaint !== null) return sendError(response, 400, complaint, form);
    use(body as JsonObject);
  });
}
