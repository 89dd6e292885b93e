import { Anthropic } from '@anthropic-ai/sdk';
import { toCachedRequest } from './cached-request.ts';
import type { Wire } from './call-once.ts';
import { callHeaders, callOnce, checkedKey } from './call-once.ts';
import { EarlyEnds } from './early-ends.ts';
import { createLeanFetch } from './lean-fetch.ts';
import type { ModelClient } from './model.ts';
import { markOwn, ownBlocks } from './own-blocks.ts';
import type { AccountPlaces, ModelAccount, ModelProvider } from './provider.ts';
import { timeoutsOf, wayTo } from './provider.ts';
import { toEvents } from './wire-event.ts';

/** The Messages API. */
export const anthropicProvider: ModelProvider = {
  name: 'anthropic',
  canSearch: true,
  createClient: createAnthropicModel,
};

/**
 * A client of Anthropic's account.
 *
 * @throws ModelError `authentication` when the key cannot be one
 * @internal
 */
export function createAnthropicModel(account: Partial<ModelAccount> & { apiKey: string }): ModelClient {
  const places = { key: 'ANTHROPIC_API_KEY', address: 'ANTHROPIC_BASE_URL' };
  return createMessagesClient('anthropic', { baseURL: null, ...account }, places);
}

/**
 * A client of the Messages API: one per worker, it keeps its connections. `provider`: whose blocks it takes back.
 *
 * @throws ModelError `authentication` when the key cannot be one
 */
export function createMessagesClient(provider: string, account: ModelAccount, places: AccountPlaces): ModelClient {
  const apiKey = checkedKey(account.apiKey, places.key);
  const { totalTimeoutMs, ...silences } = timeoutsOf(account);
  const baseURL = account.baseURL ?? 'https://api.anthropic.com';
  const way = wayTo(provider, account, { baseURL });
  const client = new Anthropic({
    apiKey,
    baseURL: way.url,
    maxRetries: 0,
    // Later than our own timer, which knows why it aborts.
    timeout: totalTimeoutMs + 1000,
    logLevel: 'off',
    openTelemetry: false,
    fetch: createLeanFetch(way, silences),
  });
  const facts = {
    api: 'Messages API',
    places,
    baseURL,
    apiKey,
    isByGateway: account.gateway !== undefined,
    ...silences,
  };
  const caller = { facts, totalTimeoutMs, ends: new EarlyEnds() };
  const wire = messagesWire(client, provider, facts.isByGateway);
  return { complete: (request, options) => callOnce(caller, wire, request, options) };
}

/**
 * `client.post` instead of `client.messages.create`: the same request, but without the warnings about old models that the SDK writes
 * to the console by itself.
 */
function messagesWire(client: Anthropic, provider: string, isByGateway: boolean): Wire {
  return {
    open: (request, signal) =>
      client
        .post('/v1/messages', {
          body: toCachedRequest({ ...request, messages: ownBlocks(request.messages, provider) }),
          stream: true,
          signal,
          // SDK 1.11 has an option `idempotencyKey` but sends no header for it.
          headers: callHeaders(request.callKey, isByGateway),
        })
        .asResponse(),
    createReader: () => toEvents,
    toKept: (answer) => ({ ...answer, content: markOwn(answer.content, provider) }),
  };
}
