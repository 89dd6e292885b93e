import { resolve } from 'node:path';
import type { ManyProgress, ManyReport } from '../../client/bulk/many.ts';
import { createRuns } from '../../client/create-runs.ts';
import { checkRunId } from '../../client/start/run-id.ts';
import { UsageError } from '../../domain/errors.ts';
import { formatCost, formatDuration, plural } from '../../domain/format.ts';
import type { JsonObject } from '../../domain/json.ts';
import { readLabels } from '../../domain/run-labels.ts';
import { safeLine } from '../../domain/safe-text.ts';
import { toJson, type CommandContext } from '../base/context.ts';
import { exitCodes } from '../base/exit-codes.ts';
import type { Interruption } from '../base/interruption.ts';
import { withSession, withSignals } from '../base/with-session.ts';
import { parseCount, parseUsd, readInputs, type DefinitionOptions } from '../options/run-options.ts';
import { readPriority, type TurnOptions } from '../options/start-time.ts';
import { LiveScreen } from '../show/live-screen.ts';
import { readEach } from './each-lines.ts';

/** Options of `gaffer run FILE --each`. */
export interface EachOptions extends DefinitionOptions, TurnOptions {
  each: string;
  parallel?: string;
  id?: string;
  script?: string;
  board?: string;
  label?: string[];
  allowUnsandboxedShell?: boolean;
  yes?: boolean;
  json?: boolean;
}

/** How many wrong ends are named. */
const mostNamed = 20;
/** How often a pipe is told how they stand, in ms. */
const lineEveryMs = 10_000;

/** `gaffer run FILE --each inputs.jsonl --id ID`: a run for each line, so many at a time; the same command goes on where it stood. */
export async function runEach(
  context: CommandContext,
  file: string | undefined,
  options: EachOptions,
): Promise<number> {
  if (file === undefined) throw new UsageError('--each needs a workflow file: the same for every line.');
  refuseOthers(options);
  if (options.id === undefined)
    throw new UsageError(
      '--each needs --id: its runs are ID-1, ID-2, …, and with the same one it goes on where it stood.',
    );
  const id = checkRunId(options.id);
  const each = readEach(resolve(context.cwd, options.each), options.each);
  const inputs = { ...options.inputDefaults, ...(await readInputs(context.cwd, options)) };
  return withSignals(context, (interruption) =>
    withSession(context, { whenAbsent: 'start', yes: options.yes }, async (session) => {
      const told = new Telling(context, id);
      const report = await createRuns(session)
        .startMany({
          ...{ file, id, each, inputs, eachFile: options.each, signal: interruption.signal },
          ...settingsOf(context, options),
          onProgress: (progress) => told.progress(progress),
        })
        .finally(() => told.close());
      return tellEnd(context, report, { isJson: options.json === true, interruption });
    }),
  );
}

// Each of these is about one run.
function refuseOthers(options: EachOptions): void {
  const said = options as unknown as Record<string, unknown>;
  for (const name of ['detach', 'reuse', 'at', 'in', 'timings', 'task', 'feature', 'config', 'wait'])
    if (said[name] !== undefined && said[name] !== false)
      throw new UsageError(`--each and --${name} do not go together.`);
}

function settingsOf({ cwd, config }: CommandContext, options: EachOptions) {
  const { agents, tools, format, pool, tracks, patterns, approvePlan, board, communicationFile } = options;
  const { workspace = options.projectDir, maxUsd, script, parallel, label } = options;
  const priority = readPriority(options.priority);
  const limits: JsonObject = maxUsd === undefined ? {} : { usd: parseUsd(maxUsd) };
  const given = { agents, tools, workspace, format, pool, tracks, patterns, approvePlan, board, communicationFile };
  return {
    ...Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined)),
    ...{ limits, ...(priority && { priority }), ...(label && { labels: readLabels(label) }) },
    ...(script !== undefined && { script: resolve(cwd, script) }),
    ...(parallel !== undefined && { parallel: parseCount(parallel, '--parallel') }),
    allowUnsandboxedShell: options.allowUnsandboxedShell === true || config.allowUnsandboxedShell,
  };
}

/** Says how they stand: on a terminal in one line that changes, in a pipe in a line now and then. */
class Telling {
  readonly #screen: LiveScreen | null;
  readonly #say: (line: string) => void;
  readonly #id: string;
  #saidAt = -Infinity;

  constructor({ terminal }: CommandContext, id: string) {
    this.#screen = terminal.isLive ? new LiveScreen(terminal) : null;
    this.#say = (line) => terminal.err(`${line}\n`);
    this.#id = id;
  }

  progress(progress: ManyProgress): void {
    const line = progressLine(this.#id, progress);
    if (this.#screen) return this.#screen.show([line]);
    const isOver = progress.succeeded + progress.failed === progress.total;
    if (!isOver && performance.now() - this.#saidAt < lineEveryMs) return;
    this.#saidAt = performance.now();
    this.#say(line);
  }

  close(): void {
    this.#screen?.close();
  }
}

function progressLine(id: string, { total, checked, open, succeeded, failed, leftMs, ...cost }: ManyProgress): string {
  if (checked !== undefined) return `${safeLine(id)}: ${checked} of ${plural(total, 'line')} checked`;
  const parts = [
    `${succeeded + failed} of ${plural(total, 'run')}`,
    ...(failed > 0 ? [`${failed} not succeeded`] : []),
    `${open} open`,
    costText(cost),
    ...(leftMs === null || leftMs === 0 ? [] : [`about ${formatDuration(leftMs)} left`]),
  ];
  return `${safeLine(id)}: ${parts.join(' · ')}`;
}

function costText({ costUsd, isUncounted }: Pick<ManyReport, 'costUsd' | 'isUncounted'>): string {
  return formatCost(costUsd, isUncounted ? 1 : 0);
}

function tellEnd(
  { terminal }: CommandContext,
  report: ManyReport,
  { isJson, interruption }: { isJson: boolean; interruption: Interruption },
): number {
  const { id, total, succeeded, failed, runs } = report;
  const left = total - succeeded - failed;
  if (isJson) terminal.out(toJson(report));
  else {
    terminal.out(`${safeLine(id)}: ${succeeded} of ${plural(total, 'run')} succeeded, ${costText(report)}\n`);
    const others = runs.filter(({ status }) => !['succeeded', 'open', 'not-started'].includes(status));
    for (const { runId, status, reason } of others.slice(0, mostNamed))
      terminal.out(`${safeLine(runId)} ${status}${reason ? `: ${safeLine(reason)}` : ''}\n`);
    if (others.length > mostNamed) terminal.out(`… and ${others.length - mostNamed} more\n`);
  }
  terminal.err(`Each of them: \`gaffer runs --label bulk=${id}\`\n`);
  if (left > 0) {
    interruption.lastWords = `${plural(left, 'run')} left: the same command goes on with them.`;
    return exitCodes.parked;
  }
  if (failed === 0) return exitCodes.succeeded;
  return succeeded > 0 ? exitCodes.partial : exitCodes.failed;
}
