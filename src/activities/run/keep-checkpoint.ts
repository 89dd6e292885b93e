import type { RunEventDraft } from '../../domain/run/run-events.ts';
import type { Sql } from '../../store/database/sql.ts';
import { writeCheckpoint } from '../../store/run/checkpoints.ts';

/** Writes a point to fork from. Keeping it again changes nothing. @returns the event that tells of it, to be written with others */
export async function keepCheckpoint(
  sql: Sql,
  no: number,
  { checkpoint, after, snapshot }: { checkpoint: string; after: string; snapshot: string | null },
): Promise<RunEventDraft> {
  const taskCount = await writeCheckpoint(sql, no, { name: checkpoint, after, snapshot });
  const key = `checkpoint/${checkpoint}`;
  return { key, type: 'checkpoint:saved', checkpoint, after, taskCount, snapshot };
}
