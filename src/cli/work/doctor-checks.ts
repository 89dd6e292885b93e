import { accessSync, constants, existsSync, statfsSync } from 'node:fs';
import { dirname } from 'node:path';
import { foreignPrograms } from '../../client/crew/crew-warnings.ts';
import { sandboxHere } from '../../client/crew/sandbox.ts';
import { believeProject } from '../../client/connection/believe-project.ts';
import { findProjectFile } from '../../client/connection/find-project-file.ts';
import { localServices } from '../../client/crew/service-files.ts';
import { isPortFree } from '../../host/ports.ts';
import { keyVariable } from '../../domain/money/provider-variables.ts';
import type { GafferHome } from '../../config/home.ts';
import type { Stack } from '../../dev/stack.ts';
import { NotTrustedError } from '../../config/trust-store.ts';
import { shellWord } from '../../domain/shell-word.ts';
import type { CommandContext } from '../base/context.ts';
import { fail, ok, warn, type Check } from './check.ts';
import { checkGateway } from './doctor-gateway.ts';
import { checkDeployments, checkServers } from './doctor-servers.ts';

const leastBytes = 1_000_000_000;

/** Looks at everything that a run needs on this machine; starts and changes nothing. */
export async function runChecks(context: CommandContext): Promise<Check[]> {
  const { findHome } = await import('../../config/home.ts');
  const home = findHome({ cwd: context.cwd, env: context.config.environment });
  const { findStack } = await import('../../dev/stack.ts');
  const stack = await findStack(home, context.config.environment).catch((error: Error) => error);
  const databaseUrl = await databaseOf(context, home, stack);
  return [
    checkNode(process.versions.node),
    stack instanceof NotTrustedError ? notTrusted('Home', stack) : checkHome(home.path),
    ...(await checkProject(context)),
    checkDisk(home.path),
    ...(stack instanceof NotTrustedError ? [] : await checkServers(context, stack, databaseUrl)),
    ...(stack === undefined && !context.config.temporal.isGiven ? [await checkPorts()] : []),
    ...(await checkDeployments(stack)),
    ...(stack instanceof NotTrustedError ? [] : await tellServices(home.path)),
    await checkSandbox(),
    ...(await checkGateway(context, home.path, databaseUrl)),
    await checkPrograms(),
    checkKey(context),
  ];
}

/** Address of the database that commands here work with; null: none runs, or it is not ours. */
async function databaseOf({ config }: CommandContext, home: GafferHome, stack: Stack | Error | undefined) {
  if (stack instanceof Error) return null;
  const { findDatabase } = await import('../../dev/database-alone.ts');
  return stack?.databaseUrl ?? config.databaseUrl ?? (await findDatabase(home));
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

/** The project file, where there is one: commands that ask no model have gone on without it. */
async function checkProject({ cwd, config }: CommandContext): Promise<Check[]> {
  const path = findProjectFile(cwd);
  if (path === null) return [];
  try {
    await believeProject(path, config.environment);
    return [ok('Project', path)];
  } catch (error) {
    if (error instanceof NotTrustedError) return [notTrusted('Project', error)];
    const [mistake] = (error as Error).message.split('\n');
    return [fail('Project', mistake!, 'correct it or take it away: until then nothing runs here')];
  }
}

function notTrusted(name: string, { asks, thing }: NotTrustedError): Check {
  return fail(name, asks, `look at it; if it may, run: gaffer trust ${shellWord(thing.path)}`);
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

async function checkPorts(): Promise<Check> {
  const taken: number[] = [];
  for (const port of [7233, 8233]) if (!(await isPortFree(port))) taken.push(port);
  if (taken.length === 0) return ok('Ports', '7233 and 8233 are free');
  return warn('Ports', `${taken.join(' and ')} taken`, 'nothing to do: others are chosen');
}

/** Where programs and pages find the service, where one runs. */
async function tellServices(home: string): Promise<Check[]> {
  const services = await localServices(home);
  return services.map(({ by, url, process: { pid } }) => ok('Service', `${url} (gaffer ${by}, process ${pid})`));
}

async function checkSandbox(): Promise<Check> {
  const { sandbox, reason } = await sandboxHere();
  if (sandbox === 'bubblewrap') return ok('Sandbox', reason);
  const fix = 'install bubblewrap (apt install bubblewrap), or --allow-unsandboxed-shell';
  return warn('Sandbox', reason, fix);
}

/** Programs that agents' tasks can be done by. No run needs one unless its agents say so. */
async function checkPrograms(): Promise<Check> {
  const all = await foreignPrograms();
  const said = all.map(({ name, path, version }) =>
    path === null ? `no ${name}` : `${name} ${version ?? 'of an unknown version'} (${path})`,
  );
  return ok('Runners', said.join(', '));
}

function checkKey({ config }: CommandContext): Check {
  const variables = Object.keys(config.accounts).flatMap((name) => {
    const own = config.providers.find((each) => each.name === name);
    return own ? (own.key ?? []) : [keyVariable(name)];
  });
  const { gateway } = config;
  if (typeof gateway === 'object' && gateway !== null) return ok('Model key', `none here: ${gateway.url} has them`);
  if (variables.length > 0)
    return ok('Model key', `${variables.join(', ')} ${variables.length > 1 ? 'are' : 'is'} set`);
  const fix = 'set ANTHROPIC_API_KEY or OPENAI_API_KEY, here or in .env, for real answers';
  return warn('Model key', 'none: runs use the scripted model', fix);
}
