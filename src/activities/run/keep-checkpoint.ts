import type { RunEventDraft } from '../../domain/run/run-events.ts';
import type { Sql } from '../../store/database/sql.ts';
import type { CheckpointFiles } from '../../store/run/checkpoints.ts';
import { writeCheckpoint } from '../../store/run/checkpoints.ts';

/** Writes a point to fork from. Keeping it again changes nothing. @returns the event that tells of it, to be written with others */
export async function keepCheckpoint(
  sql: Sql,
  no: number,
  { checkpoint, after, snapshot, snapshots }: CheckpointFiles & { checkpoint: string; after: string },
): Promise<RunEventDraft> {
  const taskCount = await writeCheckpoint(sql, no, { name: checkpoint, after, snapshot, snapshots });
  const key = `checkpoint/${checkpoint}`;
  const others = Object.keys(snapshots).length > 0 ? { snapshots } : {};
  return { key, type: 'checkpoint:saved', checkpoint, after, taskCount, snapshot, ...others };
}
