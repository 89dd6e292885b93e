import { once } from 'node:events';
import { closeSync, openSync } from 'node:fs';
import module from 'node:module';
import { fileURLToPath } from 'node:url';
import { setTimeout as sleep } from 'node:timers/promises';
import { loaderOf } from '../../host/package/loader-of.ts';
import { endProcess, identify } from '../../host/process-identity.ts';
import { lastLine } from '../../host/run-tool.ts';
import { spawnChild } from '../../host/spawn-child.ts';
import { logSince, logSize, rotateLog } from '../server-process.ts';
import { StackError } from '../stack-error.ts';
import type { GatewayOrder, GatewayReport, PlacedOrder } from './gateway-order.ts';
import { clearSockets, type GatewayPlace, writeRecord } from './gateway-place.ts';

// Not on every Node that we support.
const { getCompileCacheDir } = module as { getCompileCacheDir?: () => string | undefined };
const program = import.meta.url.replace(/start-gateway-process\.(js|ts)$/, 'gateway-main.$1');

/** Generous: a database that starts at the same time takes connections late, on a busy machine. */
const upWithinMs = 45_000;

/** How to start one, and where it listens. */
export interface GatewayStart {
  /** The home that it is of, by its real name. */
  home: string;
  place: GatewayPlace;
  order: GatewayOrder;
  env: Record<string, string>;
  logFile: string;
}

/**
 * Starts a gateway in a process of its own, which neither Ctrl-C nor the death of this one ends; resolves when it listens.
 *
 * @throws StackError `no-server` with what it said
 */
export async function startGatewayProcess({ home, place, order, env, logFile }: GatewayStart): Promise<void> {
  rotateLog(logFile);
  const offset = logSize(logFile);
  const log = openSync(logFile, 'a', 0o600);
  try {
    // What the command has compiled of our code need not be compiled again.
    const compiled = getCompileCacheDir?.();
    const child = spawnChild(process.execPath, [...loaderOf(program), fileURLToPath(program), home, place.socket], {
      ...{
        cwd: home,
        env: { ...env, ...(compiled && { NODE_COMPILE_CACHE: compiled }) },
        detached: true,
        stdio: ['ignore', log, log, 'ipc'],
      },
    });
    const ended = Promise.race([once(child, 'exit'), once(child, 'error')]).then(() => undefined);
    const identity = child.pid === undefined ? undefined : identify(child.pid);
    if (identity) writeRecord(place, { ...identity, home, socket: place.socket, since: new Date().toISOString() });
    const placed: PlacedOrder = { ...order, place };
    const reported = once(child, 'message').then(([report]) => report as GatewayReport);
    child.send(placed, () => undefined);
    const report = await Promise.race([reported, ended, sleep(upWithinMs, undefined, { ref: false })]);
    if (report?.isUp) {
      child.unref();
      return;
    }
    if (identity) await endProcess(identity, []);
    clearSockets(place);
    const why = report?.reason ?? (lastLine(logSince(logFile, offset)) || 'it said nothing');
    throw new StackError('no-server', `the gateway of models did not come up: ${why}. Its log: ${logFile}`);
  } finally {
    closeSync(log);
  }
}
