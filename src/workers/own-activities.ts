import { asyncLocalStorage, Context } from '@temporalio/activity';
import type { Activities } from '../contracts/activities.ts';
import { UsageError } from '../domain/errors.ts';

/** Our activities and somebody's own, for one worker. @throws UsageError when one has the name of one of ours */
export function withOwn(ours: Activities, own: object = {}): object {
  const taken = Object.keys(own).filter((name) => Object.hasOwn(ours, name));
  if (taken.length > 0)
    throw new UsageError(`activities: Gaffer's own are called ${taken.join(' and ')} too: give yours other names.`);
  const calm = Object.entries(own).map(([name, activity]: [string, unknown]) => [
    name,
    typeof activity === 'function' ? beatingCalmly(activity as Activity) : activity,
  ]);
  return { ...(Object.fromEntries(calm) as object), ...ours };
}

type Activity = (...given: unknown[]) => unknown;

/** At least so many ms lie between two heartbeats. */
const heartbeatEveryMs = 1000;

/**
 * An activity whose heartbeats are passed on once a second at most, the last one of each second, and the last one of all when it fails: each
 * is a write of the server. The SDK has one bound for all activities of a worker, and ours need a short one (create-workers.ts).
 */
function beatingCalmly(activity: Activity): Activity {
  return async (...given) => {
    const context = Context.current();
    let resting: NodeJS.Timeout | undefined;
    let kept: { details: unknown } | null = null;
    const pass = (): void => {
      const next = kept;
      kept = null;
      clearTimeout(resting);
      resting = next === null ? undefined : setTimeout(pass, heartbeatEveryMs).unref();
      if (next !== null) context.heartbeat(next.details);
    };
    const heartbeat = (details?: unknown): void => {
      kept = { details };
      if (resting === undefined) pass();
    };
    const calm = Object.create(context, { heartbeat: { value: heartbeat } }) as Context;
    try {
      return await asyncLocalStorage.run(calm, () => activity(...given));
    } catch (error) {
      // The next attempt goes on from it.
      pass();
      throw error;
    } finally {
      clearTimeout(resting);
    }
  };
}
