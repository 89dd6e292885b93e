import { hostname } from 'node:os';
import { setTimeout as delay } from 'node:timers/promises';
import { inspectDatabase } from '../../client/connection/inspect-database.ts';
import { inspectTemporal, type TemporalState } from '../../client/connection/inspect-temporal.ts';
import type { Stack } from '../../dev/stack.ts';
import { ConfigError } from '../../config/environment.ts';
import type { TemporalTarget } from '../../domain/temporal-target.ts';
import type { CommandContext } from '../base/context.ts';
import { fail, ok, warn, type Check } from './check.ts';

/** Below so many connections the next worker or command may get none. */
const leastFree = 10;
const longestAnswerMs = 5000;

/** Asks Temporal and the database what a run will ask them. `stack`: what was found, or why it was not; the database may run alone. */
export async function checkServers(
  context: CommandContext,
  stack: Stack | Error | undefined,
  databaseUrl: string | null,
): Promise<Check[]> {
  if (stack instanceof Error) {
    const fix = stack instanceof ConfigError ? 'give it as said, or unset it' : 'start it, or unset TEMPORAL_ADDRESS';
    return [fail('Temporal', stack.message, fix)];
  }
  const database = databaseUrl === null ? notStarted('Database') : await checkDatabase(databaseUrl);
  const target = stack?.temporal.target ?? (await givenTarget(context));
  if (!target) return [notStarted('Temporal'), database];
  return [...(await checkTemporal(context, target, stack)), database];
}

function notStarted(name: string): Check {
  return ok(name, 'not running; `gaffer run` and `gaffer dev` start one');
}

async function givenTarget({ config }: CommandContext): Promise<TemporalTarget | null> {
  if (!config.temporal.isGiven) return null;
  const { loadTemporalSettings } = await import('../../config/temporal-settings.ts');
  return loadTemporalSettings(config.environment);
}

async function checkTemporal(
  { config }: CommandContext,
  target: TemporalTarget,
  stack: Stack | undefined,
): Promise<Check[]> {
  try {
    const { taskQueue } = config;
    const state = await inspectTemporal(target, { taskQueue, host: config.host ?? hostname() });
    return [ok('Temporal', serverLine(target, state, stack)), checkWorkers(state, taskQueue)];
  } catch (error) {
    return [
      fail('Temporal', (error as Error).message, 'check the `TEMPORAL_…` variables, or set none for the embedded one'),
    ];
  }
}

function serverLine({ address, namespace }: TemporalTarget, { serverVersion }: TemporalState, stack?: Stack): string {
  const { origin, version, webUi } = stack?.temporal ?? { origin: '', version: '', webUi: null };
  if (webUi === null) return `server ${serverVersion} at ${address}, namespace ${namespace}`;
  return `${version} at ${address} (${origin}), Web UI ${webUi('')}`;
}

/**
 * Who would take a run up that its own command does not work on.
 *
 * @internal
 */
export function checkWorkers({ workers, toolWorkers }: TemporalState, taskQueue: string): Check {
  const queue = `task queue ${taskQueue}`;
  if (workers === 0) {
    const fix = 'start one with `gaffer worker` for detached runs and those of programs; `gaffer run` works on its own';
    return warn('Workers', `none on ${queue}`, fix);
  }
  const count = `${workers} on ${queue}`;
  return ok('Workers', toolWorkers === 0 ? `${count}, on other hosts` : `${count}, ${toolWorkers} of this host`);
}

async function checkDatabase(url: string): Promise<Check> {
  try {
    return databaseCheck(await inspectDatabase(url));
  } catch (error) {
    return fail('Database', (error as Error).message, 'check DATABASE_URL, or unset it for the embedded one');
  }
}

/**
 * What a database is good for.
 *
 * @internal
 */
export function databaseCheck({
  applied,
  pending,
  canCreate,
  connections: { used, most },
}: Awaited<ReturnType<typeof inspectDatabase>>): Check {
  const rest = pending === 0 ? '' : `, ${pending} to come with the next command or worker`;
  const detail = `reachable, ${applied} migrations applied${rest}, ${used} of ${most} connections taken`;
  if (pending > 0 && !canCreate) {
    const fix = 'its user has to own the database, or needs grant create, usage on its schema';
    return fail('Database', `${detail}; the user of DATABASE_URL may not make tables`, fix);
  }
  if (most - used >= leastFree) return ok('Database', detail);
  return warn(
    'Database',
    detail,
    'fewer for each worker (GAFFER_DATABASE_CONNECTIONS), or more there (max_connections)',
  );
}

/** Worker versions, where there are any: who is current, and which old ones still have tasks. */
export async function checkDeployments(stack: Stack | Error | undefined): Promise<Check[]> {
  if (!stack || stack instanceof Error) return [];
  const [{ connectWorker }, { listDeployments }] = await Promise.all([
    import('../../workers/connect.ts'),
    import('../../workers/deployment.ts'),
  ]);
  const { target } = stack.temporal;
  try {
    const connection = await Promise.race([connectWorker(target), gaveUp()]);
    const states = await listDeployments(connection, target.namespace);
    await connection.close();
    return states.map(({ name, current, others }) => {
      const old = others.map(({ buildId, state }) => `${buildId} ${state}`).join(', ');
      const detail = `${name}: ${current ?? 'no version'} is current${old && `; ${old}`}`;
      if (current !== null) return ok('Versions', detail);
      const fix = `gaffer worker --deployment ${name} --build-id ID --make-current; until then its workers get nothing new`;
      return warn('Versions', detail, fix);
    });
  } catch {
    return [];
  }
}

async function gaveUp(): Promise<never> {
  await delay(longestAnswerMs);
  throw new Error(`no answer within ${longestAnswerMs / 1000} s`);
}
