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
import { localWorkers } from '../../client/crew/worker-files.ts';
import { pickMetrics, readWorkerOptions } from '../options/worker-options.ts';
import { startResident, type ResidentWishes } from '../service/resident-crew.ts';

interface DevOptions {
  detach?: boolean;
  detachedChild?: boolean;
  allowUnsandboxedShell?: boolean;
  folder?: string[];
  workflows?: string[];
  tools?: string[];
  metrics?: string;
  yes?: boolean;
}

/** Models are asked as the project file says. */
export const asksModels = true;

/** `gaffer dev`: keeps Temporal, database and a worker running, here until Ctrl-C or in the background until `gaffer down`. */
export async function execute(context: CommandContext, _args: string[], options: DevOptions): Promise<number> {
  const { ensureHome, findHome } = await import('../../config/home.ts');
  const { path: home } = findHome({ cwd: context.cwd, env: context.config.environment });
  ensureHome({ path: home });
  const running = (await localWorkers(home)).find(({ role }) => role === 'dev');
  if (running) {
    throw new UsageError(`gaffer dev runs here already (process ${running.process.pid}): \`gaffer down\` stops it.`);
  }
  const unsandboxedShell = options.allowUnsandboxedShell === true || context.config.allowUnsandboxedShell;
  const given = (flag: string, names: string[] = []): string[] =>
    names.map((folder) => checkFolder(flag, resolve(context.cwd, folder)));
  const folders = given('--folder', options.folder);
  const workflows = given('--workflows', options.workflows);
  const tools = namedModules(context.cwd, options.tools);
  const { metricsAddress } = readWorkerOptions(pickMetrics(options), context.config.worker);
  const wishes = { unsandboxedShell, folders, workflows, tools, metricsAddress };
  await openTools(tools, [context.cwd, ...folders, ...workflows]);
  if (!options.detach) return stay(context, { yes: options.yes === true, ...wishes });
  const { ensureBackground } = await import('../../client/crew/background.ts');
  await ensureBackground(context, home, { ...wishes, say: sayTo(context) });
  const { findStack } = await import('../../dev/stack.ts');
  const stack = await findStack({ path: home }, context.config.environment);
  if (stack)
    context.terminal.out(
      `${stack.temporal.webUi?.(runsPage(stack.temporal.target.namespace)) ?? stack.temporal.target.address}\n`,
    );
  context.terminal.err('It runs in the background. `gaffer down` stops it.\n');
  return exitCodes.succeeded;
}

function stay(context: CommandContext, { yes, ...wishes }: ResidentWishes & { yes: boolean }): Promise<number> {
  return withSignals(context, ({ signal }) =>
    withSession(context, { whenAbsent: 'start', yes }, async (session) => {
      const failed = await startResident(session, wishes);
      await announce(context, session);
      await Promise.race([whenAborted(signal), ...failed]);
      session.say('\nStopping. Runs that have not ended are parked; `gaffer watch RUN` goes on with them.');
      return exitCodes.succeeded;
    }),
  );
}

async function announce({ terminal, config }: CommandContext, session: Session): Promise<void> {
  const { stack } = await session.servers();
  const { target, webUi } = stack.temporal;
  terminal.out(`${webUi?.(runsPage(target.namespace)) ?? target.address}\n`);
  terminal.err(`Ready on task queue ${config.taskQueue} (Temporal at ${target.address}). Ctrl-C stops it.\n`);
  terminal.err(`Runs without their tasks, in the Web UI and with \`temporal workflow list --query\`: ${runsQuery}\n`);
}
