import type { ModelClient } from './model.ts';

/** How a provider is reached: its key goes to it alone. `baseURL` null is the provider's own address. */
export interface ModelAccount {
  apiKey: string;
  baseURL: string | null;
}

/** Somebody who answers model calls. */
export interface ModelProvider {
  /** As agents write it before their model (`NAME/MODEL`): small letters, digits and `-`. */
  name: string;
  /** A client with connections of its own: one per worker and account. @throws ModelError `authentication` when the key cannot be one */
  createClient(account: ModelAccount): ModelClient;
}
