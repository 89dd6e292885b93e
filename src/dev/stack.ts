import { randomUUID } from 'node:crypto';
import { existsSync, mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { loadTemporalSettings } from '../config/config.ts';
import { type GafferHome, ensureHome } from '../config/home.ts';
import { checkHome } from '../config/home-mark.ts';
import type { TemporalTarget } from '../domain/temporal-target.ts';
import { withFileLock } from './file-lock.ts';
import { answersQueries } from './postgres/postgres-database.ts';
import { readPlace } from './postgres/postgres-place.ts';
import { endPostgres } from './postgres/postgres-server.ts';
import { endProcess, identify, type ProcessIdentity } from '../host/process-identity.ts';
import { bringUpPostgres, bringUpTemporal, embeddedUrl } from './bring-up.ts';
import { clearFrontPlace } from './front/front-place.ts';
import { leaveToOwners } from './leave-alone.ts';
import { toStackError } from './stack-error.ts';
import { type StackState, isStateBroken, keepFresh, lockFile, readState, writeState } from './stack-state.ts';
import { findStrayServers } from './stray-servers.ts';
import { shellFunction } from './temporal/shell-function.ts';
import { type TemporalRecord, embeddedTarget, endTemporal, isTemporalUp } from './temporal/temporal-server.ts';
import { webUiAddress } from './temporal/temporal-server.ts';

/*
 * S1 Starts and stops of a home happen one at a time, under its lock; two commands never start two servers on the same data.
 * S2 A server is in the state file the moment its process exists: whatever is killed afterwards, the next command finds it.
 * S3 A stack is stopped by the last living process that uses it. A killed user does not count; a background stack is
 *    stopped by `stopStack` only.
 * S4 A server that lives and does not answer us is not dead: it is replaced only when nobody who works with it is left.
 */

type Environment = Readonly<Record<string, string | undefined>>;

/** A Temporal server and a database, ready for use. */
export interface Stack {
  temporal: {
    /** How to connect; with a password in it, so it is not for printing. */
    target: TemporalTarget;
    /** Address of a page of its Web UI, by its path, to be opened once; null: we know of none. */
    webUi: ((path: string) => string) | null;
    /** Shell code that has the command `temporal` reach it; null: the command finds it by itself. */
    shell: string | null;
    version: string;
    origin: string;
  };
  /** With the password in it: not for printing. */
  databaseUrl: string;
  /** Whether this process is to stop something: it started it, or took it over from a process that died. */
  started: boolean;
  /**
   * Leaves the stack. What is embedded is stopped when nobody else uses it, with nothing left over. Idempotent.
   *
   * To be called by everybody who called `startStack`, also when `started` is false.
   */
  stop(): Promise<void>;
}

/** How to start a stack. */
export interface StackOptions {
  home: GafferHome;
  env?: Environment;
  /** One line for people per step: what it does and why the step before did not serve. `isFound`: it was there already. */
  say: (line: string, isFound?: boolean) => void;
  /** Asked before the first download or build; without it, it goes ahead. */
  confirmDownload?: (question: string) => Promise<boolean>;
  /** Keep running after this process ends. */
  background?: boolean;
}

/**
 * A stack for this home: what `TEMPORAL_ADDRESS` and `DATABASE_URL` name is used, what is alive is adopted, what is dead is
 * replaced, what is missing is started, both servers at once.
 *
 * @throws HomeError when the home cannot be used, NotTrustedError when it is not ours
 * @throws StackError when a server cannot be had
 */
export async function startStack(options: StackOptions): Promise<Stack> {
  const { home, say, env = process.env } = options;
  const given = await givenParts(env);
  if (given.temporal && given.databaseUrl) return givenStack(given.temporal, given.databaseUrl);
  ensureHome(home);
  try {
    mkdirSync(join(home.path, 'logs'), { recursive: true, mode: 0o700 });
    return await withFileLock(lockFile(home), () => startLocked({ ...options, env }, given), {
      onWait: (pid) => say(`Waiting for process ${pid}, which is starting or stopping the stack of ${home.path}`),
    });
  } catch (error) {
    throw toStackError(error, home.path);
  }
}

/** The stack that is alive already, given ones included; undefined when a part is missing. Starts nothing and need not be stopped. */
export async function findStack(home: GafferHome, env: Environment = process.env): Promise<Stack | undefined> {
  const given = await givenParts(env);
  if (!given.temporal || !given.databaseUrl) checkHome(home.path);
  const state = readState(home);
  const url = given.databaseUrl ?? embeddedUrl(home, state.postgres);
  const temporal = given.temporal ?? embeddedTemporal(home, state.temporal);
  if (!temporal || !url) return undefined;
  const isUp = await Promise.all([
    given.temporal !== null || isTemporalUp(home, state.temporal!),
    given.databaseUrl !== null || answersQueries(url),
  ]);
  return isUp.every(Boolean) ? givenStack(temporal, url) : undefined;
}

/** Stops whatever runs in this home, background stacks included, whoever started it. @returns what was stopped, for people */
export async function stopStack(home: GafferHome): Promise<{ stopped: string[] }> {
  if (!existsSync(home.path)) return { stopped: [] };
  checkHome(home.path);
  // Before the lock is taken: a helper that leaves the stack in good order needs it too.
  const { helpers } = readState(home);
  await Promise.all(helpers.map((helper) => endProcess(helper, [{ signal: 'SIGTERM', patienceMs: 15_000 }])));
  return withFileLock(lockFile(home), async () => {
    const state = readState(home);
    // The file may have been lost or broken while they ran.
    const stray = state.temporal && state.postgres ? null : await findStrayServers(home);
    for (const server of [state.temporal, state.postgres])
      if (server) await leaveToOwners({ name: 'A server', home, server, owners: [] });
    await stopServers(home, {
      temporal: state.temporal ?? stray?.temporal,
      postgres: state.postgres ?? stray?.postgres,
    });
    writeState(home, { ...readState(home), background: false, temporal: null, postgres: null });
    const servers = [
      ...((state.temporal ?? stray?.temporal) ? ['Temporal server'] : []),
      ...((state.postgres ?? stray?.postgres) ? ['PostgreSQL'] : []),
    ];
    return { stopped: [...helpers.map(({ name }) => name), ...servers] };
  });
}

/**
 * Stops whatever runs in this home and removes it with all its data, also what lies outside of it. Cannot be undone.
 *
 * @internal
 */
export async function removeHome(home: GafferHome): Promise<void> {
  await stopStack(home);
  const place = readPlace(home);
  if (place) rmSync(place.folder, { recursive: true, force: true });
  rmSync(home.path, { recursive: true, force: true });
}

/**
 * Has `stopStack` end that process too, first: for a background worker of this home.
 *
 * @internal
 */
export async function addBackgroundHelper(
  home: GafferHome,
  { name, pid }: { name: string; pid: number },
): Promise<void> {
  await withFileLock(lockFile(home), async () => {
    const identity = identify(pid);
    const state = readState(home);
    if (identity) writeState(home, { ...state, helpers: [...state.helpers, { ...identity, name }] });
  });
}

async function startLocked(options: StackOptions & { env: Environment }, given: Given): Promise<Stack> {
  const { home } = options;
  // Two servers on one file would ruin it; PostgreSQL sees to that by itself.
  if (isStateBroken(home)) await stopServers(home, { temporal: (await findStrayServers(home)).temporal });
  const state = readState(home);
  const owners = [...state.users];
  const hadOwner = state.background || owners.length > 0;
  const wasRunning = Boolean(state.temporal ?? state.postgres);
  const before = { temporal: state.temporal?.pid, postgres: state.postgres?.pid };
  state.background ||= options.background ?? false;
  const me = { ...identify(process.pid)!, id: randomUUID() };
  state.users.push(me);
  const remember = (part: Partial<StackState>): void => writeState(home, Object.assign(state, part)); // S2
  const outcomes = await Promise.allSettled([
    given.temporal ? null : bringUpTemporal({ ...options, owners }, state.temporal, remember),
    given.databaseUrl ? null : bringUpPostgres({ ...options, owners }, state.postgres, remember),
  ]);
  const failed = outcomes.find((outcome) => outcome.status === 'rejected');
  if (failed) {
    await leave(home, me.id, { evenBackground: !wasRunning });
    throw failed.reason;
  }
  writeState(home, state);
  const isNew = state.temporal?.pid !== before.temporal || state.postgres?.pid !== before.postgres;
  const watch = keepFresh(home);
  let leaving: Promise<void> | undefined;
  return {
    temporal: given.temporal ?? embeddedTemporal(home, state.temporal)!,
    databaseUrl: given.databaseUrl ?? embeddedUrl(home, state.postgres)!,
    started: !state.background && (isNew || !hadOwner),
    stop() {
      watch.stop();
      return (leaving ??= leaveStack(home, me.id, state));
    },
  };
}

async function leaveStack(home: GafferHome, id: string, known: StackState): Promise<void> {
  // Somebody removed the home under a running stack: nobody else can find these servers any more.
  if (!existsSync(home.path)) return stopServers(home, known);
  await withFileLock(lockFile(home), () => leave(home, id));
}

/** Under the lock: takes a user out, and stops the servers when it was the last (S3). */
async function leave(home: GafferHome, id: string, { evenBackground = false } = {}): Promise<void> {
  const state = readState(home);
  state.users = state.users.filter((user) => user.id !== id);
  if (state.users.length === 0 && (!state.background || evenBackground)) {
    await stopServers(home, state);
    Object.assign(state, { background: false, temporal: null, postgres: null });
  }
  writeState(home, state);
}

async function stopServers(
  home: GafferHome,
  {
    temporal,
    postgres,
  }: { temporal?: ProcessIdentity | null | undefined; postgres?: ProcessIdentity | null | undefined },
): Promise<void> {
  await Promise.all([temporal && endTemporal(temporal), postgres && endPostgres(postgres)]);
  await clearFrontPlace(home, (temporal as TemporalRecord | null | undefined)?.socket);
}

interface Given {
  temporal: Stack['temporal'] | null;
  databaseUrl: string | null;
}

async function givenParts(env: Environment): Promise<Given> {
  const name = ['TEMPORAL_ADDRESS', 'TEMPORAL_PROFILE'].find((variable) => env[variable]?.trim());
  const databaseUrl = env['DATABASE_URL']?.trim() || null;
  if (name === undefined) return { temporal: null, databaseUrl };
  const target = await loadTemporalSettings(env);
  return { temporal: { target, webUi: null, shell: null, version: 'unknown', origin: name }, databaseUrl };
}

function givenStack(temporal: Stack['temporal'], url: string): Stack {
  return { temporal, databaseUrl: url, started: false, stop: () => Promise.resolve() };
}

function embeddedTemporal(home: GafferHome, record: TemporalRecord | null): Stack['temporal'] | null {
  if (!record) return null;
  const { version, serverVersion, origin } = record;
  const webUi = (path: string): string => webUiAddress(home, record, path);
  return {
    ...{ target: embeddedTarget(home, record), webUi, shell: shellFunction(home, record) },
    ...{ version: `${version} (server ${serverVersion})`, origin },
  };
}
