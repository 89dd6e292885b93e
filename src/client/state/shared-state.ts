import { UsageError } from '../../domain/errors.ts';
import type { JsonValue } from '../../domain/json.ts';
import type { Store } from '../../store/store.ts';

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

/** The kept versions of a key, oldest first. @throws UsageError when nobody has written it, with the nearest key */
export async function readHistory(
  store: Store,
  { runId, runKey }: { runId: string; runKey: string },
  key: string,
): Promise<StateValue[]> {
  const versions = await store.runs.stateHistory(runKey, key);
  if (versions.length > 0) return versions;
  const { nearest } = await import('../../domain/nearest.ts');
  const keys = (await store.runs.sharedState(runKey)).values.map((each) => each.key);
  const name = nearest(key, keys);
  const hint = name === null ? `\`gaffer state ${runId}\` shows what they share` : `did you mean ${name}?`;
  throw new UsageError(`no agent of run "${runId}" has written "${key}"; ${hint}`);
}
