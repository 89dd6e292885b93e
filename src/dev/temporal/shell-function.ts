import type { GafferHome } from '../../config/home.ts';
import { frontedName } from '../../domain/temporal-target.ts';
import { frontProxyFile } from '../front/front-place.ts';
import type { TemporalRecord } from './temporal-server.ts';

/**
 * Shell code that has the command `temporal` reach the server of a home, for `eval` in any POSIX shell.
 *
 * A function and no exported variables: a proxy for `temporal` alone must not become one for everything that is started in that shell, and
 * an address would be taken for a server that the user brings. Port and password, those of this start, are read when they are
 * needed, and stand in no argument.
 */
export function shellFunction(home: GafferHome, { port, isFronted, program }: TemporalRecord): string {
  const command = `${program === undefined ? 'command temporal' : quote(program)} "$@"`;
  if (!isFronted) return `temporal() {\n  TEMPORAL_ADDRESS=127.0.0.1:${port} ${command}\n}\n`;
  const notUp = `temporal: the server of ${home.path} does not run: \`gaffer dev\` starts it`;
  return [
    // In a shell of its own, for its variable.
    'temporal() (',
    `  proxy=$(cat ${quote(frontProxyFile(home))} 2>/dev/null) || { printf '%s\\n' ${quote(notUp)} >&2; exit 1; }`,
    `  TEMPORAL_ADDRESS=${frontedName} HTTPS_PROXY="$proxy" NO_PROXY= no_proxy= ${command}`,
    ')\n',
  ].join('\n');
}

function quote(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}
