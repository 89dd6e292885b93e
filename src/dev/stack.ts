import { existsSync, rmSync } from 'node:fs';
import { loadTemporalSettings } from '../config/temporal-settings.ts';
import type { GafferHome } from '../config/home.ts';
import { checkHome } from '../config/home-mark.ts';
import type { TemporalTarget } from '../domain/temporal-target.ts';
import { withFileLock } from './file-lock.ts';
import { answersQueries } from './postgres/postgres-database.ts';
import { embeddedUrl } from './postgres/embedded-url.ts';
import { readPlace } from './postgres/postgres-place.ts';
import { endProcess, identify } from '../host/process-identity.ts';
import { leaveToOwners } from './leave-alone.ts';
import { stopGateways } from './gateway/stop-gateways.ts';
import { lockFile, readState, writeState } from './stack-state.ts';
import { enter, prepared, stopServers } from './stack-use.ts';
import { findStrayServers } from './stray-servers.ts';
import { shellFunction } from './temporal/shell-function.ts';
import { type TemporalRecord, embeddedTarget, isTemporalUp } from './temporal/temporal-server.ts';
import { webUiAddress } from './temporal/temporal-server.ts';

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
  /** One line for people per step: what it does and why the step before did not serve. `isDetail`: nobody has to know. */
  say: (line: string, isDetail?: boolean) => void;
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
  const { env = process.env } = options;
  const given = await givenParts(env);
  if (given.temporal && given.databaseUrl) return givenStack(given.temporal, given.databaseUrl);
  return prepared(options, () => startLocked({ ...options, env }, given));
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
    const gateways = await stopGateways(home, stray?.gateways);
    await stopServers(home, {
      temporal: state.temporal ?? stray?.temporal,
      postgres: state.postgres ?? stray?.postgres,
    });
    writeState(home, { ...readState(home), background: false, temporal: null, postgres: null });
    const servers = [
      ...(gateways > 0 ? ['gateway of models'] : []),
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
  const wanted = { temporal: !given.temporal, postgres: !given.databaseUrl };
  const { state, isStarter, leave } = await enter(options, wanted);
  return {
    temporal: given.temporal ?? embeddedTemporal(home, state.temporal)!,
    databaseUrl: given.databaseUrl ?? embeddedUrl(home, state.postgres)!,
    started: isStarter,
    stop: leave,
  };
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
