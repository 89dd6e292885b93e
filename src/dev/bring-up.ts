import type { GafferHome } from '../config/home.ts';
import { userCacheDir } from '../config/user-cache-dir.ts';
import type { ProcessIdentity } from '../host/process-identity.ts';
import { leaveToOwners } from './leave-alone.ts';
import { answersQueries } from './postgres/postgres-database.ts';
import { embeddedUrl } from './postgres/embedded-url.ts';
import { readPlace } from './postgres/postgres-place.ts';
import { endHangingPostgres } from './postgres/postgres-leftover.ts';
import { type PostgresRecord, startPostgres } from './postgres/postgres-server.ts';
import type { StackState } from './stack-state.ts';
import { findTemporalBinary } from './temporal/temporal-binary.ts';
import { startTemporal } from './temporal/start-temporal.ts';
import { type TemporalRecord, endTemporal, isTemporalUp } from './temporal/temporal-server.ts';
import { readPin, temporalDataFile } from './temporal/temporal-server.ts';

/** How a server is brought up. */
export interface Starting {
  home: GafferHome;
  env: Readonly<Record<string, string | undefined>>;
  say: (line: string, isDetail?: boolean) => void;
  confirmDownload?: (question: string) => Promise<boolean>;
  /** Living processes that work with the stack already. */
  owners: readonly ProcessIdentity[];
}

/** The home's Temporal server, adopted or started (S4 of stack-use.ts). */
export async function bringUpTemporal(
  { home, env, say, confirmDownload, owners }: Starting,
  running: TemporalRecord | null,
  remember: (part: Partial<StackState>) => void,
): Promise<void> {
  if (running) {
    if (await isTemporalUp(home, running)) return say(temporalLine(running, howItRuns(running)), true);
    await leaveToOwners({ name: 'The Temporal server', home, server: running, owners }); // S4
    say(`Temporal server: process ${running.pid} does not answer, replacing it`);
    await endTemporal(running, 1_000);
  }
  const wish = { env, cache: userCacheDir(env), say, confirmDownload, dataFile: temporalDataFile(home) };
  const binary = await findTemporalBinary({ ...wish, pinned: readPin(home).version });
  const temporal = await startTemporal({
    home,
    binary,
    env,
    say,
    remember: (record) => remember({ temporal: record }),
  });
  say(temporalLine(temporal, `from ${temporal.origin}`), true);
}

/** The home's PostgreSQL, adopted or started (S4 of stack-use.ts). */
export async function bringUpPostgres(
  { home, env, say, confirmDownload, owners }: Starting,
  running: PostgresRecord | null,
  remember: (part: Partial<StackState>) => void,
): Promise<void> {
  const url = embeddedUrl(home, running);
  if (running) {
    if (url && (await answersQueries(url))) {
      return say(`PostgreSQL ${running.version} ${placeOf(running)} (already running${wayOfOld(running)})`, true);
    }
    await leaveToOwners({ name: 'PostgreSQL', home, server: running, owners }); // S4
    say(`PostgreSQL: process ${running.pid} does not answer, replacing it`);
    await endHangingPostgres(running);
  }
  const postgres = await startPostgres({
    home,
    env,
    say,
    confirmDownload,
    remember: (record) => remember({ postgres: record }),
  });
  say(`PostgreSQL ${postgres.version} ${placeOf(postgres)} (embedded, data in ${readPlace(home)?.folder})`, true);
}

function placeOf({ socket, port }: PostgresRecord): string {
  return socket === undefined ? `on 127.0.0.1:${port}` : `on a socket in ${socket} (for your tools: port ${port})`;
}

function wayOfOld({ socket }: PostgresRecord): string {
  return socket === undefined ? '; an earlier version started it, without a socket until `gaffer down`' : '';
}

function howItRuns({ isFronted, isSealed }: TemporalRecord): string {
  if (isFronted || isSealed) return 'already running';
  return 'already running; an earlier version started it: open to this whole machine until `gaffer down`';
}

function temporalLine({ version, port }: TemporalRecord, how: string): string {
  return `Temporal server ${version} on 127.0.0.1:${port} (${how})`;
}
