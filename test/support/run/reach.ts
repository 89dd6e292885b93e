import type { Run } from '../../../src/client/index.ts';
import type { RunEvent } from '../../../src/domain/run/run-events.ts';

/** The first event of that type that fits, from the run's beginning on; waits for it. */
export async function reach<Type extends RunEvent['type']>(
  run: Run,
  type: Type,
  fits: (event: Extract<RunEvent, { type: Type }>) => boolean = () => true,
): Promise<Extract<RunEvent, { type: Type }>> {
  const stop = new AbortController();
  try {
    for await (const event of run.events({ signal: stop.signal })) {
      if (event.type === type && fits(event as Extract<RunEvent, { type: Type }>)) {
        return event as Extract<RunEvent, { type: Type }>;
      }
    }
  } finally {
    stop.abort();
  }
  throw new Error(`the run ended without ${type}`);
}
