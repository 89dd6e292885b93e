import { checkChosenWorkspaces } from '../../client/start/chosen-workspace.ts';
import { checkFolder } from '../../client/start/check-folder.ts';
import { createSchedules } from '../../client/schedules/create-schedules.ts';
import { checkTiming } from '../../client/schedules/schedule-timing.ts';
import type { Overlap, ScheduleTiming } from '../../client/schedules/schedules.ts';
import { checkScripts } from '../../config/trusted-scripts.ts';
import { readLabels } from '../../domain/run-labels.ts';
import { UsageError } from '../../domain/errors.ts';
import { formatDate } from '../../domain/format.ts';
import { toJson, type CommandContext } from '../base/context.ts';
import { exitCodes } from '../base/exit-codes.ts';
import { withSession } from '../base/with-session.ts';
import { namedDefinition } from '../options/named-definition.ts';
import type { DefinitionOptions } from '../options/run-options.ts';
import { readPriority, toMs } from '../options/start-time.ts';
import { readDefinition } from '../work/read-definition.ts';
import { ensureResident, isElsewhere, refuseMisfit } from '../work/resident.ts';

interface AddOptions extends DefinitionOptions {
  cron?: string;
  timeZone?: string;
  overlap?: string;
  catchUp?: string;
  jitter?: string;
  paused?: boolean;
  board?: string;
  priority?: string;
  label?: string[];
  allowUnsandboxedShell?: boolean;
  yes?: boolean;
  json?: boolean;
}

/** Models are asked as the project file says. */
export const asksModels = true;

/** `gaffer schedule add NAME FILE`: checks the definition, then starts what is missing, and keeps a schedule of it there. */
export async function execute(context: CommandContext, [name, named]: string[], options: AddOptions): Promise<number> {
  const { terminal } = context;
  const timing = readTiming(options);
  const priority = readPriority(options.priority);
  const labels = options.label && readLabels(options.label);
  const isRemote = isElsewhere(context);
  const { plan, tools } = await readChecked(context, named, { ...options, isElsewhere: isRemote });
  const unsandboxedShell = options.allowUnsandboxedShell === true || context.config.allowUnsandboxedShell;
  const settings = { plan, priority, board: options.board, unsandboxedShell, tools, ...(labels && { labels }) };
  await ensureResident(context, { unsandboxedShell, tools: [...tools] });
  return withSession(context, { whenAbsent: 'fail', yes: options.yes }, async (session) => {
    if (!isRemote) await refuseMisfit(context, settings);
    const entry = await createSchedules(session).add({ name: name!, timing, settings });
    if (options.json) terminal.out(toJson(entry));
    else terminal.out(`${entry.name}\n`);
    const [next] = entry.next;
    terminal.err(
      `${next === undefined ? `It is paused: \`gaffer schedule resume ${entry.name}\` has it go on.` : `Starts next ${formatDate(next)}.`} ${worksLine(isRemote)}\n`,
    );
    return exitCodes.succeeded;
  });
}

function readTiming({ cron = '', timeZone, overlap, catchUp, jitter, paused = false }: AddOptions): ScheduleTiming {
  return checkTiming({
    ...{ cron, paused },
    ...(timeZone !== undefined && { timeZone }),
    ...(overlap !== undefined && { overlap: overlap as Overlap }),
    ...(catchUp !== undefined && { catchUpMs: readMs('--catch-up', catchUp) }),
    ...(jitter !== undefined && { jitterMs: readMs('--jitter', jitter) }),
  });
}

async function readChecked(context: CommandContext, named: string | undefined, options: AddOptions) {
  const { cwd } = context;
  const source = await namedDefinition(cwd, named, options);
  const loaded = await readDefinition(context, source, options);
  const { plan, text, file } = loaded;
  checkScripts(plan);
  if (options.isElsewhere) return loaded;
  const isGiven = (options.workspace ?? options.projectDir) !== undefined;
  if (file !== null) await checkChosenWorkspaces({ plan, text }, { cwd, file, isGiven });
  checkFolder('workspace', plan.workspace);
  return loaded;
}

function readMs(option: string, text: string): number {
  const ms = toMs(text);
  if (ms === null) throw new UsageError(`${option} "${text}" is no time: give 90s, 15m, 2h or 1d.`);
  return ms;
}

function worksLine(isRemote: boolean): string {
  return isRemote
    ? 'Workers on its task queue do its runs.'
    : 'The background stack does its runs; once stopped (`gaffer down`), `gaffer dev --detach` goes on with it.';
}
