import { standsAside } from '../../domain/worktrees/isolation-of.ts';
import { isCancellation, startChild } from '@temporalio/workflow';
import { toChildId, toNestedRunId } from '../../domain/ids/child-id.ts';
import type { AgentTask, AgentTaskInput, AgentTaskProgress, CarriedLoop } from '../../contracts/agent-task.ts';
import type { OrchestrateInput } from '../../contracts/orchestrate-input.ts';
import type { CarriedAttempt } from '../../contracts/carried-run.ts';
import { aboutPrompt, executionText } from '../../domain/run/about-task.ts';
import { turnOf } from '../../domain/scheduling/turn-of.ts';
import { queueOf } from '../../domain/plan/workspace.ts';
import { isRunResult, nestedFailure, progressOfRun, whyNotDone } from '../../domain/run/run-end.ts';
import type { RunResult } from '../../domain/run/run-result.ts';
import { childOptions, takeUpChild, tiedChild } from './child-attempt.ts';
import { inRun, startInline } from './inline-attempt.ts';
import { runTool } from './run-tool.ts';
import type { Attempt, AttemptPlace } from './attempt.ts';
import type { RunBooks } from '../books/run-books.ts';
import type { WorkItem } from '../books/work-item.ts';
import { quoted, toSummary } from '../base/cosmetics.ts';
import { describeFailure, finalFailure } from '../base/failures.ts';

/** Id of the workflow that makes an attempt, if one does. */
export function childIdOf(runId: string, { id, work }: WorkItem, attempt: number): string {
  return work === 'workflow' ? toNestedRunId(runId, id, attempt) : toChildId(runId, id, attempt);
}

/** How an attempt is started: as a new one, taken up from the execution before, or out of a slice. */
export interface StartOptions {
  attempt: number;
  carried: CarriedAttempt | null;
  from: CarriedLoop | null;
}

/** Starts an attempt, or takes one up: in a child workflow with a history of its own, or inside of the run's, as the plan's limits say. */
export async function startAttempt(
  place: AttemptPlace,
  task: WorkItem,
  { attempt, carried, from }: StartOptions,
): Promise<Attempt> {
  const { books } = place;
  if (task.work === 'tool') return inRun(runTool(place, task, attempt));
  if (task.work === 'workflow') return startRun(books, task, { attempt, carried });
  const { outline, runKey, runId } = books;
  const { model: usual, maxTurns, runner } = outline.agents[task.agent]!;
  const model = task.model ?? usual;
  const input: AgentTaskInput = {
    ...{ runKey, runId, taskId: task.id, attempt, epoch: 0, agent: task.agent, model, maxTurns },
    ...{ context: task.context, phase: task.phase, prompt: task.prompt, timeoutMs: task.timeoutMs },
    ...{ head: books.heads.of(task.context), workspaceQueue: queueOf(outline.workspaceQueue, task.workspace) },
    waitsForBudget: outline.limits.onExceeded === 'pause',
    hasManager: outline.manager !== null && outline.manager !== task.agent,
    ...(runner && { runner: runner.kind }),
    ...(task.output && { output: task.output }),
    ...(task.isolates && { isolates: true as const, ...(standsAside(outline) && { standsAside: true as const }) }),
    ...(from && { from }),
    ...(books.moveAfterEvents !== undefined && { moveAfterEvents: books.moveAfterEvents }),
  };
  const about = task.about ?? (task.prompt === null ? '' : aboutPrompt(task.prompt));
  if (outline.limits.tasks === 'inline') return startInline(place, { ...input, about }, carried?.loop ?? null);
  // One that has come out of a slice needs more than slices give.
  if (!from && carried?.at !== 'child' && place.slices?.takes(input))
    return place.slices.attempt(input, carried?.loop ?? null);
  const workflowId = toChildId(books.runId, task.id, attempt);
  if (carried?.at === 'child') return takeUpChild(books, workflowId);
  const turn = turnOf(outline.priorities, task.id);
  const options = { ...childOptions(workflowId), args: [input] as [AgentTaskInput], ...shownOf(input, about), ...turn };
  const child = await startChild<AgentTask>('agentTask', options);
  return tiedChild(books, child, child.result());
}

// A whole run as a child: its plan, and what it is asked, stand in the store.
async function startRun(
  books: RunBooks,
  task: WorkItem,
  { attempt, carried }: { attempt: number; carried: CarriedAttempt | null },
): Promise<Attempt> {
  const { runKey, runId, moveAfterEvents } = books;
  const workflowId = childIdOf(runId, task, attempt);
  if (carried?.at === 'child') return takeUpChild(books, workflowId);
  const within = { runKey, runId, taskId: task.id, attempt };
  const input: OrchestrateInput = { within, ...(moveAfterEvents !== undefined && { moveAfterEvents }) };
  const staticSummary = toSummary(`${executionText(task.id)} · ${task.agent}`);
  const child = await startChild<Orchestrate>('orchestrate', {
    ...{ ...childOptions(workflowId), args: [input], staticSummary },
    ...(task.about && { staticDetails: quoted(task.about) }),
    ...turnOf(books.outline.priorities, task.id),
  });
  return tiedChild(books, child, child.result().then(doneOrThrow, refuseFailed));
}

function doneOrThrow(result: RunResult): AgentTaskProgress {
  if (result.status === 'succeeded') return progressOfRun(result);
  throw finalFailure(nestedFailure, whyNotDone(result), [progressOfRun(result)]);
}

function refuseFailed(error: unknown): never {
  if (isCancellation(error)) throw error;
  const { type, message, details } = describeFailure(error);
  const [result] = details;
  if (isRunResult(result)) doneOrThrow(result);
  throw finalFailure(type, message);
}

// What the Web UI shows of a child workflow, without a worker too.
function shownOf({ taskId, agent, phase, context }: AgentTaskInput, about: string) {
  const conversation = taskId === context ? [] : [`in ${context}`];
  const staticSummary = toSummary(
    [executionText(taskId), agent, ...(phase === null ? [] : [phase]), ...conversation].join(' · '),
  );
  return { staticSummary, ...(about !== '' && { staticDetails: quoted(about) }) };
}

/** Workflow `orchestrate`. */
type Orchestrate = (input: OrchestrateInput) => Promise<RunResult>;
