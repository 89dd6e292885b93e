import type { Plan } from '../../domain/plan/plan.ts';
import { resolve } from 'node:path';
import type { CommandContext } from '../base/context.ts';
import { readDefinition } from '../work/read-definition.ts';
import { checkScripts } from '../../config/trusted-scripts.ts';
import { checkServers } from '../../config/trusted-servers.ts';
import { readLabels } from '../../domain/run-labels.ts';
import { UsageError } from '../../domain/errors.ts';
import { findRun } from '../../client/follow/find-run.ts';
import type { LaunchSettings } from '../../client/start/launch.ts';
import { loadScript } from '../../client/crew/model.ts';
import { scriptBeside } from '../../client/crew/script-beside.ts';
import { withGateway } from '../options/gateway-option.ts';
import { namedDefinition } from '../options/named-definition.ts';
import type { DefinitionOptions } from '../options/run-options.ts';
import { readPriority, readStartTime, type TurnOptions } from '../options/start-time.ts';
import { reuseLines } from '../show/reuse-lines.ts';
import { checkChosenWorkspaces } from '../../client/start/chosen-workspace.ts';
import { checkFolder } from '../../client/start/check-folder.ts';
import { lineageOf } from '../../client/start/lineage.ts';
import { lookAtFiles } from '../../client/start/look-at-files.ts';
import { checkRunId, newRunId } from '../../client/start/run-id.ts';
import type { Session } from '../../client/connection/session.ts';
import { isElsewhere as isRemote } from '../work/resident.ts';
import { StartClock } from '../work/start-clock.ts';
import { startRun, type StartOptions } from '../work/start-run.ts';
import { asFlags } from '../base/as-flags.ts';

interface RunOptions extends DefinitionOptions, StartOptions, TurnOptions {
  id?: string;
  board?: string;
  script?: string;
  allowUnsandboxedShell?: boolean;
  reuse?: string;
  gateway?: boolean;
  timings?: boolean;
  each?: string;
  parallel?: string;
  label?: string[];
}

/** Models are asked as the project file says. */
export const asksModels = true;

/** `gaffer run FILE`: checks the definition first, then starts what is missing, the run, and follows it to its end. */
export async function execute(asked: CommandContext, [named]: string[], options: RunOptions): Promise<number> {
  const clock = options.timings ? new StartClock() : undefined;
  clock?.ends('command');
  const context = withGateway(asked, options);
  if (hasMany(options)) return (await import('../work/run-each.ts')).runEach(context, named, options);
  const source = await namedDefinition(context.cwd, named, options);
  const runId = options.id === undefined ? undefined : checkRunId(options.id);
  const labels = options.label && readLabels(options.label);
  const turn = { priority: readPriority(options.priority), startAt: readStartTime(options) };
  const { plan, agentsDirs, text, file, tools } = await readDefinition(context, source, {
    ...options,
    isElsewhere: isElsewhere(context, options),
  });
  checkScripts(plan);
  checkServers(plan);
  if (file !== null && !isElsewhere(context, options)) {
    const isGiven = (options.workspace ?? options.projectDir) !== undefined;
    await checkChosenWorkspaces({ plan, text }, { cwd: context.cwd, file, isGiven });
  }
  const unsandboxedShell = options.allowUnsandboxedShell === true || context.config.allowUnsandboxedShell;
  const settings: LaunchSettings = {
    plan,
    runId: runId ?? newRunId(plan.name),
    board: options.board,
    agentsDirs,
    script: await scriptFor(context, { file, plan }, options),
    unsandboxedShell,
    tools,
    ...turn,
    ...(labels && { labels }),
  };
  await checkLaunch(context, settings, options);
  clock?.ends('definition');
  return startRun(context, { ...options, unsandboxedShell, tools, ...(clock && { clock }) }, async (session) =>
    options.reuse === undefined ? settings : withReuse(context, session, { settings, earlier: options.reuse, file }),
  );
}

/** Whether there is a run for each of many lines. @throws UsageError */
function hasMany(options: RunOptions): options is RunOptions & { each: string } {
  if (options.each !== undefined) return true;
  if (options.parallel === undefined) return false;
  throw new UsageError(
    '--parallel says how many runs of --each are open at a time; `limits.max_parallel` of the file is for its tasks.',
  );
}

/** The scripted model's rules: those that were named, else those that lie beside the file and are trusted. */
async function scriptFor(
  context: CommandContext,
  { file, plan }: { file: string | null; plan: Plan },
  options: RunOptions,
): Promise<string | null> {
  const { cwd, config, terminal } = context;
  if (options.script !== undefined) return resolve(cwd, options.script);
  // A background stack answers with its own model.
  if (options.detach || file === null) return null;
  const { script, note } = await scriptBeside(config, { cwd, file, plan });
  if (note !== null) terminal.err(`${asFlags(note)}\n`);
  return script;
}

/** Finds what would otherwise only be noticed once everything runs. @throws UsageError */
async function checkLaunch(
  context: CommandContext,
  { plan, script }: LaunchSettings,
  options: RunOptions,
): Promise<void> {
  if (!isElsewhere(context, options)) checkFolder('workspace', plan.workspace);
  if (script === null) return;
  if (options.detach)
    throw new UsageError('--script does not go with --detach: a background stack answers with its own model.');
  await loadScript(script);
}

function isElsewhere(context: CommandContext, { detach }: RunOptions): boolean {
  return detach === true && isRemote(context);
}

/** The same launch, with every result of an earlier run taken over that is unchanged; says which. */
async function withReuse(
  { terminal, cwd }: CommandContext,
  session: Session,
  { settings, earlier, file }: { settings: LaunchSettings; earlier: string; file: string | null },
): Promise<LaunchSettings> {
  const { store } = session;
  const { plan, agentsDirs } = settings;
  const row = await findRun(session, earlier);
  const known = [...(file === null ? [] : [resolve(cwd, file)]), ...agentsDirs];
  const lineage = await lookAtFiles(session, lineageOf('reuse', row), { plan, row, known });
  const [planned, state] = await Promise.all([store.runs.planReuse(plan, lineage), store.events.state(row.runKey)]);
  const lines = reuseLines(plan, planned, { state, lineage, colors: terminal.colors });
  terminal.err(`Reuses ${row.runId}:\n${lines.join('\n')}\n`);
  return { ...settings, lineage };
}
