import { Agent, request } from 'undici';
import { intentOf } from '../call-once.ts';
import { type ModelClient, ModelError } from '../model.ts';
import { type GatewayWay, providerUrl } from '../provider.ts';

/** How long a gateway is waited for that has just died, in ms; then the step is tried again later. */
const readyWithinMs = 10_000;
/** How long it has to hear that a call is given up, in ms. */
const heardWithinMs = 2000;

/**
 * The client of an account that is asked through a gateway: it waits until that is up, and tells it which calls nobody wants any more.
 *
 * @param ready resolves when the gateway is up
 */
export function throughGateway(
  client: ModelClient,
  { name, gateway, apiKey }: { name: string; gateway: GatewayWay; apiKey: string },
  ready: (signal: AbortSignal) => Promise<void>,
): ModelClient {
  const dispatcher = new Agent({ connect: { socketPath: gateway.socket }, keepAliveTimeout: 1000 });
  return {
    async complete(asked, options) {
      await ready(AbortSignal.any([options.signal, AbortSignal.timeout(readyWithinMs)])).catch((error: unknown) => {
        options.signal.throwIfAborted();
        throw new ModelError('unavailable', `the gateway of models is not up (${wordsOf(error)})`, { cause: error });
      });
      return client.complete(asked, options);
    },
    async giveUp(callKey) {
      const headers = { authorization: `Bearer ${apiKey}`, 'gaffer-call': intentOf(callKey) };
      const { body } = await request(`${providerUrl(name)}/call`, {
        dispatcher,
        method: 'DELETE',
        headers,
        signal: AbortSignal.timeout(heardWithinMs),
      });
      await body.dump();
    },
  };
}

function wordsOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
