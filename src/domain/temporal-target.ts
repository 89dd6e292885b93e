import { isLoopback } from './loopback.ts';

/** Where a Temporal server is and how to get in, as the standard client configuration says it. */
export interface TemporalTarget {
  address: string;
  namespace: string;
  apiKey?: string;
  /** Options of the SDK's TLS configuration, or whether to use TLS at all. */
  tls?: unknown;
  /** Headers of every call, by their names in small letters (`TEMPORAL_GRPC_META_…`). May hold secrets, not for printing. */
  metadata?: Readonly<Record<string, string>>;
  /** Path of the socket on which the front before an embedded server lets its owner in. Nobody connects to `address` then. */
  socket?: string;
  /** What the front asks for at its socket. A secret of the home, not for printing. */
  password?: string;
  /** How payloads are kept from others, where an embedded server's port is open to them. Holds a secret, not for printing. */
  seal?: PayloadSeal;
  /** What payloads are encrypted with before Temporal gets them. Holds keys, not for printing. */
  payloadKeys?: PayloadKeys;
}

/** Keys of whoever runs Gaffer. Several can open what was written, one writes. */
export interface PayloadKeys {
  /** 32 bytes each, in base64, by their ids (letters, digits, `.`, `_`, `-`). */
  keys: Readonly<Record<string, string>>;
  /** Id of the key that is written with; null: with none, what is written now stays plain. */
  current: string | null;
}

/** A target that connections of the SDK can be made to: with a password, by HTTP CONNECT at its address. */
export type ReachableTarget = TemporalTarget & { socket?: never };

/** How the payloads of a home are kept from others. */
export interface PayloadSeal {
  secret: string;
  /** Whether what is written now is sealed; else only what was sealed before is opened. */
  seals: boolean;
  /** Ids of workflows that were alive when sealing began: they have payloads that are not. */
  plainRuns: readonly string[];
}

/** What the front before an embedded server calls it: a name that no resolver knows, so that nothing reaches it in another way. */
export const frontedName = 'gaffer.test:7233';

/** Whom the front asks for the password of. */
export const frontUser = 'gaffer';

/** Options for a client's connection. Servers of this machine are reached directly, whatever proxy the environment names. */
export function clientOptionsOf({ address, password, ...target }: ReachableTarget) {
  const channelArgs =
    password === undefined
      ? isLoopback(hostOf(address)) && { 'grpc.enable_http_proxy': 0 }
      : {
          'grpc.enable_http_proxy': 0,
          'grpc.http_connect_target': `dns:${frontedName}`,
          'grpc.http_connect_creds': `${frontUser}:${password}`,
          'grpc.default_authority': frontedName,
        };
  return { address, ...keysOf(target), ...(channelArgs && { channelArgs }) };
}

/** Options for a worker's connection, which knows no proxy of the environment. */
export function workerOptionsOf({ address, password, ...target }: ReachableTarget) {
  if (password === undefined) return { address, ...keysOf(target) };
  const proxy = {
    type: 'http-connect' as const,
    targetHost: address,
    basicAuth: { username: frontUser, password },
  };
  return { address: frontedName, proxy, ...keysOf(target) };
}

function keysOf({ apiKey, tls, metadata }: Pick<TemporalTarget, 'apiKey' | 'tls' | 'metadata'>) {
  return {
    ...(apiKey !== undefined && { apiKey }),
    ...(tls !== undefined && tls !== null && { tls: tls as boolean }),
    ...(metadata && { metadata: { ...metadata } }),
  };
}

function hostOf(address: string): string {
  return address.replace(/^https?:\/\//, '').replace(/:\d+$/, '');
}
