import type { ModelClient } from './model.ts';

/** How a provider is reached: its key goes to it alone. `baseURL` null is the provider's own address. */
export interface ModelAccount {
  apiKey: string;
  baseURL: string | null;
  /** Longest wait for the beginning of an answer, in ms; default: a minute. */
  firstByteTimeoutMs?: number;
  /** Longest silence inside of an answer, in ms; default: a minute. */
  idleTimeoutMs?: number;
}

/** Somebody who answers model calls. */
export interface ModelProvider {
  /** As agents write it before their model (`NAME/MODEL`): small letters, digits and `-`. */
  name: string;
  /** A client with connections of its own: one per worker and account. @throws ModelError `authentication` when the key cannot be one */
  createClient(account: ModelAccount): ModelClient;
}
