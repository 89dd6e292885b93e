import { existsSync, rmSync, statSync, utimesSync } from 'node:fs';
import { join } from 'node:path';
import type { GafferHome } from '../config/home.ts';
import { readJsonFile, writeJsonFile } from '../host/json-file.ts';
import type { PostgresRecord } from './postgres/postgres-server.ts';
import { type ProcessIdentity, standingOf } from '../host/process-identity.ts';
import type { TemporalRecord } from './temporal/temporal-server.ts';

/** A process that works with the stack. The last one to leave stops it. */
interface StackUser extends ProcessIdentity {
  id: string;
}

/** What runs in a home, as `stack.json` remembers it. Written under the home's lock only. */
export interface StackState {
  /** Goes on when its users leave; only `gaffer down` stops it. */
  background: boolean;
  users: StackUser[];
  /** Other processes that `gaffer down` ends, such as a background worker. */
  helpers: (ProcessIdentity & { name: string })[];
  temporal: TemporalRecord | null;
  postgres: PostgresRecord | null;
}

// Of a process in another container nobody else can say whether it lives: whoever works with a stack says so now and then.
const freshMs = 60_000;
const touchEveryMs = 10_000;

/** The state with everything dead taken out: a stack of which nothing lives is no background stack any more. */
export function readState(home: GafferHome): StackState {
  const isFresh = silentMs(home) < freshMs;
  const isLiving = (part: unknown): boolean => {
    if (!isIdentity(part)) return false;
    const standing = standingOf(part);
    return standing === 'alive' || (standing === 'unknown' && isFresh);
  };
  const livingOf = (parts: unknown): unknown[] => (Array.isArray(parts) ? parts.filter(isLiving) : []);
  const found = (readJsonFile(stateFile(home)) ?? {}) as Partial<Record<keyof StackState, unknown>>;
  const temporal = isLiving(found.temporal) ? (found.temporal as TemporalRecord) : null;
  const postgres = isLiving(found.postgres) ? (found.postgres as PostgresRecord) : null;
  return {
    background: Boolean(found.background) && Boolean(temporal ?? postgres),
    users: livingOf(found.users) as StackUser[],
    helpers: livingOf(found.helpers) as StackState['helpers'],
    temporal,
    postgres,
  };
}

function silentMs(home: GafferHome): number {
  try {
    return Date.now() - statSync(stateFile(home)).mtimeMs;
  } catch {
    // There is none, or what should be the home is a file: whoever needs the home says so.
    return Infinity;
  }
}

/** Whether there is a state file that cannot be what was written: cut short, or changed by hand. Servers may run all the same. */
export function isStateBroken(home: GafferHome): boolean {
  const file = stateFile(home);
  if (!existsSync(file)) return false;
  const found = readJsonFile(file) as Partial<StackState> | null | undefined;
  const isRecord = (part: unknown): boolean => part === null || isIdentity(part);
  return !(
    found &&
    [found.users, found.helpers].every(Array.isArray) &&
    [found.temporal, found.postgres].every(isRecord)
  );
}

/** Has others know, also those of other containers, that this process works with the stack, until it stops to. */
export function keepFresh(home: GafferHome): { stop(): void } {
  const timer = setInterval(() => touch(stateFile(home)), touchEveryMs);
  timer.unref();
  return { stop: () => clearInterval(timer) };
}

function touch(file: string): void {
  const now = new Date();
  try {
    utimesSync(file, now, now);
  } catch {
    // Somebody removed the home.
  }
}

function isIdentity(found: unknown): found is ProcessIdentity {
  const { pid, stamp } = (found ?? {}) as Partial<ProcessIdentity>;
  return Number.isInteger(pid) && pid! > 0 && typeof stamp === 'string';
}

/** Replaces the state; one that says nothing leaves no file. */
export function writeState(home: GafferHome, state: StackState): void {
  const isEmpty = !state.temporal && !state.postgres && state.users.length === 0 && state.helpers.length === 0;
  if (isEmpty) rmSync(stateFile(home), { force: true });
  else writeJsonFile(stateFile(home), state);
}

/** The lock that guards the state, and with it every start and stop. */
export function lockFile(home: GafferHome): string {
  return join(home.path, 'stack.lock');
}

function stateFile(home: GafferHome): string {
  return join(home.path, 'stack.json');
}
