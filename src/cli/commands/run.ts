import { resolve } from 'node:path';
import { sayTo, toJson, type CommandContext } from '../context.ts';
import { loadDefinition } from '../definition.ts';
import { exitCodes } from '../exit-codes.ts';
import { takeSignals } from '../interruption.ts';
import { UsageError } from '../fail.ts';
import { handedOver, launchRun, misfitOf, type LaunchSettings } from '../launch.ts';
import { loadScript } from '../model.ts';
import { followRun } from '../run-crew.ts';
import { checkFolder, checkRunId, newRunId, type DefinitionOptions } from '../run-options.ts';
import { openSession, webAddress } from '../session.ts';
import { localWorkers } from '../worker-files.ts';

interface RunOptions extends DefinitionOptions {
  id?: string;
  board?: string;
  script?: string;
  allowUnsandboxedShell?: boolean;
  detach?: boolean;
  yes?: boolean;
  json?: boolean;
}

/** `gaffer run FILE`: checks the definition first, then starts what is missing, the run, and follows it to its end. */
export async function execute(context: CommandContext, [file]: string[], options: RunOptions): Promise<number> {
  const runId = options.id === undefined ? undefined : checkRunId(options.id);
  const { plan, agentsDirs } = await loadDefinition(context, file!, options);
  const settings: LaunchSettings = {
    plan,
    runId: runId ?? newRunId(plan.name),
    board: options.board,
    agentsDirs,
    script: options.script === undefined ? null : resolve(context.cwd, options.script),
    unsandboxedShell: options.allowUnsandboxedShell === true || context.config.allowUnsandboxedShell,
  };
  await checkLaunch(context, settings, options);
  return options.detach ? runDetached(context, settings, options) : runAttached(context, settings, options);
}

/** Finds what would otherwise only be noticed once everything runs. @throws UsageError */
async function checkLaunch(
  { config }: CommandContext,
  { plan, script }: LaunchSettings,
  { detach }: RunOptions,
): Promise<void> {
  const isElsewhere = detach && config.temporal.isGiven && config.databaseUrl !== null;
  if (!isElsewhere) checkFolder('workspace', plan.workspace);
  if (script === null) return;
  if (detach)
    throw new UsageError('--script does not go with --detach: a background stack answers with its own model.');
  await loadScript(script);
}

async function runAttached(context: CommandContext, settings: LaunchSettings, options: RunOptions): Promise<number> {
  const interruption = takeSignals();
  try {
    const session = await openSession(context, {
      say: sayTo(context.terminal),
      yes: options.yes === true,
      whenAbsent: 'start',
    });
    try {
      if (interruption.signal.aborted) {
        context.terminal.err('Interrupted before the run began: nothing of it is left.\n');
        return exitCodes.parked;
      }
      const { handle, crew } = await launchRun(context, session, settings);
      return await followRun({
        context,
        session,
        handle,
        interruption,
        workerFailed: crew.failed,
        isScripted: crew.launch.model === 'scripted',
        limitUsd: crew.launch.model === 'anthropic' ? settings.plan.limits.usd : null,
        json: options.json === true,
        next: [`gaffer show ${settings.runId}`, `gaffer transcript ${settings.runId}`],
      });
    } finally {
      await session.close();
    }
  } finally {
    interruption.release();
  }
}

async function runDetached(context: CommandContext, settings: LaunchSettings, options: RunOptions): Promise<number> {
  const { terminal, config } = context;
  const [{ ensureHome, findHome }, { ensureBackground }] = await Promise.all([
    import('../../config/home.ts'),
    import('../background.ts'),
  ]);
  const { path: home } = findHome({ cwd: context.cwd, env: context.config.environment });
  ensureHome({ path: home });
  const isElsewhere = config.temporal.isGiven && config.databaseUrl !== null;
  const { unsandboxedShell } = settings;
  const findResident = async () => (await localWorkers(home)).find(({ role }) => role === 'dev');
  const running = await findResident();
  const misfit = running && misfitOf(config, running.launch, { unsandboxedShell });
  if (misfit) throw new UsageError(`the background stack ${misfit}: \`gaffer down\` stops it, then run this again.`);
  if (!isElsewhere && !running) await ensureBackground(context, home, { unsandboxedShell });
  const session = await openSession(context, {
    say: sayTo(terminal),
    yes: options.yes === true,
    whenAbsent: 'fail',
  });
  try {
    const launch = (await findResident())?.launch ?? handedOver(context, unsandboxedShell);
    const { plan, runId, board } = settings;
    const client = await session.connect(launch.taskQueue);
    const handle = await client.start({ plan, runId, launch, ...(board === undefined ? {} : { board }) });
    const address = webAddress(session, handle.webPath);
    if (options.json) terminal.out(toJson({ runId, webUi: address }));
    else terminal.out(`${runId}\n`);
    const stops = isElsewhere ? '' : ', `gaffer down` stops the stack';
    terminal.err(`Started. \`gaffer watch ${runId}\` shows it${stops}.\n`);
    if (address) terminal.err(`Web UI: ${address}\n`);
    return exitCodes.succeeded;
  } finally {
    await session.close();
  }
}
