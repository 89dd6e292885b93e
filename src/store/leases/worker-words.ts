import { parseJson } from '../../domain/parse-json.ts';
import type { Sql } from '../database/sql.ts';

/** Where workers of one database hear of each other. */
export const workersChannel = 'gaffer_workers';

/** What a worker says to all: an echo for itself, or that steps of a workflow are cancelled (null: too many to name). */
export type WorkerWord = { echo: string } | { by: string; cancelled: string; steps: string[] | null };

// PostgreSQL takes 8,000 bytes.
const maxBytes = 7000;

/** Says something to all workers that listen. */
export async function tellWorkers(sql: Sql, words: readonly WorkerWord[]): Promise<void> {
  await sql.query('select pg_notify($1, word) from unnest($2::text[]) word', [workersChannel, words.map(toText)]);
}

function toText(word: WorkerWord): string {
  const text = JSON.stringify(word);
  if (Buffer.byteLength(text) <= maxBytes || 'echo' in word) return text;
  return JSON.stringify({ ...word, steps: null });
}

/** What somebody said; null: nothing of ours. */
export function readWord(text: string): WorkerWord | null {
  const { echo, by, cancelled, steps } = (parseJson(text) ?? {}) as Record<string, unknown>;
  if (typeof echo === 'string') return { echo };
  if (typeof by !== 'string' || typeof cancelled !== 'string') return null;
  const named = Array.isArray(steps) && steps.every((step) => typeof step === 'string') ? steps : null;
  return { by, cancelled, steps: named };
}
