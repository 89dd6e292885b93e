import { resolve } from 'node:path';
import { sayTo, type CommandContext } from '../base/context.ts';
import { namedModules, openTools } from '../../client/crew/own-tools.ts';
import { exitCodes } from '../base/exit-codes.ts';
import { UsageError } from '../../domain/errors.ts';
import { whenAborted } from '../../host/when-aborted.ts';
import { withSession, withSignals } from '../base/with-session.ts';
import type { Session } from '../../client/connection/session.ts';
import { checkFolder } from '../../client/start/check-folder.ts';
import { runsPage, runsQuery } from '../../client/connection/web-pages.ts';
import { keepPort, keptPort, localServices } from '../../client/crew/service-files.ts';
import { localWorkers } from '../../client/crew/worker-files.ts';
import { withGateway } from '../options/gateway-option.ts';
import { pickMetrics, readWorkerOptions } from '../options/worker-options.ts';
import { checkAddress, defaultPort, openService, tellPage, toPort } from '../service/open-service.ts';
import { startResident, type ResidentWishes } from '../service/resident-crew.ts';

interface DevOptions {
  detach?: boolean;
  detachedChild?: boolean;
  allowUnsandboxedShell?: boolean;
  folder?: string[];
  workflows?: string[];
  tools?: string[];
  metrics?: string;
  port?: string;
  gateway?: boolean;
  yes?: boolean;
}

const loopback = '127.0.0.1';

/** Models are asked as the project file says. */
export const asksModels = true;

/** `gaffer dev`: keeps Temporal, database, a worker and the service running, here until Ctrl-C or in the background until `gaffer down`. */
export async function execute(asked: CommandContext, _args: string[], options: DevOptions): Promise<number> {
  const context = withGateway(asked, options);
  const { ensureHome, findHome } = await import('../../config/home.ts');
  const { path: home } = findHome({ cwd: context.cwd, env: context.config.environment });
  ensureHome({ path: home });
  await refuseSecond(home);
  const wishes = await readWishes(context, options);
  if (wishes.port !== undefined) await checkAddress(home, { host: loopback, port: wishes.port });
  if (!options.detach) return stay(context, { yes: options.yes === true, ...wishes });
  const { ensureBackground } = await import('../../client/crew/background.ts');
  await ensureBackground(context, home, { ...wishes, say: sayTo(context) });
  const { findStack } = await import('../../dev/stack.ts');
  const stack = await findStack({ path: home }, context.config.environment);
  if (stack)
    context.terminal.out(
      `${stack.temporal.webUi?.(runsPage(stack.temporal.target.namespace)) ?? stack.temporal.target.address}\n`,
    );
  for (const { url } of await localServices(home))
    await withSession(context, { whenAbsent: 'read' }, (session) => tellPage(context, session, url));
  context.terminal.err('It runs in the background. `gaffer down` stops it.\n');
  return exitCodes.succeeded;
}

async function refuseSecond(home: string): Promise<void> {
  const running = (await localWorkers(home)).find(({ role }) => role === 'dev');
  if (!running) return;
  const { pid } = running.process;
  const service = (await localServices(home)).find(({ process }) => process.pid === pid);
  throw new UsageError(`gaffer ${service?.by ?? 'dev'} runs here already (process ${pid}): \`gaffer down\` stops it.`);
}

interface DevWishes extends ResidentWishes {
  /** undefined: the usual one, or any that is free. */
  port: number | undefined;
}

async function readWishes({ cwd, config }: CommandContext, options: DevOptions): Promise<DevWishes> {
  const unsandboxedShell = options.allowUnsandboxedShell === true || config.allowUnsandboxedShell;
  const given = (flag: string, names: string[] = []): string[] =>
    names.map((folder) => checkFolder(flag, resolve(cwd, folder)));
  const folders = given('--folder', options.folder);
  const workflows = given('--workflows', options.workflows);
  const tools = namedModules(cwd, options.tools);
  const { metricsAddress } = readWorkerOptions(pickMetrics(options), config.worker);
  const port = options.port === undefined ? undefined : toPort(options.port);
  await openTools(tools, [cwd, ...folders, ...workflows]);
  return { unsandboxedShell, folders, workflows, tools, metricsAddress, port };
}

function stay(context: CommandContext, { yes, port, ...wishes }: DevWishes & { yes: boolean }): Promise<number> {
  return withSignals(context, ({ signal }) =>
    withSession(context, { whenAbsent: 'start', yes }, async (session) => {
      const failed = await startResident(session, wishes);
      const { url, drain } = await openService(session, {
        ...{ by: 'dev', host: loopback, port: port ?? (await usualPort(session)) },
        ...{ folders: [...wishes.folders, ...wishes.workflows], startsWorkers: session.startsWorkers },
      });
      await announce(context, session);
      await tellPage(context, session, url);
      await Promise.race([whenAborted(signal), ...failed]);
      session.say('\nStopping. Runs that have not ended are parked; `gaffer watch RUN` goes on with them.');
      await drain();
      return exitCodes.succeeded;
    }),
  );
}

/** The one that it had before, or the usual one, where that is free; kept for the next time. */
async function usualPort({ home, say }: Session): Promise<number> {
  const { choosePort } = await import('../../host/ports.ts');
  const wanted = keptPort(home) ?? defaultPort;
  const port = await choosePort(wanted);
  if (port !== wanted) say(`port ${wanted} is taken, using ${port}: pages that are open look for it at ${wanted}`);
  keepPort(home, port);
  return port;
}

async function announce({ terminal, config }: CommandContext, session: Session): Promise<void> {
  const { stack } = await session.servers();
  const { target, webUi } = stack.temporal;
  terminal.out(`${webUi?.(runsPage(target.namespace)) ?? target.address}\n`);
  terminal.err(`Ready on task queue ${config.taskQueue} (Temporal at ${target.address}). Ctrl-C stops it.\n`);
  terminal.err(`Runs without their tasks, in the Web UI and with \`temporal workflow list --query\`: ${runsQuery}\n`);
}
