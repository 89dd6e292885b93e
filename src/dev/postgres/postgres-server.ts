import { randomUUID } from 'node:crypto';
import { chmodSync, chownSync, existsSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { GafferHome } from '../../config/home.ts';
import { choosePort } from '../../host/ports.ts';
import type { Account } from './postgres-account.ts';
import { type PostgresBinaries, postgresBinaries } from './postgres-binaries.ts';
import { packageForData } from './postgres-versions.ts';
import { type Listening, databaseUrl, ensureDatabase } from './postgres-database.ts';
import { readPostmaster, readyWithinMs, takeLeftover } from './postgres-leftover.ts';
import { type PostgresPlace, choosePlace, writePlace } from './postgres-place.ts';
import { clearSocket, removeSocketFolder, socketFolder } from './postgres-socket.ts';
import { type ProcessIdentity, endProcess, isAlive } from '../../host/process-identity.ts';
import { undoneAtExit } from '../../host/exit/undone-at-exit.ts';
import { lastLine, runTool } from '../../host/run-tool.ts';
import { logSince, logSize, serverEnvironment, startServer } from '../server-process.ts';
import { StackError } from '../stack-error.ts';

/** A PostgreSQL server as the state file remembers it. */
export interface PostgresRecord extends ProcessIdentity, Listening {
  version: string;
}

/** Whatever the data folder's own configuration says: the server runs no command and loads no library out of it. */
const noPrograms = {
  ...{
    archive_mode: 'off',
    archive_command: '',
    archive_library: '',
    archive_cleanup_command: '',
    restore_command: '',
  },
  ...{ recovery_end_command: '', ssl: 'off', ssl_passphrase_command: '', primary_conninfo: '' },
  ...{ shared_preload_libraries: '', session_preload_libraries: '', local_preload_libraries: '' },
  ...{ dynamic_library_path: '$libdir', jit_provider: 'llvmjit' },
};
const foreignSignals = ['standby.signal', 'recovery.signal', 'recovery.conf', 'backup_label', 'tablespace_map'];

/**
 * Starts PostgreSQL on the home's data, creating it at the first start, and resolves when the database `gaffer` answers.
 *
 * `remember` is called the moment the process exists, so that no kill after it can orphan the server.
 *
 * @throws StackError `database`, `version-mismatch`, `disk` or `no-account`
 */
export async function startPostgres(options: {
  home: GafferHome;
  env: Readonly<Record<string, string | undefined>>;
  say: (line: string) => void;
  remember: (record: PostgresRecord) => void;
  /** Asked before another version is downloaded; without it, it goes ahead. */
  confirmDownload?: ((question: string) => Promise<boolean>) | undefined;
  /** Folder of the package with the programs; default: the installed one, or the one that wrote the data. */
  packageFolder?: string;
}): Promise<PostgresRecord> {
  const { home, say } = options;
  const { place, account, copyRoot } = await choosePlace(home, say);
  const packageFolder = options.packageFolder ?? (await packageForData(place, { ...options, copyRoot }));
  const binaries = await postgresBinaries({ account, copyRoot, say, packageFolder });
  const leftover = await takeLeftover(place);
  if (leftover) {
    const record = { ...leftover, version: binaries.version };
    options.remember(record);
    await ensureDatabase(databaseUrl(place, record));
    return record;
  }
  const isNew = !existsSync(join(place.folder, 'data'));
  if (isNew) await initialise(place, binaries, account);
  refuseForeign(place);
  const port = place.port ?? (await choosePort());
  const record = await startAt({ ...options, place, account, binaries, copyRoot, port });
  await ensureDatabase(databaseUrl(place, record));
  const { version } = binaries;
  if (place.version !== version || place.port !== port) writePlace(home, { ...place, port, version });
  if (isNew) void flushData(place, binaries, account);
  return record;
}

/** Again while the last server's servants end, and without the port where somebody else has it. */
async function startAt({
  copyRoot,
  port,
  ...start
}: Beginning & { copyRoot: string; port: number }): Promise<PostgresRecord> {
  const { home, say, account, place } = start;
  const deadline = performance.now() + readyWithinMs;
  let listensOnPort = true;
  for (;;) {
    const socket = await socketFolder(home, { account, systemFolder: copyRoot, place });
    clearSocket(socket);
    const outcome = await tryStart({ ...start, at: { socket, port, listensOnPort } });
    if (typeof outcome !== 'string') return outcome;
    if (listensOnPort && /Address already in use/.test(outcome)) {
      say(`PostgreSQL: somebody else has port ${port}, so it is reached by its socket alone`);
      listensOnPort = false;
    } else if (/pre-existing shared memory block/.test(outcome) && performance.now() < deadline) {
      await sleep(200); // The servant processes of a killed server take a moment to notice.
    } else {
      throw startError(home, outcome);
    }
  }
}

/** Gaffer never sets a cluster up to follow another one, nor to be recovered from elsewhere. */
function refuseForeign({ folder }: PostgresPlace): void {
  const found = foreignSignals.find((name) => existsSync(join(folder, 'data', name)));
  if (found === undefined) return;
  const file = join(folder, 'data', found);
  throw new StackError(
    'database',
    `${file} is none of Gaffer's: this database was set up by somebody else and is not started.`,
  );
}

/** Ends the server: open transactions are rolled back, all else is kept. */
export async function endPostgres(record: ProcessIdentity & Partial<Listening>): Promise<void> {
  await endProcess(record, [
    { signal: 'SIGINT', patienceMs: 10_000 },
    { signal: 'SIGQUIT', patienceMs: 5_000 },
  ]);
  if (record.socket !== undefined) removeSocketFolder(record.socket);
}

async function initialise(place: PostgresPlace, { folder }: PostgresBinaries, account?: Account): Promise<void> {
  for (const name of readdirSync(place.folder)) {
    if (/^(draft|password)-/.test(name)) rmSync(join(place.folder, name), { recursive: true, force: true });
  }
  // Renamed when it is whole: a kill half-way leaves no folder that looks like a database.
  const draft = join(place.folder, `draft-${randomUUID()}`);
  const passwordFile = join(place.folder, `password-${randomUUID()}`);
  const remove = (): void => {
    rmSync(passwordFile, { force: true });
    rmSync(draft, { recursive: true, force: true });
  };
  const inOrder = undoneAtExit(remove);
  try {
    writeFileSync(passwordFile, `${place.password}\n`, { mode: 0o600 });
    if (account) chownSync(passwordFile, account.uid, account.gid);
    const args = ['--pgdata', draft, '--username', 'gaffer', '--auth', 'scram-sha-256', '--pwfile', passwordFile];
    // PostgreSQL's own locale: sorting does not depend on what the machine has installed.
    const locale = ['--locale', 'C', '--locale-provider', 'builtin', '--builtin-locale', 'C.UTF-8'];
    const result = await runTool(
      join(folder, 'bin', 'initdb'),
      [...args, '--no-sync', '--encoding', 'UTF8', ...locale],
      {
        timeoutMs: 120_000,
        cwd: '/',
        env: serverEnvironment(process.env),
        account,
      },
    );
    if (result.code !== 0) throw notCreated(place, result);
    chmodSync(draft, 0o700);
    renameSync(draft, join(place.folder, 'data'));
  } finally {
    inOrder();
    remove();
  }
}

function notCreated(place: PostgresPlace, { output, missing }: Awaited<ReturnType<typeof runTool>>): StackError {
  const reason = missing
    ? `its program does not run here (${missing})`
    : lastLine(output.replace(/\ninitdb: removing.*/s, ''));
  const kind = /No space left on device/.test(output) ? 'disk' : 'database';
  return new StackError(
    kind,
    `PostgreSQL could not create its data in ${place.folder}: ${reason}. Or set DATABASE_URL.`,
  );
}

/** `initdb` left the new files to the system's cache, which saves seconds; this makes up for it while work goes on. */
async function flushData(place: PostgresPlace, { folder }: PostgresBinaries, account?: Account): Promise<void> {
  await runTool(join(folder, 'bin', 'initdb'), ['--sync-only', '--pgdata', join(place.folder, 'data')], {
    timeoutMs: 120_000,
    cwd: '/',
    env: serverEnvironment(process.env),
    account,
  });
}

function settingArguments({ socket, port, listensOnPort }: Entrance): string[] {
  const settings = {
    // For tools of people, and workers of earlier versions. It asks them for the password.
    listen_addresses: listensOnPort ? '127.0.0.1' : '',
    port: String(port),
    // A list, whose names may be quoted.
    unix_socket_directories: `"${socket.replaceAll('"', '""')}"`,
    unix_socket_permissions: '0700',
    max_connections: '200',
    log_min_messages: 'warning',
    log_checkpoints: 'off',
    ...noPrograms,
  };
  return Object.entries(settings).flatMap(([key, value]) => ['-c', `${key}=${value}`]);
}

/** What a start has to do with. */
type Beginning = Parameters<typeof startPostgres>[0] & {
  place: PostgresPlace;
  account: Account | undefined;
  binaries: PostgresBinaries;
};

/** Where a server is to listen. */
interface Entrance {
  socket: string;
  port: number;
  /** Not where somebody else has it by now: then at its socket alone. */
  listensOnPort: boolean;
}

async function tryStart({
  home,
  env,
  remember,
  place,
  account,
  binaries,
  at,
}: Beginning & { at: Entrance }): Promise<PostgresRecord | string> {
  const log = join(home.path, 'logs', 'postgres.log');
  const offset = logSize(log);
  const identity = await startServer({
    name: `PostgreSQL (${binaries.folder})`,
    command: join(binaries.folder, 'bin', 'postgres'),
    args: ['-D', join(place.folder, 'data'), ...settingArguments(at)],
    logFile: log,
    cwd: '/',
    env: serverEnvironment(env),
    account: account && { uid: account.uid, gid: account.gid },
  });
  const record = { ...identity, socket: at.socket, port: at.port, version: binaries.version };
  remember(record);
  const deadline = performance.now() + readyWithinMs;
  while (isAlive(identity) && performance.now() < deadline) {
    const postmaster = readPostmaster(place);
    if (postmaster?.pid === identity.pid && postmaster.isReady) return record;
    await sleep(10);
  }
  await endPostgres(record);
  return logSince(log, offset) || `not ready within ${readyWithinMs / 1000} s`;
}

function startError(home: GafferHome, output: string): StackError {
  const cause = /No space left on device/.test(output) ? 'disk' : 'database';
  const reason = output.split('\n').findLast((line) => /FATAL|PANIC|ERROR/.test(line)) ?? lastLine(output);
  const log = join(home.path, 'logs', 'postgres.log');
  return new StackError(cause, `PostgreSQL did not come up: ${reason.trim()}. Its log: ${log}`);
}
