import { createHash } from 'node:crypto';
import type { JsonObject } from '../../domain/json.ts';
import type { Sql } from '../../store/database/sql.ts';

/**
 * One request that is done once, however often it is repeated: after a lost answer, or by another process after the end of this one.
 *
 * What is started bears its id in Temporal, and what a run is asked has an update id that is made of it, so that Temporal itself does it once.
 */
export interface Once {
  /** The same for every attempt. */
  readonly id: string;
  /** What an earlier attempt noted; null: this is the first that came so far. */
  readonly before: JsonObject | null;
  /**
   * Keeps what was chosen for it, before it is done: by each name what was noted first stays.
   *
   * @param sql in this transaction, so that both are true or neither @returns all that is noted
   */
  note(value: JsonObject, sql?: Sql): Promise<JsonObject>;
}

/** The id for a run that is about to be started: that of an earlier attempt, if there was one. */
export async function onceId({ once }: { readonly once?: Once }, runId: string): Promise<string> {
  const noted = await once?.note({ runId });
  return typeof noted?.['runId'] === 'string' ? noted['runId'] : runId;
}

/** What an update is called, so that Temporal does it once; undefined: it may be done as often as it is asked for. */
export function updateIdOf(once: Once | undefined, name: string, input: unknown): string | undefined {
  if (!once) return undefined;
  // A request does one update, but for a retry of several tasks; which approval is the only one that waits may be another one by now.
  const part = name === 'retryTask' ? JSON.stringify(input) : '';
  return createHash('sha256')
    .update(JSON.stringify([once.id, name, part]))
    .digest('base64url');
}
