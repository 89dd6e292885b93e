import { randomUUID } from 'node:crypto';
import { chmodSync, chownSync, cpSync, existsSync, lchownSync, mkdirSync, readFileSync, readdirSync } from 'node:fs';
import { renameSync, rmSync, statSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { type GafferHome, ensureHome } from '../config/home.ts';
import { checkHome } from '../config/home-mark.ts';
import { secretFile } from '../config/home-secret.ts';
import { withFileLock } from './file-lock.ts';
import { readJsonFile, writeJsonFile } from '../host/json-file.ts';
import type { Account } from './postgres/postgres-account.ts';
import { type PostgresPlace, choosePlace, readPlace, writePlace } from './postgres/postgres-place.ts';
import { isServedNow } from './postgres/postgres-leftover.ts';
import { lastLine, runTool } from '../host/run-tool.ts';
import { StackError } from './stack-error.ts';
import { lockFile, readState } from './stack-state.ts';
import { readPin, temporalDataFile } from './temporal/temporal-server.ts';

/*
 * B1 Both servers are down, and the home's lock is held: nobody can start them meanwhile. So the database and Temporal's file
 *    are of one moment, and runs go on after a restore as after a kill.
 * B2 The archive appears when it is whole, readable by its owner only: the database's password is in it.
 * B3 A restore only fills a home that has no data. What was there before is never overwritten.
 */

/** What an archive says about itself, in its file `gaffer-backup.json`. */
export interface BackupManifest {
  format: 'gaffer-backup';
  version: 1;
  /** ISO 8601. */
  at: string;
  /** Major version of the PostgreSQL that wrote the data; null: there was none. */
  postgres: string | null;
  /** Version of `temporal` that wrote the data; null: there was none. */
  temporal: string | null;
}

const manifestFile = 'gaffer-backup.json';
const tarPatienceMs = 60 * 60_000;

/**
 * Writes the data of a home whose servers are down into one archive (tar, gzip).
 *
 * @throws StackError `busy` when something runs there, `refused` when the file is there already, `database` when there is nothing
 *   to back up or tar fails
 */
export async function backUp(home: GafferHome, file: string): Promise<{ manifest: BackupManifest; bytes: number }> {
  checkHome(home.path);
  const place = readPlace(home);
  const hasData = place !== undefined && existsSync(join(place.folder, 'data'));
  const names = dataFiles(home);
  if (!hasData && names.length === 0) throw new StackError('database', `${home.path} holds no data yet.`);
  if (existsSync(file)) throw new StackError('refused', `${file} is there already: name another file.`);
  return whileDown(home, async () => {
    const manifest: BackupManifest = {
      format: 'gaffer-backup',
      version: 1,
      at: new Date().toISOString(),
      postgres: hasData ? readFileSync(join(place.folder, 'data', 'PG_VERSION'), 'utf8').trim() : null,
      temporal: readPin(home).version ?? null,
    };
    const staging = join(home.path, `backup-${randomUUID()}`);
    const draft = join(dirname(file), `.${basename(file)}.${randomUUID()}`);
    try {
      mkdirSync(staging, { mode: 0o700 });
      writeJsonFile(join(staging, manifestFile), manifest);
      const parts = ['-C', staging, manifestFile, '-C', home.path, ...names];
      if (hasData) parts.push('-C', place.folder, 'data');
      await tar(['--exclude=postmaster.pid', '-czf', draft, ...parts], file);
      chmodSync(draft, 0o600);
      renameSync(draft, file); // B2
      return { manifest, bytes: statSync(file).size };
    } finally {
      rmSync(staging, { recursive: true, force: true });
      rmSync(draft, { force: true });
    }
  });
}

/**
 * Brings the data of an archive back into a home that has none. The version of the servers is found at the next start.
 *
 * @throws StackError `busy`, `refused` when there is data already, or the archive is none of ours or no complete one
 */
export async function restore(home: GafferHome, file: string, say: (line: string) => void): Promise<BackupManifest> {
  ensureHome(home);
  return whileDown(home, async () => {
    if (readPlace(home) !== undefined || dataFiles(home).length > 0) {
      throw new StackError(
        'refused',
        `${home.path} holds data already, which a restore does not touch. Move it away, or set GAFFER_HOME to another folder.`,
      );
    }
    const staging = join(home.path, `restore-${randomUUID()}`);
    try {
      mkdirSync(staging, { mode: 0o700 });
      await unpack(file, staging);
      const manifest = readJsonFile(join(staging, manifestFile)) as BackupManifest | undefined;
      if (manifest?.format !== 'gaffer-backup' || manifest.version !== 1) {
        throw new StackError('refused', `${file} is no backup of Gaffer, or one of a later version.`);
      }
      const kept = readJsonFile(join(staging, 'postgres.json')) as PostgresPlace | undefined;
      if (manifest.postgres !== null && !(kept && existsSync(join(staging, 'data')))) throw incomplete(file);
      for (const name of dataFilesIn(staging)) {
        if (name !== 'postgres.json') renameSync(join(staging, name), join(home.path, name));
      }
      if (manifest.postgres !== null && kept) await restoreDatabase(home, { kept, data: join(staging, 'data'), say });
      return manifest;
    } finally {
      rmSync(staging, { recursive: true, force: true });
    }
  });
}

// The folder and the account are this machine's; the password lies in the data.
async function restoreDatabase(
  home: GafferHome,
  { kept, data, say }: { kept: PostgresPlace; data: string; say: (line: string) => void },
): Promise<void> {
  const { place, account } = await choosePlace(home, say);
  cpSync(data, join(place.folder, 'data'), { recursive: true, verbatimSymlinks: true, preserveTimestamps: true });
  chmodSync(join(place.folder, 'data'), 0o700);
  if (account) giveTo(account, join(place.folder, 'data'));
  writePlace(home, { ...kept, folder: place.folder });
}

function giveTo(account: Account, folder: string): void {
  chownSync(folder, account.uid, account.gid);
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) giveTo(account, path);
    else lchownSync(path, account.uid, account.gid);
  }
}

// B1
async function whileDown<Result>(home: GafferHome, work: () => Promise<Result>): Promise<Result> {
  return withFileLock(
    lockFile(home),
    async () => {
      const { temporal, postgres, users } = readState(home);
      const place = readPlace(home);
      if (temporal || postgres || users.length > 0 || (place && (await isServedNow(place)))) {
        const pids = [temporal, postgres, ...users].flatMap((one) => one?.pid ?? []);
        const which = pids.length === 0 ? '' : ` (processes ${pids.join(', ')})`;
        throw new StackError('busy', `the stack of ${home.path} is in use${which}: \`gaffer down\` stops it first.`);
      }
      return work();
    },
    { patienceMs: 10_000 },
  );
}

function dataFiles(home: GafferHome): string[] {
  return dataFilesIn(home.path);
}

function dataFilesIn(folder: string): string[] {
  const database = basename(temporalDataFile({ path: folder }));
  const names = [
    'postgres.json',
    'temporal.json',
    basename(secretFile({ path: folder })),
    database,
    `${database}-wal`,
    `${database}-shm`,
  ];
  return names.filter((name) => existsSync(join(folder, name)));
}

async function unpack(file: string, folder: string): Promise<void> {
  try {
    await tar(['-xzf', file, '--no-same-owner', '-C', folder], file);
  } catch (error) {
    // Whether the archive or the machine is to blame, tar says in words of its own: an archive that is whole can be listed.
    if (!(error instanceof StackError) || error.reason !== 'database') throw error;
    const { code, missing } = await runTool('tar', ['-tzf', file], { timeoutMs: tarPatienceMs, env: tarEnvironment() });
    throw missing === undefined && code !== 0 ? incomplete(file, error) : error;
  }
}

function incomplete(file: string, cause?: unknown): StackError {
  const text = `${file} is no complete backup: it is cut off, damaged, or no archive at all. Name another one.`;
  return new StackError('refused', text, { cause });
}

const tarEnvironment = () => ({ PATH: process.env['PATH'], LC_ALL: 'C' });

async function tar(args: string[], file: string): Promise<void> {
  const { code, output, missing } = await runTool('tar', args, { timeoutMs: tarPatienceMs, env: tarEnvironment() });
  if (code === 0) return;
  if (/No space left on device/.test(output)) throw new StackError('disk', `${file}: the disk is full.`);
  throw new StackError('database', `${file}: tar does not serve: ${missing ?? lastLine(output)}`);
}
