import type { GafferHome } from '../../config/home.ts';
import { databaseUrl } from './postgres-database.ts';
import { readPlace } from './postgres-place.ts';
import type { PostgresRecord } from './postgres-server.ts';

/** Address of the home's database, with its password; null: it does not run. */
export function embeddedUrl(home: GafferHome, postgres: PostgresRecord | null): string | null {
  const place = readPlace(home);
  return place && postgres ? databaseUrl(place, postgres) : null;
}
