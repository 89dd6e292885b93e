import { randomBytes, randomUUID } from 'node:crypto';
import { linkSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { GafferHome } from './home.ts';

/** File of a home's secret: what lets its owner in. */
export function secretFile(home: GafferHome): string {
  return join(home.path, 'secret');
}

/** The home's secret, 256 random bits as base64url; null when it has none. */
export function readSecret(home: GafferHome): string | null {
  try {
    return readFileSync(secretFile(home), 'utf8').trim() || null;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw error;
  }
}

/** The home's secret, made where there is none, readable by its owner only. Two commands at once get the same. */
export function ensureSecret(home: GafferHome): string {
  const found = readSecret(home);
  if (found !== null) return found;
  const draft = join(home.path, `secret.${randomUUID()}`);
  try {
    writeFileSync(draft, `${randomBytes(32).toString('base64url')}\n`, { mode: 0o600, flush: true });
    // A link is made whole or not at all.
    linkSync(draft, secretFile(home));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  } finally {
    rmSync(draft, { force: true });
  }
  return readSecret(home)!;
}
