import type { Dispatcher } from 'undici';
import type { IncomingHttpHeaders } from 'node:http';
import { checkedKey } from '../../models/call-once.ts';
import { createDispatcher } from '../../models/lean-fetch.ts';
import type { ModelAccount } from '../../models/provider.ts';
import { timeoutsOf } from '../../models/provider.ts';
import type { ModelGates } from '../../store/gates/model-gates.ts';
import { headersToProvider } from '../http/passed-headers.ts';
import { isMessagesWire, wires, type Wire } from '../wire/wires.ts';
import { AnswerBody } from './answer-body.ts';

/** A request as an agent sent it. */
export interface PassedRequest {
  wire: Wire;
  headers: IncomingHttpHeaders;
  /** Of the URL, with its question mark, or ''. */
  query: string;
  body: Buffer;
}

/** The beginning of a provider's answer. */
export interface ProviderAnswer {
  status: number;
  headers: Readonly<Record<string, string | string[] | undefined>>;
  body: AnswerBody;
}

/** A provider as the gateway knows it: nobody else has its key. */
export interface Provider {
  name: string;
  gates: ModelGates;
  /** Longest call, in ms. */
  totalTimeoutMs: number;
  /** Sends a request as it came, under the key. */
  send(request: PassedRequest): SentRequest;
}

/** A request that is on its way. */
interface SentRequest {
  /** Its answer's head. Rejects with what undici throws, and with what it was aborted for. */
  answer: Promise<ProviderAnswer>;
  /** Ends it, also amidst its answer. */
  abort(reason: Error): void;
}

const messagesAddress = 'https://api.anthropic.com';
const openaiAddress = 'https://api.openai.com/v1';

/** Opens an account: it keeps its connections. @throws ModelError `authentication` when the key cannot be one */
export function openProvider(name: string, account: ModelAccount, gates: ModelGates): Provider {
  const apiKey = checkedKey(account.apiKey, `the key of ${name}`);
  const { totalTimeoutMs, firstByteTimeoutMs, idleTimeoutMs } = timeoutsOf(account);
  const timeouts = { headersTimeout: firstByteTimeoutMs, bodyTimeout: idleTimeoutMs };
  const dispatchers = new Map<string, Dispatcher>();
  return {
    name,
    gates,
    totalTimeoutMs,
    send({ wire, headers, query, body }) {
      const isMessages = isMessagesWire(wire);
      const base = (account.baseURL ?? (isMessages ? messagesAddress : openaiAddress)).replace(/\/+$/, '');
      const dispatcher = dispatchers.get(base) ?? createDispatcher({ url: base });
      dispatchers.set(base, dispatcher);
      const url = `${base}${isMessages ? '/v1' : ''}${wires[wire].path}${query}`;
      const key = isMessages ? { 'x-api-key': apiKey } : { authorization: `Bearer ${apiKey}` };
      const { origin, pathname, search } = new URL(url);
      const asked = { ...timeouts, origin, path: `${pathname}${search}`, method: 'POST', body } as const;
      return dispatch(dispatcher, { ...asked, headers: { ...headersToProvider(headers), ...key } });
    },
  };
}

// `undici.request` does the same, with a signal and a stream, which cost a tenth of a call.
function dispatch(dispatcher: Dispatcher, asked: Dispatcher.DispatchOptions): SentRequest {
  let fail!: (error: Error) => void;
  let given: Error | undefined;
  let controller: Dispatcher.DispatchController | undefined;
  const answer = new Promise<ProviderAnswer>((resolve, reject) => {
    fail = reject;
    let body: AnswerBody | undefined;
    dispatcher.dispatch(asked, {
      onRequestStart(its) {
        controller = its;
        if (given) its.abort(given);
      },
      onResponseStart(its, status, headers) {
        // What comes before is for the connection alone.
        if (status < 200) return;
        body = new AnswerBody((reason) => its.abort(reason));
        resolve({ status, headers, body });
      },
      onResponseData: (_its, piece) => body?.push(piece),
      onResponseEnd: () => body?.end(null),
      onResponseError(_its, error) {
        body?.end(error);
        reject(error);
      },
    });
  });
  return {
    answer,
    abort(reason) {
      given ??= reason;
      controller?.abort(reason);
      fail(reason);
    },
  };
}
