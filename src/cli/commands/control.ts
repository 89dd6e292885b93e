import { toJson, type CommandContext } from '../base/context.ts';
import { exitCodes } from '../base/exit-codes.ts';
import { UsageError } from '../../domain/errors.ts';
import { readLimits, type LimitOptions } from '../options/limit-options.ts';
import { pausedLine } from '../show/control-words.ts';
import { isRunPriority, runPriorities } from '../../domain/run-priority.ts';
import { safeLine } from '../../domain/safe-text.ts';
import { whoIs } from '../options/who.ts';
import type { LimitChange } from '../../client/run.ts';
import { otherAccountsNote } from '../../client/crew/other-accounts.ts';
import { isBlank } from '../../domain/blank-text.ts';
import { withLiveRun } from '../work/live-run.ts';
import { changeLimits, resumeRun, type Told } from '../work/resume-run.ts';

interface ControlOptions {
  by?: string;
  reason?: string;
  json?: boolean;
}

type Verb<Options> = {
  goesWithoutDotEnv?: true;
  execute: (context: CommandContext, args: string[], options: Options) => Promise<number>;
};

/** Prints what came of it: JSON with `runId`, or one line. */
function tell(
  { terminal }: CommandContext,
  { json }: { json?: boolean },
  outcome: { runId: string; line: string } & Record<string, unknown>,
): number {
  const { line, ...values } = outcome;
  terminal.out(json ? toJson(values) : `${line}\n`);
  return exitCodes.succeeded;
}

/** `gaffer pause RUN`: nothing more starts. */
export const pause: Verb<ControlOptions> = {
  goesWithoutDotEnv: true,
  execute: (context, [runId], options) =>
    withLiveRun(context, runId!, async ({ run, isParked }) => {
      const by = whoIs(context, options.by);
      const state = await run.pause({ by, ...(options.reason !== undefined && { reason: options.reason }) });
      return tell(context, options, { runId: run.id, state, line: pausedLine(run.id, state, isParked) });
    }),
};

/** `gaffer resume RUN`: goes on, with higher limits if they are named. */
export const resume: Verb<ControlOptions & LimitOptions> = {
  async execute(context, [runId], options) {
    const limits = await readLimits(options);
    return withLiveRun(context, runId!, async (live) => {
      const told = await resumeRun(live, limits, whoIs(context, options.by));
      const row = await live.session.store.runs.find(live.run.id);
      const note = row ? await otherAccountsNote(live.session, row) : null;
      if (note !== null) context.terminal.err(`${note}\n`);
      return tellStanding(context, options, told, { limits });
    });
  },
};

/** `gaffer limits RUN --usd 10 …`: raises or lowers what a run, or a part of it, may use. */
export const limits: Verb<ControlOptions & LimitOptions> = {
  async execute(context, [runId], options) {
    const changed = await readLimits(options);
    if (!changed) {
      throw new UsageError('name a limit: --usd, --usd-per-minute, --tokens, --max-parallel or --timeout.');
    }
    return withLiveRun(context, runId!, async (live) => {
      const told = await changeLimits(live, changed, whoIs(context, options.by));
      return tellStanding(context, options, told, { limits: changed });
    });
  },
};

function tellStanding(
  context: CommandContext,
  options: ControlOptions,
  { lines, state, still }: Told,
  { limits }: { limits: LimitChange | null },
): number {
  const { runId, short, waits } = still;
  return tell(context, options, { runId, state, limits, short, waiting: waits, line: lines.join('\n') });
}

/** `gaffer skip RUN TASK`: gives a task up that has not ended. */
export const skip: Verb<ControlOptions> = {
  execute: (context, [runId, task], options) =>
    withLiveRun(context, runId!, async ({ run }) => {
      const reason = options.reason === undefined ? {} : { reason: options.reason };
      await run.skip({ task: task!, by: whoIs(context, options.by), ...reason });
      return tell(context, options, { runId: run.id, task, line: `${safeLine(task!)} skipped` });
    }),
};

/** `gaffer send RUN TO TEXT`: tells an agent something, with its next turn. */
export const send: Verb<{ from?: string; json?: boolean }> = {
  execute: (context, [runId, to, ...words], options) => {
    const text = words.join(' ').trim();
    if (isBlank(text)) throw new UsageError('the message is empty: `gaffer send RUN CONTEXT|TASK TEXT`.');
    return withLiveRun(context, runId!, async ({ run }) => {
      const messageId = await run.send({ to: to!, text, from: whoIs(context, options.from) });
      const line = `${safeLine(to!)} is told with its next turn: ${safeLine(text)} (${messageId})`;
      return tell(context, options, { runId: run.id, messageId, to, text, line });
    });
  },
};

/** `gaffer priority RUN [TASK] LEVEL`: before whom what waits of it is served. */
export const priority: Verb<ControlOptions> = {
  execute: (context, [runId, ...words], options) => {
    const [level, task, ...more] = words.toReversed();
    if (!isRunPriority(level) || more.length > 0) {
      throw new UsageError(`\`gaffer priority RUN [TASK] LEVEL\`, and LEVEL is one of ${runPriorities.join(', ')}.`);
    }
    return withLiveRun(context, runId!, async ({ run }) => {
      await run.setPriority({ priority: level, by: whoIs(context, options.by), ...(task !== undefined && { task }) });
      const line = `the priority of ${task === undefined ? safeLine(run.id) : safeLine(task)} is ${level}`;
      return tell(context, options, { runId: run.id, ...(task !== undefined && { task }), priority: level, line });
    });
  },
};
