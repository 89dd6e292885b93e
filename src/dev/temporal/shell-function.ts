import type { GafferHome } from '../../config/home.ts';
import { secretFile } from '../../config/home-secret.ts';
import { frontedName, frontUser } from '../../domain/temporal-target.ts';
import type { TemporalRecord } from './temporal-server.ts';

/**
 * Shell code that has the command `temporal` reach the server of a home, for `eval` in any POSIX shell.
 *
 * A function and no exported variables: a proxy for `temporal` alone must not become one for everything that is started in that shell, and
 * an address would be taken for a server that the user brings. The secret is read when it is needed, and stands in no argument.
 */
export function shellFunction(home: GafferHome, { port, isFronted, program }: TemporalRecord): string {
  const address = `127.0.0.1:${port}`;
  const proxy = `"http://${frontUser}:$(cat ${quote(secretFile(home))})@${address}"`;
  const settings = isFronted
    ? `TEMPORAL_ADDRESS=${frontedName} HTTPS_PROXY=${proxy} NO_PROXY= no_proxy=`
    : `TEMPORAL_ADDRESS=${address}`;
  return `temporal() {\n  ${settings} ${program === undefined ? 'command temporal' : quote(program)} "$@"\n}\n`;
}

function quote(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}
