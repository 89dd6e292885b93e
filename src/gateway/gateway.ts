import type { ModelAccount } from '../models/provider.ts';
import type { RateLimits } from '../store/gates/model-gates.ts';

/** What a gateway needs to know. Providers' keys are in `accounts`, and nowhere else of the system. */
export interface GatewaySettings {
  databaseUrl: string;
  /** How each provider is reached, by its name. */
  accounts: Readonly<Record<string, ModelAccount>>;
  /** The account that stands in for every provider that is not in `accounts`, as a scripted model does; left out: none. */
  standIn?: string;
  rateLimits?: RateLimits;
  /** Path of a Unix socket to listen on: 0600, in a folder that is made as 0700. Left out: none. */
  socket?: string;
  /** Address to listen on; left out: none. One of the two is there. */
  listen?: { host: string; port: number };
  /** Its place: a gateway takes over at once from one that had the same before, as that one is dead. */
  id: string;
  /** Told what an operator should know, one line each. */
  say: (line: string) => void;
}

/** Counted since it started. */
export interface GatewayFigures {
  /** Calls that were made of a provider. */
  calls: number;
  /** Requests that got a stored answer. */
  repeated: number;
  /** Requests that joined a call that was under way. */
  attached: number;
  /** Requests that were refused by the gateway itself. */
  refused: number;
  /** Calls under way now. */
  open: number;
}

/** A gateway at work. */
export interface Gateway {
  /** The Unix socket that it listens on; null: none. */
  readonly socket: string | null;
  /** Where it listens on a network, as `http://HOST:PORT`; null: nowhere. */
  readonly url: string | null;
  figures(): GatewayFigures;
  /** Takes no more requests, lets calls under way come to their end for at most `graceMs` (default: 10 minutes), and ends. */
  close(graceMs?: number): Promise<void>;
}
