import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { checkHome } from '../config/home-mark.ts';
import { type GafferHome, hasHome } from '../config/home.ts';
import { embeddedUrl } from './postgres/embedded-url.ts';
import { answersQueries } from './postgres/postgres-database.ts';
import { readPlace } from './postgres/postgres-place.ts';
import { readState } from './stack-state.ts';
import type { UseOptions } from './stack-use.ts';

/** Address of the home's database, when it runs, with Temporal beside it or without. Starts nothing. */
export async function findDatabase(home: GafferHome): Promise<string | null> {
  const url = embeddedUrl(home, readState(home).postgres);
  return url !== null && (await answersQueries(url)) ? url : null;
}

/** A database alone, as {@link startDatabase} gives it. */
export interface StartedDatabase {
  /** With the password in it: not for printing. */
  url: string;
  /** Leaves it: it is stopped when nobody else uses it. Idempotent. */
  stop(): Promise<void>;
}

/**
 * The home's database alone, for whoever only looks at what is stored: as it runs, or started where its data lie.
 *
 * @returns null where there are none, unless they are to be made: a folder gets no home by looking
 * @throws HomeError, NotTrustedError, StackError as `startStack` does
 */
export async function startDatabase(
  options: Omit<UseOptions, 'background'> & { creates: boolean },
): Promise<StartedDatabase | null> {
  const { home, creates } = options;
  if (!creates && !hasHome(home)) return null;
  checkHome(home.path);
  const place = readPlace(home);
  if (!creates && !(place && existsSync(join(place.folder, 'data')))) return null;
  const running = embeddedUrl(home, readState(home).postgres);
  if (running && (await answersQueries(running))) return { url: running, stop: () => Promise.resolve() };
  // Most who look meet one that runs, and need nothing of what starts one.
  const { enter, prepared } = await import('./stack-use.ts');
  return prepared(options, async () => {
    const { state, leave } = await enter(options, { temporal: false, postgres: true });
    return { url: embeddedUrl(home, state.postgres)!, stop: leave };
  });
}
