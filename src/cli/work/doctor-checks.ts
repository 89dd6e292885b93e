import { accessSync, constants, existsSync, statfsSync } from 'node:fs';
import { createServer } from 'node:net';
import { dirname } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { inspectDatabase } from '../../client/connection/inspect-database.ts';
import { sandboxHere } from '../../client/crew/sandbox.ts';
import type { Stack } from '../../dev/stack.ts';
import { keyVariable } from '../../config/config.ts';
import { NotTrustedError } from '../../config/trust-store.ts';
import { shellWord } from '../../domain/shell-word.ts';
import type { CommandContext } from '../base/context.ts';

/** One thing that a run needs. `fix` is the way out; null where nothing is to be done. */
export interface Check {
  name: string;
  status: 'ok' | 'warn' | 'fail';
  detail: string;
  fix: string | null;
}

const leastBytes = 1_000_000_000;
const longestAnswerMs = 5000;

/** Looks at everything that a run needs on this machine; starts and changes nothing. */
export async function runChecks(context: CommandContext): Promise<Check[]> {
  const { findHome } = await import('../../config/home.ts');
  const home = findHome({ cwd: context.cwd, env: context.config.environment });
  const { findStack } = await import('../../dev/stack.ts');
  const stack = await findStack(home, context.config.environment).catch((error: Error) => error);
  return [
    checkNode(process.versions.node),
    stack instanceof NotTrustedError ? notTrusted(stack) : checkHome(home.path),
    checkDisk(home.path),
    ...(stack instanceof NotTrustedError ? [] : await checkStack(context, stack)),
    ...(await checkDeployments(stack)),
    await checkSandbox(),
    checkKey(context),
  ];
}

/**
 * @param version such as `20.19.0`
 *
 * @internal
 */
export function checkNode(version: string): Check {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  const isRight = major > 20 || (major === 20 && minor >= 19);
  return isRight ? ok('Node', version) : fail('Node', version, 'install Node 20.19 or newer');
}

function checkHome(path: string): Check {
  try {
    accessSync(nearestFolder(path), constants.W_OK | constants.X_OK);
  } catch (error) {
    const isReadOnly = (error as NodeJS.ErrnoException).code === 'EROFS';
    const why = isReadOnly ? 'the file system is read-only' : 'you may not write there';
    return fail('Home', `${path}: ${why}`, 'set GAFFER_HOME to a folder that you can write to');
  }
  return existsSync(path) ? ok('Home', path) : ok('Home', `${path} (made by the first run)`);
}

function notTrusted({ asks, thing }: NotTrustedError): Check {
  return fail('Home', asks, `look at it; if it may, run: gaffer trust ${shellWord(thing.path)}`);
}

function nearestFolder(path: string): string {
  let folder = path;
  while (!existsSync(folder)) folder = dirname(folder);
  return folder;
}

function checkDisk(path: string): Check {
  const folder = nearestFolder(path);
  const { bavail, bsize } = statfsSync(folder);
  const free = bavail * bsize;
  const detail = `${(free / 1e9).toFixed(1)} GB free`;
  return free >= leastBytes
    ? ok('Disk', detail)
    : fail('Disk', detail, 'make room, or set GAFFER_HOME to another disk');
}

async function checkStack(context: CommandContext, stack: Stack | Error | undefined): Promise<Check[]> {
  const { config } = context;
  if (stack instanceof Error) return [fail('Temporal', stack.message, 'start it, or unset TEMPORAL_ADDRESS')];
  if (config.temporal.isGiven) {
    const url = stack?.databaseUrl ?? config.databaseUrl;
    return [await checkGivenTemporal(context), url === null ? notStarted('Database') : await checkDatabase(url)];
  }
  if (!stack) {
    const database = config.databaseUrl === null ? notStarted('Database') : await checkDatabase(config.databaseUrl);
    return [notStarted('Temporal'), database, await checkPorts()];
  }
  const { target, version, origin, webUi } = stack.temporal;
  const ui = webUi === null ? '' : `, Web UI ${webUi('')}`;
  return [ok('Temporal', `${version} at ${target.address} (${origin})${ui}`), await checkDatabase(stack.databaseUrl)];
}

function notStarted(name: string): Check {
  return ok(name, 'not running; `gaffer run` and `gaffer dev` start one');
}

async function checkGivenTemporal({ config }: CommandContext): Promise<Check> {
  const [{ loadTemporalSettings }, { connectWorker }] = await Promise.all([
    import('../../config/temporal-settings.ts'),
    import('../../workers/connect.ts'),
  ]);
  const target = await loadTemporalSettings(config.environment);
  try {
    const connection = await Promise.race([connectWorker(target), gaveUp()]);
    const { serverVersion } = await connection.workflowService.getSystemInfo({});
    await connection.close();
    return ok('Temporal', `server ${serverVersion} at ${target.address}, namespace ${target.namespace}`);
  } catch {
    const fix = 'check TEMPORAL_ADDRESS, or unset it for the embedded one';
    return fail('Temporal', `does not answer at ${target.address}`, fix);
  }
}

/** Worker versions, where there are any: who is current, and which old ones still have tasks. */
async function checkDeployments(stack: Stack | Error | undefined): Promise<Check[]> {
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
      return { name: 'Versions', status: 'warn', detail, fix };
    });
  } catch {
    return [];
  }
}

async function gaveUp(): Promise<never> {
  await delay(longestAnswerMs);
  throw new Error(`no answer within ${longestAnswerMs / 1000} s`);
}

async function checkDatabase(url: string): Promise<Check> {
  try {
    const { applied, pending } = await inspectDatabase(url);
    const rest = pending === 0 ? '' : `, ${pending} to come with the next command or worker`;
    return ok('Database', `reachable, ${applied} migrations applied${rest}`);
  } catch (error) {
    return fail('Database', (error as Error).message, 'check DATABASE_URL, or unset it for the embedded one');
  }
}

async function checkPorts(): Promise<Check> {
  const taken: number[] = [];
  for (const port of [7233, 8233]) if (!(await isFree(port))) taken.push(port);
  if (taken.length === 0) return ok('Ports', '7233 and 8233 are free');
  return {
    name: 'Ports',
    status: 'warn',
    detail: `${taken.join(' and ')} taken`,
    fix: 'nothing to do: others are chosen',
  };
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)));
  });
}

async function checkSandbox(): Promise<Check> {
  const { sandbox, reason } = await sandboxHere();
  if (sandbox === 'bubblewrap') return ok('Sandbox', reason);
  const fix = 'install bubblewrap (apt install bubblewrap), or --allow-unsandboxed-shell';
  return { name: 'Sandbox', status: 'warn', detail: reason, fix };
}

function checkKey({ config }: CommandContext): Check {
  const variables = Object.keys(config.accounts).map(keyVariable);
  if (variables.length > 0)
    return ok('Model key', `${variables.join(', ')} ${variables.length > 1 ? 'are' : 'is'} set`);
  const fix = 'set ANTHROPIC_API_KEY, here or in .env, for real answers';
  return { name: 'Model key', status: 'warn', detail: 'none: runs use the scripted model', fix };
}

function ok(name: string, detail: string): Check {
  return { name, status: 'ok', detail, fix: null };
}

function fail(name: string, detail: string, fix: string): Check {
  return { name, status: 'fail', detail, fix };
}
