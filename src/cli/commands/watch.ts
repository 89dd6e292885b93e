import { hasEnded } from '../../domain/run/run-state.ts';
import type { RunResult } from '../../domain/run/run-result.ts';
import { sayTo, toJson, type CommandContext } from '../base/context.ts';
import { exitCodeOf, exitCodes } from '../base/exit-codes.ts';
import { findStartedRun, refuseCutOff } from '../work/find-run.ts';
import { takeSignals } from '../base/interruption.ts';
import { followRun } from '../work/follow-run.ts';
import { openSession } from '../work/session.ts';
import { arranged, summaryLines } from '../show/summary.ts';
import { workOn, workOnUnopened } from '../work/work-on.ts';

/** `gaffer watch RUN`: follows a run to its end; where nobody works on it any more, goes on with it. */
export async function execute(
  context: CommandContext,
  [runId]: string[],
  options: { yes?: boolean; json?: boolean },
): Promise<number> {
  const interruption = takeSignals();
  try {
    const session = await openSession(context, {
      say: sayTo(context.terminal),
      yes: options.yes === true,
      whenAbsent: 'start',
    });
    try {
      const opener = await workOnUnopened(context, session, runId!);
      const row = await findStartedRun(session, context.config.taskQueue, runId!);
      const plan = await session.store.runs.plan(row.planHash);
      if (hasEnded(row.status) && row.result) {
        const result = arranged(
          row.result,
          plan.tasks.map((task) => task.id),
        );
        return printEnd(context, result, options.json === true);
      }
      await refuseCutOff(session, context.config.taskQueue, row);
      const workerFailed = [...opener, ...(await workOn(context, session, row))];
      if (interruption.signal.aborted) return exitCodes.parked;
      return await followRun({
        context,
        session,
        handle: await (await session.connect(context.config.taskQueue)).find(row.runId),
        interruption,
        workerFailed,
        isScripted: row.launch?.model === 'scripted',
        limitUsd: row.launch?.model === 'anthropic' ? plan.limits.usd : null,
        json: options.json === true,
        next: [`gaffer show ${row.runId}`, `gaffer transcript ${row.runId}`],
      });
    } finally {
      await session.close();
    }
  } finally {
    interruption.release();
  }
}

function printEnd({ terminal }: CommandContext, result: RunResult, json: boolean): number {
  if (json) terminal.out(toJson(result));
  else {
    terminal.err(`${result.runId} has ended already.\n\n`);
    terminal.out(
      `${summaryLines(result, { columns: terminal.outColumns(), colors: terminal.outColors }).join('\n')}\n`,
    );
  }
  return exitCodeOf(result.status);
}
