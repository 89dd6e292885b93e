/*
 * B1 Each run by itself: what one says no to keeps nobody else from being done.
 * B2 Repeated, a request does nothing twice: what was done to a run is noted, and what was started bears the run's own part of the request.
 */
import { createHash } from 'node:crypto';
import { GafferError } from '../../domain/errors.ts';
import type { JsonObject } from '../../domain/json.ts';
import type { Once } from '../connection/once.ts';
import type { Session } from '../connection/session.ts';
import type { Runs } from '../runs.ts';

/** What can be done to many runs at once. */
export const bulkActions = ['cancel', 'pause', 'resume', 'retry', 'remove'] as const;
type BulkAction = (typeof bulkActions)[number];

/** What to do, to which runs. `reason`: why they pause; `by`: who wants it. */
export interface BulkRequest {
  action: BulkAction;
  runs: readonly string[];
  reason?: string;
  by: string;
}

/** What became of one of them. `run`: the one that does it, of a retry. */
export type BulkResult = { runId: string; run: string; error: null } | { runId: string; run: null; error: GafferError };

const atOnce = 6;

/**
 * Does the same to many runs.
 *
 * @param runsOf the runs of a session
 * @returns one result for each, in the same order. @throws what nobody expected, once the others are done
 */
export async function doToAll(
  session: Session,
  request: BulkRequest,
  runsOf: (session: Session) => Runs,
): Promise<BulkResult[]> {
  const results = new Map<string, BulkResult>();
  const left = [...new Set(request.runs)];
  const unexpected: unknown[] = [];
  const work = async (): Promise<void> => {
    for (let runId = left.shift(); runId !== undefined; runId = left.shift()) {
      const one = onceOfOne(session.once, runId);
      const runs = runsOf(one ? { ...session, once: one } : session);
      await doOnce(runs, { ...request, runId }, one).then(
        (result) => results.set(runId, result),
        (error: unknown) => unexpected.push(error),
      );
    }
  };
  await Promise.all(Array.from({ length: atOnce }, work));
  if (unexpected.length > 0) throw unexpected[0];
  return request.runs.map((runId) => results.get(runId)!);
}

type One = Omit<BulkRequest, 'runs'> & { runId: string };

async function doOnce(runs: Runs, one: One, once: Once | undefined): Promise<BulkResult> {
  const before = once?.before?.['done'];
  if (typeof before === 'string') return { runId: one.runId, run: before, error: null };
  try {
    const run = await doToOne(runs, one);
    await once?.note({ done: run });
    return { runId: one.runId, run, error: null };
  } catch (error) {
    // B1
    if (error instanceof GafferError) return { runId: one.runId, run: null, error };
    throw error;
  }
}

/** @returns the run that does it */
async function doToOne(runs: Runs, { action, runId, reason, by }: One): Promise<string> {
  if (action === 'retry') return (await runs.retry(runId, { by })).id;
  const run = await runs.find(runId);
  const acts = {
    cancel: () => run.cancel(),
    pause: () => run.pause({ by, ...(reason !== undefined && { reason }) }),
    resume: () => run.resume({ by }),
    remove: () => run.remove(),
  };
  await acts[action]();
  return run.id;
}

// B2
function onceOfOne(once: Once | undefined, runId: string): Once | undefined {
  if (!once) return undefined;
  const id = createHash('sha256')
    .update(JSON.stringify([once.id, runId]))
    .digest('base64url');
  const prefix = `${id}/`;
  const own = (noted: JsonObject): JsonObject =>
    Object.fromEntries(
      Object.entries(noted).flatMap(([name, value]) =>
        name.startsWith(prefix) ? [[name.slice(prefix.length), value]] : [],
      ),
    );
  const before = own(once.before ?? {});
  return {
    id,
    before: Object.keys(before).length > 0 ? before : null,
    async note(value, sql) {
      const named = Object.fromEntries(Object.entries(value).map(([name, each]) => [`${prefix}${name}`, each]));
      return own(await once.note(named, sql));
    },
  };
}
