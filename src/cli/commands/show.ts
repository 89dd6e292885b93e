import { writeFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { checkFolder } from '../../client/start/check-folder.ts';
import { createRun } from '../../client/create-run.ts';
import { findRun } from '../../client/follow/find-run.ts';
import { findQueued, viewOfUnbegun, type QueuedRun } from '../../client/follow/queued-runs.ts';
import { listContexts } from '../../client/follow/read-run.ts';
import { standingOf } from '../../client/follow/standing.ts';
import { toRunView, type Standing } from '../../client/follow/to-run-view.ts';
import { arranged } from '../../client/follow/arranged-result.ts';
import type { RunContext } from '../../client/run.ts';
import { formatDate, plural } from '../../domain/format.ts';
import type { ChangedPriorities } from '../../domain/changed-priorities.ts';
import { hasEnded } from '../../domain/run/run-state.ts';
import { safeLine } from '../../domain/safe-text.ts';
import { asCalled } from '../base/called-as.ts';
import { toJson, type CommandContext } from '../base/context.ts';
import { reading } from '../base/with-session.ts';
import { runReport } from '../../client/reading/run-report.ts';
import { lacksBranchesAlone } from '../show/branch-lines.ts';
import { stateLines } from '../show/standing.ts';
import { summaryLines } from '../show/summary.ts';

/** `gaffer show RUN`: how a run stands or ended. */
export function execute(context: CommandContext, [runId]: string[], options: { json?: boolean }): Promise<number> {
  return reading(context, async (session) => {
    const queued = await findQueued(session, runId!);
    if (queued) return context.terminal.out(options.json ? toJson(viewOfUnbegun(queued)) : `${queuedLine(queued)}\n`);
    const row = await findRun(session, runId!);
    const standing = await standingOf(session, createRun(session, row));
    if (options.json) context.terminal.out(toJson(toRunView(standing, Date.now())));
    else {
      const { tasks } = await session.store.runs.plan(row.planHash);
      const planned = tasks.map(({ id }) => id);
      print(context, standing, { planned, contexts: await listContexts(session.store, row.runKey) });
    }
  });
}

function queuedLine({ runId, workflow, startsAt, priority }: QueuedRun): string {
  const first = `${safeLine(runId)} (${safeLine(workflow)}) is queued: it starts ${formatDate(startsAt)}, priority ${priority}.`;
  return `${first}\n\`gaffer cancel ${safeLine(runId)}\` takes it back.`;
}

/** `gaffer report RUN`: the same as a report in Markdown. */
export const report = {
  execute: (context: CommandContext, [runId]: string[], { out }: { out?: string }): Promise<number> =>
    reading(context, async (session) => {
      const text = await runReport(session, runId!);
      if (out === undefined) return context.terminal.out(text);
      const file = resolve(context.cwd, out);
      checkFolder('--out', dirname(file));
      writeFileSync(file, text);
      context.terminal.err(`Wrote ${file}.\n`);
    }),
};

function print(
  { terminal }: CommandContext,
  standing: Awaited<ReturnType<typeof standingOf>>,
  { planned, contexts }: { planned: readonly string[]; contexts: readonly RunContext[] },
): void {
  const { row, status, stuck, held, cutOff } = standing;
  const sizes = { columns: terminal.outColumns(), colors: terminal.outColors };
  const lines = row.result
    ? summaryLines(arranged(row.result, standing.state.tasks.keys()), {
        ...sizes,
        planned,
        story: standing.state.tasks,
      })
    : stateLines(standing, sizes);
  const sign = sizes.colors.yellow(`! ${cutOff?.status ?? 'stuck'}`);
  const cause = stuck === null ? [] : ['', `${sign}: ${asCalled(safeLine(stuck))}`];
  const turns = held ? ['', sizes.colors.cyan(safeLine(held))] : [];
  terminal.out(`${[...lines, ...cause, ...turns, ...placeLines(standing, contexts)].join('\n')}\n`);
  if (status === 'parked') terminal.err(`\nNobody works on it: \`gaffer watch ${row.runId}\` goes on with it.\n`);
  // What a workflow of one's own does, its code alone can do again.
  const isOwn = standing.state.taskCount === 0;
  if (hasEnded(row.status) && row.status !== 'succeeded' && !isOwn && !(row.result && lacksBranchesAlone(row.result))) {
    terminal.err(`\n\`gaffer retry ${row.runId}\` does again what did not succeed.\n`);
  }
}

function priorityWords({ run, tasks }: ChangedPriorities): string {
  const own = Object.entries(tasks).map(([id, priority]) => `${safeLine(id)} ${priority}`);
  return [...(run ? [run] : []), ...own].join(', ');
}

function placeLines({ row, state, workspaces }: Standing, contexts: readonly RunContext[]): string[] {
  const { workspace, board, lineage, parent, schedule } = row;
  const names = contexts.map(({ name, messages }) => `${safeLine(name)} (${plural(messages, 'message')})`);
  return [
    '',
    `Workspace: ${safeLine(workspace)}`,
    ...Object.entries(workspaces).map(([id, folder]) => `           ${safeLine(folder)} (${safeLine(id)})`),
    `Board:     ${safeLine(board)}`,
    ...(lineage
      ? [`From:      ${safeLine(lineage.run)} (${lineage.kind}${lineage.from ? ` at ${safeLine(lineage.from)}` : ''})`]
      : []),
    ...(row.launch?.cassette
      ? [`Replays:   ${safeLine(row.launch.cassette.run)} (${safeLine(row.launch.cassette.file)})`]
      : []),
    ...(parent ? [`Part of:   ${safeLine(parent.run)} (its task ${safeLine(parent.task)})`] : []),
    ...(schedule !== undefined ? [`Schedule:  ${safeLine(schedule)}`] : []),
    ...(state.priorities ? [`Priority:  ${priorityWords(state.priorities)}`] : []),
    ...(names.length > 0 ? [`Contexts:  ${names.join(', ')}`] : []),
  ];
}
