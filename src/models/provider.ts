import type { ModelClient } from './model.ts';

/** A gateway that asks a provider in our place: it has the key. */
export interface GatewayWay {
  /** Path of the Unix socket that it listens on. */
  socket: string;
  /** Name of the account's gate, which is made from the key. */
  gate: string;
}

/** How a provider is reached: its key goes to it alone. `baseURL` null is the provider's own address. */
export interface ModelAccount {
  apiKey: string;
  baseURL: string | null;
  /** Longest wait for the beginning of an answer, in ms; default: a minute. */
  firstByteTimeoutMs?: number;
  /** Longest silence inside of an answer, in ms; default: a minute. */
  idleTimeoutMs?: number;
  /** Longest call, in ms; default: 10 minutes, and what the beginning may take beyond a minute. */
  totalTimeoutMs?: number;
  /** Who asks the provider; `apiKey` is then what lets us in there. Left out: we do. */
  gateway?: GatewayWay;
}

/** Where people say how an account is reached, for messages. */
export interface AccountPlaces {
  /** Variable of the key. */
  key: string;
  /** Variable of the address, or where else it stands. */
  address: string;
}

/** Somebody who answers model calls. */
export interface ModelProvider {
  /** As agents write it before their model (`NAME/MODEL`): small letters, digits and `-`. */
  name: string;
  /** It can search the web by itself, by a tool of its own. */
  canSearch?: boolean;
  /** A client with connections of its own: one per worker and account. @throws ModelError `authentication` when the key cannot be one */
  createClient(account: ModelAccount): ModelClient;
}

/** An account's limits of time, with what it leaves out filled in. */
export function timeoutsOf(account: ModelAccount): {
  firstByteTimeoutMs: number;
  idleTimeoutMs: number;
  totalTimeoutMs: number;
} {
  const { firstByteTimeoutMs = 60_000, idleTimeoutMs = 60_000 } = account;
  const { totalTimeoutMs = 540_000 + Math.max(60_000, firstByteTimeoutMs) } = account;
  return { firstByteTimeoutMs, idleTimeoutMs, totalTimeoutMs };
}

/**
 * Where a client of an account sends its requests: to the provider, or to the gateway, by a path that names the provider.
 *
 * @param version what stands behind the address before each path of the wire, as `/v1`
 */
export function wayTo(
  provider: string,
  { gateway }: ModelAccount,
  { baseURL, version = '' }: { baseURL: string; version?: string },
): { url: string; socket?: string } {
  if (!gateway) return { url: baseURL };
  return { url: `${providerUrl(provider)}${version}`, socket: gateway.socket };
}

/** Where a gateway is asked as a provider; behind a socket a host has no meaning. */
export function providerUrl(provider: string): string {
  return `http://gateway/provider/${encodeURIComponent(provider)}`;
}
