import { createWriteStream, existsSync, rmSync, statSync } from 'node:fs';
import { rename } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { Store } from '../../store/store.ts';
import { sayTo, type CommandContext } from '../base/context.ts';
import { exitCodes } from '../base/exit-codes.ts';
import { UsageError } from '../../domain/errors.ts';
import { findRun } from '../work/find-run.ts';
import { createMask } from '../base/mask-secrets.ts';
import { checkFolder } from '../options/run-options.ts';
import { openForReading } from '../work/session.ts';

/** `gaffer export RUN`: everything that the store knows of a run, one JSON line a row, to standard output or into a file. */
export async function execute(context: CommandContext, [runId]: string[], options: { out?: string }): Promise<number> {
  const file = options.out === undefined ? null : outFile(context.cwd, options.out);
  const session = await openForReading(context, sayTo(context.terminal));
  try {
    const row = await findRun(session.store, runId!);
    const mask = createMask(context.config.environment);
    if (file === null) {
      await exportTo(session.store, row.runKey, async (lines) => {
        for await (const line of lines) await writeOut(mask(line));
      });
      return exitCodes.succeeded;
    }
    const count = await writeFile(session.store, row.runKey, { file, mask });
    context.terminal.err(`${count} lines in ${file}. Prompts and answers are in it as they were.\n`);
    return exitCodes.succeeded;
  } finally {
    await session.close();
  }
}

/** @throws UsageError when no file can be there */
function outFile(cwd: string, out: string): string {
  const file = resolve(cwd, out);
  checkFolder('--out', dirname(file));
  if (existsSync(file) && statSync(file).isDirectory()) {
    throw new UsageError(`--out: ${file} is a folder: name a file in it.`);
  }
  return file;
}

// Renamed when it is whole: a full disk or a Ctrl-C leaves no half of an export.
async function writeFile(
  store: Store,
  runKey: string,
  { file, mask }: { file: string; mask: (text: string) => string },
): Promise<number> {
  const draft = `${file}.${process.pid}.part`;
  let count = 0;
  try {
    await exportTo(store, runKey, async (lines) => {
      const masked = async function* (): AsyncGenerator<string> {
        for await (const line of lines) {
          count += 1;
          yield mask(line);
        }
      };
      await pipeline(Readable.from(masked()), createWriteStream(draft, { mode: 0o600, flags: 'wx' }));
    });
    await rename(draft, file);
    return count;
  } finally {
    rmSync(draft, { force: true });
  }
}

async function exportTo(
  store: Store,
  runKey: string,
  use: (lines: AsyncIterable<string>) => Promise<void>,
): Promise<void> {
  const { exportRun } = await import('../../store/lifetime/export.ts');
  await store.transaction(async (sql) => {
    const lines = async function* (): AsyncGenerator<string> {
      for await (const line of exportRun(sql, runKey)) yield `${JSON.stringify(line)}\n`;
    };
    await use(lines());
  });
}

// A reader that is slower than the database must not have all of it in memory.
function writeOut(text: string): Promise<void> {
  return new Promise((done) => {
    if (process.stdout.write(text) || process.stdout.destroyed) done();
    else process.stdout.once('drain', done).once('close', done);
  });
}
