import type { Dispatcher } from 'undici';
import { request } from 'undici';
import type { IncomingHttpHeaders } from 'node:http';
import type { Readable } from 'node:stream';
import { checkedKey } from '../../models/call-once.ts';
import { createDispatcher } from '../../models/lean-fetch.ts';
import type { ModelAccount } from '../../models/provider.ts';
import { timeoutsOf } from '../../models/provider.ts';
import type { ModelGates } from '../../store/gates/model-gates.ts';
import { headersToProvider } from '../http/passed-headers.ts';
import { isMessagesWire, wires, type Wire } from '../wire/wires.ts';

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
  body: Readable;
}

/** A provider as the gateway knows it: nobody else has its key. */
export interface Provider {
  name: string;
  gates: ModelGates;
  /** Longest call, in ms. */
  totalTimeoutMs: number;
  /** Sends a request as it came, under the key. @throws what undici throws; the signal's reason when aborted */
  send(request: PassedRequest, signal: AbortSignal): Promise<ProviderAnswer>;
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
    async send({ wire, headers, query, body }, signal) {
      const isMessages = isMessagesWire(wire);
      const base = (account.baseURL ?? (isMessages ? messagesAddress : openaiAddress)).replace(/\/+$/, '');
      const dispatcher = dispatchers.get(base) ?? createDispatcher({ url: base });
      dispatchers.set(base, dispatcher);
      const url = `${base}${isMessages ? '/v1' : ''}${wires[wire].path}${query}`;
      const key = isMessages ? { 'x-api-key': apiKey } : { authorization: `Bearer ${apiKey}` };
      const answer = await request(url, {
        ...{ dispatcher, ...timeouts, signal, method: 'POST', body },
        headers: { ...headersToProvider(headers), ...key },
      });
      return { status: answer.statusCode, headers: answer.headers, body: answer.body };
    },
  };
}
