import { toJson, type CommandContext } from '../base/context.ts';
import { exitCodes } from '../base/exit-codes.ts';
import { UsageError } from '../../domain/errors.ts';
import { readLimits, type LimitOptions } from '../options/limit-options.ts';
import { changedWords } from '../show/limit-words.ts';
import { safeLine } from '../../domain/safe-text.ts';
import { whoIs } from '../options/who.ts';
import { withLiveRun } from '../work/live-run.ts';

interface ControlOptions {
  by?: string;
  reason?: string;
  json?: boolean;
}

type Verb<Options> = {
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
  execute: (context, [runId], options) =>
    withLiveRun(context, runId!, async ({ run }) => {
      const by = whoIs(context, options.by);
      const state = await run.pause({ by, ...(options.reason !== undefined && { reason: options.reason }) });
      const line = state === 'paused' ? `${run.id} paused` : `${run.id} pausing: calls in flight still end`;
      return tell(context, options, { runId: run.id, state, line });
    }),
};

/** `gaffer resume RUN`: goes on, with higher limits if they are named. */
export const resume: Verb<ControlOptions & LimitOptions> = {
  async execute(context, [runId], options) {
    const limits = await readLimits(options);
    return withLiveRun(context, runId!, async ({ run }) => {
      const by = whoIs(context, options.by);
      if (limits) await run.setLimits({ ...limits, by });
      // New limits alone let those go on that waited for them; then there is nothing left to resume.
      await run.resume({ by }).catch((error: Error) => {
        if (!limits || error.name !== 'RefusedError') throw error;
      });
      return tell(context, options, { runId: run.id, state: 'running', limits, line: `${run.id} resumed` });
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
    return withLiveRun(context, runId!, async ({ run }) => {
      await run.setLimits({ ...changed, by: whoIs(context, options.by) });
      const line = `${run.id}: ${changedWords(changed)}`;
      return tell(context, options, { runId: run.id, limits: changed, line });
    });
  },
};

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
    if (text === '') throw new UsageError('the message is empty: gaffer send RUN CONTEXT|TASK TEXT.');
    return withLiveRun(context, runId!, async ({ run }) => {
      const messageId = await run.send({ to: to!, text, from: whoIs(context, options.from) });
      const line = `${safeLine(to!)} is told with its next turn: ${safeLine(text)} (${messageId})`;
      return tell(context, options, { runId: run.id, messageId, to, text, line });
    });
  },
};
