import type { JsonValue } from '../../domain/json.ts';

/** A version of a key that agents of a run share. */
export interface StateValue {
  key: string;
  /** From 1; grows with every change. */
  version: number;
  value: JsonValue;
  /** The execution of a task that wrote it, in which attempt, and what its context is called. */
  task: string;
  attempt: number;
  by: string;
  /** ISO 8601. */
  at: string;
}

/** A lock on a key. */
export interface StateHold {
  key: string;
  /** Grows with every lock of the run. */
  token: number;
  /** The execution of a task that holds it, in which attempt, and what its context is called. */
  task: string;
  attempt: number;
  by: string;
  /** ISO 8601. */
  since: string;
  /** When its lease is over, ISO 8601. */
  expiresAt: string;
  /** Who waits for it, first come first. */
  waiting: { task: string; by: string }[];
}

/** What the agents of a run share. */
export interface SharedState {
  values: StateValue[];
  locks: StateHold[];
}
