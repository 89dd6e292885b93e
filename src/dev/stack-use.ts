import { randomUUID } from 'node:crypto';
import { existsSync, mkdirSync } from 'node:fs';
import path from 'node:path';
import { ensureHome, type GafferHome } from '../config/home.ts';
import { identify, isHere, type ProcessIdentity } from '../host/process-identity.ts';
import { undoneAtExit } from '../host/exit/undone-at-exit.ts';
import { bringUpPostgres, bringUpTemporal, type Starting } from './bring-up.ts';
import { withFileLock } from './file-lock.ts';
import { clearFrontPlace } from './front/front-place.ts';
import { stopGateways } from './gateway/stop-gateways.ts';
import { endPostgres } from './postgres/postgres-server.ts';
import { toStackError } from './stack-error.ts';
import { isStateBroken, keepFresh, lockFile, readState, writeState, type StackState } from './stack-state.ts';
import { findStrayServers } from './stray-servers.ts';
import { endTemporal, type TemporalRecord } from './temporal/temporal-server.ts';

/*
 * S1 Starts and stops of a home happen one at a time, under its lock; two commands never start two servers on the same data.
 * S2 A server is in the state file the moment its process exists: whatever is killed afterwards, the next command finds it.
 * S3 A stack is stopped by the last living process that uses it. A killed user does not count; a background stack is
 *    stopped by `stopStack` only.
 * S4 A server that lives and does not answer us is not dead: it is replaced only when nobody who works with it is left.
 */

/** How servers of a home are used. */
export interface UseOptions extends Omit<Starting, 'owners'> {
  /** Keep running after this process ends. */
  background?: boolean;
}

/** Does something in a home that is there and ours, under its lock (S1). */
export async function prepared<Result>(
  { home, say }: Pick<UseOptions, 'home' | 'say'>,
  work: () => Promise<Result>,
): Promise<Result> {
  ensureHome(home);
  try {
    mkdirSync(path.join(home.path, 'logs'), { recursive: true, mode: 0o700 });
    return await withFileLock(lockFile(home), work, {
      onWait: (pid) => say(`Waiting for process ${pid}, which is starting or stopping the stack of ${home.path}`),
    });
  } catch (error) {
    throw toStackError(error, home.path);
  }
}

/** Under the lock: becomes a user of the home's servers, and brings up the wanted ones. */
export async function enter(
  options: UseOptions,
  wanted: { temporal: boolean; postgres: boolean },
): Promise<{ state: StackState; isStarter: boolean; leave: () => Promise<void> }> {
  const { home } = options;
  // Two servers on one file would ruin it; PostgreSQL sees to that by itself.
  if (isStateBroken(home)) await stopServers(home, { temporal: (await findStrayServers(home)).temporal });
  const state = readState(home);
  const owners = [...state.users];
  const hadOwner = state.background || owners.length > 0;
  const wasRunning = Boolean(state.temporal ?? state.postgres);
  const before = { temporal: state.temporal?.pid, postgres: state.postgres?.pid };
  state.background ||= options.background ?? false;
  const { me, inOrder } = join(home, state);
  const remember = (part: Partial<StackState>): void => writeState(home, Object.assign(state, part)); // S2
  const outcomes = await Promise.allSettled([
    wanted.temporal && bringUpTemporal({ ...options, owners }, state.temporal, remember),
    wanted.postgres && bringUpPostgres({ ...options, owners }, state.postgres, remember),
  ]);
  const failed = outcomes.find((outcome) => outcome.status === 'rejected');
  if (failed) {
    await leave(home, me.id, { evenBackground: !wasRunning });
    inOrder();
    throw failed.reason;
  }
  writeState(home, state);
  me.isUp = true;
  const isNew = state.temporal?.pid !== before.temporal || state.postgres?.pid !== before.postgres;
  const watch = keepFresh(home);
  let leaving: Promise<void> | undefined;
  return {
    state,
    isStarter: !state.background && (isNew || !hadOwner),
    leave() {
      watch.stop();
      return (leaving ??= leaveStack(home, me.id, state).then(inOrder));
    },
  };
}

/**
 * S3, for a process that ends now: the servers are told to stop, and do so by themselves. Both lose nothing by it.
 *
 * @internal
 */
export function endAtOnce(home: GafferHome, { id, isUp }: { id: string; isUp: boolean }): void {
  const { background, users, temporal, postgres } = readState(home);
  if (background || users.some((user) => user.id !== id)) return;
  for (const [server, signal] of [
    // The first process of a namespace does not hear of what it does not listen to yet.
    [temporal, isUp ? 'SIGTERM' : 'SIGKILL'],
    [postgres, 'SIGINT'],
  ] as const) {
    try {
      if (server && isHere(server)) process.kill(server.pid, signal);
    } catch {
      // It has just ended by itself; the other one is told all the same.
    }
  }
}

function join(home: GafferHome, state: StackState) {
  const me = { id: randomUUID(), isUp: false };
  state.users.push({ ...identify(process.pid)!, id: me.id });
  return { me, inOrder: undoneAtExit(() => endAtOnce(home, me)) };
}

async function leaveStack(home: GafferHome, id: string, known: StackState): Promise<void> {
  // Somebody removed the home under a running stack: nobody else can find these servers any more.
  if (!existsSync(home.path)) {
    await stopGateways(home);
    return stopServers(home, known);
  }
  await withFileLock(lockFile(home), () => leave(home, id));
}

/** Under the lock: takes a user out, and stops the servers when it was the last (S3). */
async function leave(home: GafferHome, id: string, { evenBackground = false } = {}): Promise<void> {
  const state = readState(home);
  state.users = state.users.filter((user) => user.id !== id);
  if (state.users.length === 0 && (!state.background || evenBackground)) {
    // They write to the database until they end.
    await stopGateways(home);
    await stopServers(home, state);
    Object.assign(state, { background: false, temporal: null, postgres: null });
  }
  writeState(home, state);
}

/** Ends servers of a home, whoever uses them. */
export async function stopServers(
  home: GafferHome,
  {
    temporal,
    postgres,
  }: { temporal?: ProcessIdentity | null | undefined; postgres?: ProcessIdentity | null | undefined },
): Promise<void> {
  await Promise.all([temporal && endTemporal(temporal), postgres && endPostgres(postgres)]);
  await clearFrontPlace(home, (temporal as TemporalRecord | null | undefined)?.socket);
}
