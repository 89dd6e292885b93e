import { safeJson } from '../../domain/safe-text.ts';
import { PassThrough } from 'node:stream';
import type { Store } from '../../store/store.ts';

/** A run's rows as JSON lines, all of one moment, and no faster than they are read. */
export async function* exportLines(store: Store, runKey: string): AsyncGenerator<string> {
  const { exportRun } = await import('../../store/lifetime/export.ts');
  const lines = new PassThrough({ objectMode: true, highWaterMark: 16 });
  const written = store.transaction(async (sql) => {
    for await (const line of exportRun(sql, runKey)) {
      if (lines.destroyed) return;
      if (!lines.write(`${safeJson(line)}\n`)) await room(lines);
    }
    lines.end();
  });
  written.catch((error: Error) => lines.destroy(error));
  try {
    yield* lines as AsyncIterable<string>;
  } finally {
    lines.destroy();
    await written;
  }
}

// A reader that is slower than the database must not have all of it in memory.
function room(lines: PassThrough): Promise<void> {
  return new Promise((done) => lines.once('drain', done).once('close', done));
}
