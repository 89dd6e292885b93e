import { UsageError } from '../../domain/errors.ts';
import type { TranscriptEntry } from '../../domain/conversation/transcript-entry.ts';
import type { Store } from '../../store/store.ts';
import type { RunCheckpoint, RunContext } from '../run.ts';

/** A run's conversations, by name. */
export function listContexts(store: Store, runKey: string): Promise<RunContext[]> {
  return store.runs.contexts(runKey);
}

/** One of them, oldest message first; without a name the only one. @throws UsageError */
export async function readTranscript(
  store: Store,
  { runId, runKey }: { runId: string; runKey: string },
  name: string | undefined,
): Promise<TranscriptEntry[]> {
  const names = (await store.runs.contexts(runKey)).map((each) => each.name);
  const there = `there are: ${names.join(', ') || 'none'}.`;
  const chosen = name ?? (names.length === 1 ? names[0] : undefined);
  if (chosen === undefined) throw new UsageError(`run "${runId}" has no context that is the only one; ${there}`);
  if (!names.includes(chosen)) throw new UsageError(`run "${runId}" has no context "${chosen}"; ${there}`);
  return store.runs.transcript(runKey, chosen);
}

/** Points to fork from, oldest first. */
export async function listCheckpoints(store: Store, runKey: string): Promise<RunCheckpoint[]> {
  const points = await store.runs.checkpoints(runKey);
  return points.map(({ name, after, at, tasks, snapshot, snapshots }) => ({
    ...{ checkpoint: name, after, at, tasks, snapshot },
    ...(Object.keys(snapshots).length > 0 && { snapshots }),
  }));
}
