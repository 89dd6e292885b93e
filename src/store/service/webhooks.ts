import type { WebhookEvent } from '../../domain/hooks/webhook-events.ts';
import type { RunResult } from '../../domain/run/run-result.ts';
import type { RunEvent } from '../../domain/run/run-events.ts';
import type { Sql } from '../database/sql.ts';

/** A secret as it is kept: encrypted. `until`: ISO 8601, from when on it is used no more; null: for good. */
export interface KeptSecret {
  sealed: string;
  until: string | null;
}

/** `gone`: it answered that nobody is there any more (410). `done`: a callback whose run has ended; what is to be sent of it still is. */
type EndpointState = 'active' | 'disabled' | 'gone' | 'done';

/** Where somebody is told of what runs do. Times are ISO 8601. */
export interface Endpoint {
  id: string;
  tenant: string;
  url: string;
  events: WebhookEvent[];
  /** Newest first. */
  secrets: readonly KeptSecret[];
  state: EndpointState;
  /** Why it is not active; null: it is. */
  reason: string | null;
  createdAt: string;
  /** How many deliveries wait for their next try, and how many are given up. */
  pending: number;
  dead: number;
}

/** A new endpoint; `runId`: it is told of this run alone. */
export interface NewEndpoint extends Pick<Endpoint, 'id' | 'tenant' | 'url' | 'events' | 'secrets'> {
  runId?: string;
}

/** `dead`: given up, until somebody has it sent again. */
export type DeliveryState = 'pending' | 'delivered' | 'dead';

/** What was sent to an endpoint, or is to be. Times are ISO 8601. */
export interface Delivery {
  /** The `webhook-id` of each attempt. */
  id: string;
  run: string;
  /** Number of the event in its run. */
  seq: number;
  type: WebhookEvent;
  state: DeliveryState;
  attempts: number;
  /** When it is tried next; null: no more. */
  nextAt: string | null;
  lastStatus: number | null;
  lastError: string | null;
  createdAt: string;
  endedAt: string | null;
}

/** A delivery that somebody has taken to send it, with all that is sent. */
export interface ClaimedDelivery {
  id: string;
  attempts: number;
  endpoint: Pick<Endpoint, 'id' | 'url' | 'secrets'>;
  event: RunEvent;
  run: { id: string; workflow: string; parent: { run: string; task: string } | null };
  /** Of a run's end; null: of other events. */
  result: RunResult | null;
}

/** What came of an attempt. `nextMs` null: it is dead. */
export type AttemptOutcome =
  | { state: 'delivered'; status: number }
  | { state: 'failed'; status: number | null; error: string; nextMs: number | null }
  /** Nobody is there any more: the endpoint is told nothing from now on. */
  | { state: 'gone'; status: number };

/** Which deliveries. */
export interface DeliveryFilter {
  state?: DeliveryState | undefined;
  /** Behind this one, by its id. */
  after?: string | undefined;
  limit: number;
}

/**
 * Who is told of what runs do. `tenant` null: all of them.
 *
 * What is sent is found and sent by any number of processes:
 * D1 Events of a run are looked at in order of their numbers, each once: where one is up to is written in the same transaction as what is to be sent.
 * D2 Whoever sends holds the delivery until a moment; when it dies, somebody else sends it then, with the same id.
 * D3 What came of an attempt is written by whoever still holds it, and by nobody else.
 */
export interface WebhookStore {
  /** @param sql in this transaction, if given @returns false: its run has one with that address already, which stays */
  add(endpoint: NewEndpoint, sql?: Sql): Promise<boolean>;
  /** The same for a run that has begun: what stands there is of a start that came to nothing, and gets these secrets. */
  putCallback(endpoint: NewEndpoint): Promise<void>;
  /** Newest first; those that the start of that run asked for, or, without one, none of these. */
  list(tenant: string | null, runId?: string | null): Promise<Endpoint[]>;
  find(tenant: string | null, id: string): Promise<Endpoint | undefined>;
  remove(tenant: string | null, id: string): Promise<boolean>;
  /** Removes what a start asked for that came to nothing, unless another one has put its own secrets there. */
  removeCallback(endpoint: Pick<NewEndpoint, 'id' | 'secrets'>): Promise<void>;
  /** @param sql in this transaction, if given */
  setSecrets(id: string, secrets: readonly KeptSecret[], sql?: Sql): Promise<void>;
  setState(id: string, state: EndpointState): Promise<void>;
  /** Newest first. */
  deliveries(endpointId: string, filter: DeliveryFilter): Promise<Delivery[]>;
  /** Has one that has ended sent again, with the same id; without one, all that are dead. @param sql in this transaction, if given @returns how many */
  redeliver(endpointId: string, id: string | null, sql?: Sql): Promise<number>;
  /** Looks at new events, and writes down what is to be sent (D1). @returns whether there may be more; false also when somebody else is at it */
  readNew(): Promise<boolean>;
  /** Takes deliveries that are due (D2). `lease`: whose they are then. */
  claim(wish: { lease: string; leaseMs: number; limit: number }): Promise<ClaimedDelivery[]>;
  /** Writes down what came of an attempt (D3). @returns whether it was still ours */
  record(attempt: { id: string; lease: string }, outcome: AttemptOutcome): Promise<boolean>;
  /** Removes what runs that are long gone asked for, and what was delivered a month ago. */
  tidy(): Promise<void>;
}
