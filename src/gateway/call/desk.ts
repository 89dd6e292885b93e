import type { ModelPrice } from '../../domain/model-facts.ts';
import type { GatewayFacts } from '../../models/gateway/gateway-facts.ts';
import type { RunFacts } from './run-facts.ts';
import type { WorkerStore } from '../../store/open-store.ts';
import type { GatewayFigures } from '../gateway.ts';
import type { BodyRoom } from '../http/body-room.ts';
import type { TokenLookup } from '../http/known-tokens.ts';
import type { Peers } from '../peers.ts';
import type { AnswerRoom } from './answer-room.ts';
import type { LiveCall } from './live-call.ts';
import type { Provider } from './provider.ts';
import type { Turns } from './turns.ts';

/** What every call of a gateway works with. */
export interface Desk {
  store: WorkerStore;
  /** Of this process; `machine` is where its socket is reached, also among several of one host's name. */
  self: { id: string; host: string; machine: string };
  peers: Peers;
  /** A provider by its name; undefined: there is no account of it. */
  providerOf(name: string): Provider | undefined;
  /** What workers are told of the accounts. */
  accounts: GatewayFacts;
  tokenOf: TokenLookup;
  factsOf(runKey: string): Promise<RunFacts>;
  /** Calls under way here, by what they ask. */
  live: Map<string, LiveCall>;
  /** What aborts calls of our own loop, by the same. */
  aborts: Map<string, AbortController>;
  turns: Turns;
  /** For the bodies of requests. */
  room: BodyRoom;
  answers: AnswerRoom;
  /** Aborted when the gateway ends and waits no longer for what is under way. */
  closing: AbortSignal;
  figures: GatewayFigures;
  /** When it started, as ISO 8601. */
  since: string;
  say: (line: string) => void;
}

/** Longest answer that is kept, in bytes. */
export const mostKeptBytes = 5 * 1024 * 1024;

/** How long the database may be away before a call is refused that has not begun, in ms. */
export const patienceMs = 30_000;

/** How often what a paused run asks looks whether the run goes on, in ms. */
export const lookWhilePausedMs = 500;

/** What the journal keeps of the intent of a call, so that whoever finds it left behind can bill it. */
export interface CallIntent {
  gateway: string;
  taskId: string;
  agent: string;
  model: string;
  maxTokens: number;
  /** See `ReadRequest`; left out: no. */
  cachesForHour?: true;
  /** Null: nobody said it. */
  price: ModelPrice | null;
}
