import { createRun } from '../../client/create-run.ts';
import { otherAccountsNote } from '../../client/crew/other-accounts.ts';
import { workOn, workOnUnopened } from '../../client/crew/work-on.ts';
import { arranged } from '../../client/follow/arranged-result.ts';
import { findStartedRun, refuseCutOff } from '../../client/follow/find-run.ts';
import type { RunState } from '../../domain/run/run-state.ts';
import type { RunResult } from '../../domain/run/run-result.ts';
import { hasEnded } from '../../domain/run/run-state.ts';
import { toJson, type CommandContext } from '../base/context.ts';
import { exitCodeOf, exitCodes } from '../base/exit-codes.ts';
import type { Interruption } from '../base/interruption.ts';
import { withSession, withSignals } from '../base/with-session.ts';
import { summaryLines } from '../show/summary.ts';
import { parseCount } from '../options/run-options.ts';
import { estimateLeft } from '../work/estimate-left.ts';
import { followRun } from '../work/follow-run.ts';

/** Models are asked as the project file says. */
export const asksModels = true;

/** `gaffer watch RUN`: follows a run to its end; where nobody works on it any more, goes on with it. */
export function execute(
  context: CommandContext,
  [runId]: string[],
  options: { yes?: boolean; json?: boolean; wait?: boolean; tail?: string },
): Promise<number> {
  const lines = options.tail === undefined ? null : parseCount(options.tail, '--tail');
  const work = (interruption: Interruption): Promise<number> =>
    withSession(context, { whenAbsent: 'start', needsHome: true, yes: options.yes }, async (session) => {
      const opener = await workOnUnopened(session, runId!);
      const row = await findStartedRun(session, runId!);
      const plan = await session.store.runs.plan(row.planHash);
      if (hasEnded(row.status) && row.result) {
        const ids = plan.tasks.map((task) => task.id);
        const { tasks: story } = await session.store.events.state(row.runKey);
        const shown = { story, planned: ids };
        return printEnd(context, arranged(row.result, ids), { ...shown, json: options.json === true });
      }
      await refuseCutOff(session, row);
      const run = createRun(session, row);
      const workerFailed = [...opener, ...(await workOn(session, row))];
      const note = await otherAccountsNote(session, row);
      if (note !== null) context.terminal.err(`${note}\n`);
      if (interruption.signal.aborted) {
        interruption.lastWords = `Interrupted. \`gaffer watch ${row.runId}\` goes on with it.`;
        return exitCodes.parked;
      }
      return followRun({
        ...{ context, session, interruption, workerFailed },
        run,
        isScripted: row.launch?.model === 'scripted' && !row.launch.cassette,
        limitUsd: row.launch?.model === 'anthropic' ? plan.limits.usd : null,
        json: options.json === true,
        waits: options.wait === true,
        leftMs: estimateLeft(session, plan, row.launch?.model),
        tail: lines === null ? undefined : { lines, until: (await run.state()).lastSeq },
        next: [`gaffer show ${row.runId}`, `gaffer transcript ${row.runId}`],
      });
    });
  return withSignals(context, work, { staysOnHangup: options.wait === true });
}

function printEnd(
  { terminal }: CommandContext,
  result: RunResult,
  {
    json,
    ...shown
  }: {
    story: RunState['tasks'];
    planned: readonly string[];
    json: boolean;
  },
): number {
  if (json) terminal.out(toJson(result));
  else {
    terminal.err(`${result.runId} has ended already.\n\n`);
    const view = { columns: terminal.outColumns(), colors: terminal.outColors, ...shown };
    terminal.out(`${summaryLines(result, view).join('\n')}\n`);
  }
  return exitCodeOf(result.status);
}
