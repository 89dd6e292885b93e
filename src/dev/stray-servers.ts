import { realpathSync } from 'node:fs';
import { join } from 'node:path';
import type { GafferHome } from '../config/home.ts';
import { identify, type ProcessIdentity } from '../host/process-identity.ts';
import { runTool } from '../host/run-tool.ts';
import { realHome } from './gateway/gateway-place.ts';
import { readPlace } from './postgres/postgres-place.ts';
import { temporalDataFile } from './temporal/temporal-server.ts';

/** Servers of a home as the system's list of processes has them: for when the home does not know itself. */
export async function findStrayServers(
  home: GafferHome,
): Promise<{ temporal: ProcessIdentity | null; postgres: ProcessIdentity | null; gateways: ProcessIdentity[] }> {
  const { output } = await runTool('ps', ['-ww', '-A', '-o', 'pid=,ppid=,args='], {
    timeoutMs: 10_000,
    maxOutput: 8_000_000,
  });
  const lines = output.split('\n').flatMap((line) => {
    const [, pid, parent, args] = /^\s*(\d+) +(\d+) (.*)$/.exec(line) ?? [];
    return args === undefined ? [] : [{ pid: Number(pid), parent: Number(parent), args: `${args} ` }];
  });
  const find = (words: string | undefined): ProcessIdentity | null => {
    const line = words === undefined ? undefined : lines.find(({ args }) => args.includes(words));
    // A server behind a front ends with that, which ends with it: the front is whom the home would know.
    const front = lines.find(({ pid, args }) => pid === line?.parent && /\bfront-main\.[jt]s /.test(args));
    return (line && identify((front ?? line).pid)) ?? null;
  };
  const place = readPlace(home);
  const gateways = lines.filter(
    ({ args }) => /\bgateway-main\.[jt]s /.test(args) && args.includes(` ${realHome(home)} `),
  );
  return {
    gateways: gateways.flatMap(({ pid }) => identify(pid) ?? []),
    temporal:
      find(` --db-filename ${temporalDataFile({ path: realpathSync(home.path) })} `) ??
      find(` --db-filename ${temporalDataFile(home)} `),
    postgres: find(place && `postgres -D ${join(place.folder, 'data')} `),
  };
}
