import { sayTo, type CommandContext } from '../base/context.ts';
import { openSessionModel, startCrew } from '../work/local-crew.ts';
import { exitCodes } from '../base/exit-codes.ts';
import { UsageError } from '../../domain/errors.ts';
import { takeSignals, whenAborted } from '../base/interruption.ts';
import { wishFor } from '../work/model.ts';
import { openSession, type Session } from '../work/session.ts';
import { localWorkers } from '../work/worker-files.ts';

interface DevOptions {
  detach?: boolean;
  detachedChild?: boolean;
  allowUnsandboxedShell?: boolean;
  yes?: boolean;
}

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
  if (!options.detach) return stay(context, { yes: options.yes === true, unsandboxedShell });
  const { ensureBackground } = await import('../work/background.ts');
  await ensureBackground(context, home, { unsandboxedShell });
  const { findStack } = await import('../../dev/stack.ts');
  const stack = await findStack({ path: home }, context.config.environment);
  if (stack) context.terminal.out(`${stack.temporal.uiUrl ?? stack.temporal.address}\n`);
  context.terminal.err('It runs in the background. `gaffer down` stops it.\n');
  return exitCodes.succeeded;
}

async function stay(
  context: CommandContext,
  { yes, unsandboxedShell }: { yes: boolean; unsandboxedShell: boolean },
): Promise<number> {
  const say = sayTo(context.terminal);
  const interruption = takeSignals();
  try {
    const { taskQueue, webAllow } = context.config;
    const session = await openSession(context, { say, yes, whenAbsent: 'start' });
    try {
      const failed = await startResident(context, session, { taskQueue, webAllow, unsandboxedShell });
      announce(context, session);
      await Promise.race([whenAborted(interruption.signal), ...failed]);
      say('\nStopping. Runs that have not ended are parked; `gaffer watch RUN` goes on with them.');
      return exitCodes.succeeded;
    } finally {
      await session.close();
    }
  } finally {
    interruption.release();
  }
}

async function startResident(
  context: CommandContext,
  session: Session,
  launch: { taskQueue: string; webAllow: string[]; unsandboxedShell: boolean },
): Promise<Promise<never>[]> {
  const { agentDirsFor } = await import('../../definition/load-plan.ts');
  const say = sayTo(context.terminal);
  const model = await openSessionModel(context, session, wishFor(context.config, null), say);
  const { cwd } = context;
  const agentsDirs = agentDirsFor('workflow.yaml', cwd);
  const crew = await startCrew(session, {
    role: 'dev',
    launch,
    model,
    workspace: cwd,
    workflowsDir: cwd,
    agentsDirs,
    retentionMs: context.config.retentionMs,
    say,
  });
  return crew.failed;
}

function announce({ terminal, config }: CommandContext, { stack }: Session): void {
  const { address, uiUrl } = stack.temporal;
  terminal.out(`${uiUrl ?? address}\n`);
  terminal.err(`Ready on task queue ${config.taskQueue} (Temporal at ${address}). Ctrl-C stops it.\n`);
}
