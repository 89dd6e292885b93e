import { homedir } from 'node:os';
import { isAbsolute, join } from 'node:path';

/** The user's cache for what several projects share: `XDG_CACHE_HOME` or `~/.cache`, then `gaffer`. Touches nothing. */
export function userCacheDir(env: Readonly<Record<string, string | undefined>> = process.env): string {
  const given = env['XDG_CACHE_HOME'];
  // The XDG rules say that a relative value must be ignored.
  const base = given && isAbsolute(given) ? given : join(env['HOME'] || homedir(), '.cache');
  return join(base, 'gaffer');
}
