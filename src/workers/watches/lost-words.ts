import { Client } from '@temporalio/client';
import type { NativeConnection } from '@temporalio/worker';
import { tellCalled } from '../../activities/base/wake-waiting.ts';
import type { TemporalTarget } from '../../domain/temporal-target.ts';
import { dataConverterOf } from '../../host/payloads/data-converter.ts';
import type { WorkerStore } from '../../store/open-store.ts';
import { listUnheard } from '../../store/wakes/waits.ts';
import { lookEachMinute } from './look-each-minute.ts';

// Whoever was called has looked long before.
const unheardAfterMs = 60_000;

/**
 * Says words once more that nobody heard, every minute: a step that died for good between its transaction and its signals would be heard
 * only as another task begins or ends.
 *
 * It looks into the database, by an index that is empty mostly: no workflow has a timer for it, and none grows by it.
 */
export function startWordWatch(
  { sql }: Pick<WorkerStore, 'sql'>,
  connection: NativeConnection,
  temporal: TemporalTarget,
): { stop(): Promise<void> } {
  const client = new Client({ connection, namespace: temporal.namespace, ...dataConverterOf(temporal) });
  const words = new LostWords({ sql, client });
  return lookEachMinute(connection, {
    look: () => words.say(),
    whenFailed: 'words that were lost could not be looked for',
  });
}

/**
 * Words to those who wait that were lost. Each is said once: who is paused hears it and does not look yet.
 *
 * @internal
 */
export class LostWords {
  readonly #parts: { sql: WorkerStore['sql']; client: Client };
  #said = new Set<string>();

  constructor(parts: { sql: WorkerStore['sql']; client: Client }) {
    this.#parts = parts;
  }

  /** @returns how many were said. @throws AggregateError of those that could not be, when all others are said */
  async say(): Promise<number> {
    const { sql, client } = this.#parts;
    const unheard = (await listUnheard(sql, unheardAfterMs)).map((one) => ({ ...one, id: JSON.stringify(one) }));
    const news = unheard.filter(({ id }) => !this.#said.has(id));
    const failures = new Map<string, unknown>();
    // One that cannot be said keeps none of the others: it is tried again with the next look.
    for (const { id, runId, ...called } of news)
      await tellCalled(client, runId, [called]).catch((error: unknown) => failures.set(id, error));
    this.#said = new Set(unheard.flatMap(({ id }) => (failures.has(id) ? [] : id)));
    if (failures.size > 0)
      throw new AggregateError([...failures.values()], `${failures.size} of ${news.length} words could not be said`);
    return news.length;
  }
}
