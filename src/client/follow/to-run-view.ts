import { totalTokens } from '../../domain/money/usage.ts';
import { toInstance } from '../../domain/ids/execution-id.ts';
import { countOutcomes } from '../../domain/run/run-end.ts';
import type { RunSummary, TaskResult } from '../../domain/run/run-result.ts';
import { countAll } from '../../domain/run/for-each-groups.ts';
import { waitsOf, type RunState } from '../../domain/run/run-state.ts';
import type { TaskState } from '../../domain/run/task-state.ts';
import type { RunRow } from '../../store/store.ts';
import type { RunView, TaskView } from '../run-view.ts';
import { arranged } from './arranged-result.ts';
import { durationOf } from './duration-of.ts';
import { answerCommand } from '../../domain/run/answer-command.ts';

/** What a {@link RunView} is made of. */
export interface Standing {
  row: RunRow;
  state: RunState;
  status: string;
  stuck: string | null;
  /** See {@link RunView.held}. */
  held?: string | null;
  workspaces: Record<string, string>;
  /** Why it can neither go on nor be answered any more; left out or null: it can. */
  cutOff?: Error | null;
}

/** The view of a run. `now` in ms since the epoch. */
export function toRunView(
  { row, state, status, stuck, held = null, workspaces, cutOff = null }: Standing,
  now: number,
): RunView {
  const result = row.result && arranged(row.result, state.tasks.keys());
  const tasks = [...state.tasks.values()];
  const open = result || cutOff ? [] : waitsOf(state);
  return {
    ...{ runId: row.runId, workflow: row.workflow, status: result?.status ?? status },
    reason: result ? result.reason : (row.reason ?? state.hold?.detail ?? null),
    ...{ startedAt: row.startedAt, endedAt: row.endedAt, workspace: row.workspace, workspaces, board: row.board },
    summary: result?.summary ?? summaryOf(row, state, now),
    ...{ outputs: result?.outputs ?? {}, outputErrors: result?.outputErrors ?? {} },
    tasks: result
      ? Object.fromEntries(
          Object.entries(result.tasks).map(([id, task]) => [id, { ...endedTask(task), ...ofTask(state, id) }]),
        )
      : Object.fromEntries(tasks.map((task) => [task.id, { ...openTask(task, now), ...ofTask(state, task.id) }])),
    ...(state.coding && { branches: state.coding.branches }),
    compensations: result
      ? result.compensations.map(({ taskId, ...rest }) => ({
          taskId,
          ...rest,
          what: state.compensations.get(taskId)?.what ?? '',
        }))
      : [...state.compensations.values()],
    waiting: open.map((one) => ({ ...one, command: answerCommand(row.runId, one, open) })),
    ...{ stuck, held: result ? null : held },
    lineage: row.lineage,
    ...(row.launch?.cassette && { replays: { run: row.launch.cassette.run, cassette: row.launch.cassette.file } }),
    ...(row.parent && { parent: row.parent }),
    ...(state.priorities?.run && { priority: state.priorities.run }),
    ...(row.schedule !== undefined && { schedule: row.schedule }),
    ...(row.labels && { labels: row.labels }),
  };
}

function ofTask({ tasks, priorities }: RunState, id: string): Pick<TaskView, 'member' | 'priority'> {
  const member = tasks.get(id)?.member;
  const { task } = toInstance(id);
  const priority = priorities && Object.hasOwn(priorities.tasks, task) ? priorities.tasks[task] : undefined;
  return { ...(member !== undefined && { member }), ...(priority && { priority }) };
}

function summaryOf(row: RunRow, state: RunState, now: number): RunSummary {
  const tasks = [...state.tasks.values()];
  const begun = tasks.filter((task) => task.turn > 0);
  return {
    ...countOutcomes(tasks.map((task) => task.status)),
    totalTasks: countAll(state),
    totalTokens: state.tokens,
    totalDuration: durationOf(row, now),
    costUsd: state.costUsd,
    ...(state.estimatedCalls > 0 && { estimatedCalls: state.estimatedCalls }),
    ...(state.uncountedCalls > 0 && { uncountedCalls: state.uncountedCalls }),
    sessions: new Set(begun.map((task) => task.agent)).size,
    contexts: new Set(begun.map((task) => task.context)).size,
  };
}

function endedTask({ usage, ...task }: TaskResult): TaskView {
  return { ...task, usage, tokens: totalTokens(usage), waitsFor: null };
}

function openTask(task: TaskState, now: number): TaskView {
  const { status, agent, context, attempt, turn, tokens, costUsd, error, waitsFor, startedAt, endedAt } = task;
  const { uncountedCalls } = task;
  const until = endedAt === null ? now : Date.parse(endedAt);
  return {
    ...{ status, agent, context, output: '', attempts: attempt, turns: turn, tokens, usage: null, costUsd, error },
    ...(uncountedCalls > 0 && { uncountedCalls }),
    ...{ waitsFor, durationMs: startedAt === null ? 0 : Math.max(0, until - Date.parse(startedAt)) },
  };
}
