import { appendNew } from '../store/events.ts';
import type { Sql } from '../store/sql.ts';
import { writeCheckpoint } from '../store/task-rows.ts';

/** Writes a point to fork from, and the event that tells of it. Keeping it again changes nothing. */
export async function keepCheckpoint(
  sql: Sql,
  no: number,
  { checkpoint, after, snapshot }: { checkpoint: string; after: string; snapshot: string | null },
): Promise<void> {
  const taskCount = await writeCheckpoint(sql, no, { name: checkpoint, after, snapshot });
  const key = `checkpoint/${checkpoint}`;
  await appendNew(sql, no, [{ key, type: 'checkpoint:saved', checkpoint, after, taskCount, snapshot }]);
}
