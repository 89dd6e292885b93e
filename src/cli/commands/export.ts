import { createWriteStream, existsSync, rmSync, statSync } from 'node:fs';
import { rename } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { cassetteLines } from '../../client/cassette/cassette-lines.ts';
import { exportLines } from '../../client/follow/export-lines.ts';
import { findRun } from '../../client/follow/find-run.ts';
import { checkFolder } from '../../client/start/check-folder.ts';
import { UsageError } from '../../domain/errors.ts';
import type { CommandContext } from '../base/context.ts';
import { createMask } from '../base/mask-secrets.ts';
import { reading } from '../base/with-session.ts';

/** `gaffer export RUN`: everything that the store knows of a run, one JSON line a row, to standard output or into a file; or its model calls and tool results, for `gaffer replay`. */
export async function execute(
  context: CommandContext,
  [runId]: string[],
  options: { out?: string; cassette?: boolean },
): Promise<number> {
  const file = options.out === undefined ? null : outFile(context.cwd, options.out);
  return reading(context, async (session) => {
    const { store } = session;
    const { runKey } = await findRun(session, runId!);
    const mask = createMask(context.config.environment);
    const lines = options.cassette ? cassetteLines(store, runKey) : exportLines(store, runKey);
    if (file === null) {
      for await (const line of lines) await writeOut(mask(line));
      return;
    }
    const count = await writeFile(lines, { file, mask });
    const what = options.cassette ? 'A cassette' : `${count} lines`;
    context.terminal.err(`${what} in ${file}. Prompts and answers are in it as they were.\n`);
  });
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
  lines: AsyncIterable<string>,
  { file, mask }: { file: string; mask: (text: string) => string },
): Promise<number> {
  const draft = `${file}.${process.pid}.part`;
  let count = 0;
  try {
    const masked = async function* (): AsyncGenerator<string> {
      for await (const line of lines) {
        count += 1;
        yield mask(line);
      }
    };
    await pipeline(Readable.from(masked()), createWriteStream(draft, { mode: 0o600, flags: 'wx' }));
    await rename(draft, file);
    return count;
  } finally {
    rmSync(draft, { force: true });
  }
}

// A reader that is slower than the database must not have all of it in memory.
function writeOut(text: string): Promise<void> {
  return new Promise((done) => {
    if (process.stdout.write(text) || process.stdout.destroyed) done();
    else process.stdout.once('drain', done).once('close', done);
  });
}
