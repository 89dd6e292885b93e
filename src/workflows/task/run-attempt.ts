/*
 * W1 An attempt that works apart opens its worktree before its loop and seals it after, however the loop ended; a loop that goes on as new
 *    is still at it.
 * W2 What is sealed is done: a change that may not be, or that cannot be kept, is a failure of the attempt.
 */
import { CancellationScope, isCancellation, log } from '@temporalio/workflow';
import type { AgentTaskInput, AgentTaskProgress } from '../../contracts/agent-task.ts';
import type { SealWorkspaceInput } from '../../contracts/workspace.ts';
import { failureTypes } from '../../domain/run/failure-types.ts';
import { openWorkspace, sealWorkspace } from '../base/activity-proxies.ts';
import { toSummary } from '../base/cosmetics.ts';
import { describeFailure, finalFailure } from '../base/failures.ts';
import { runAgent } from './agent-loop.ts';
import { LoopMoves, type RunLink } from './run-link.ts';

/** Makes an attempt of a task where it is to work. Throws as {@link runAgent} does. */
export function runAttempt(input: AgentTaskInput, link: RunLink): Promise<AgentTaskProgress> {
  return input.isolates ? runApart(input, link) : runAgent(input, link);
}

async function runApart(input: AgentTaskInput, link: RunLink): Promise<AgentTaskProgress> {
  if (!link.from) await open(input, link);
  const keepAfter = async (error: unknown): Promise<never> => {
    if (!(error instanceof LoopMoves)) await keep(input, link, isCancellation(error) ? 'cancelled' : 'failed');
    throw error;
  };
  const progress = await runAgent(input, link).catch(keepAfter);
  return seal(input, link, progress).catch((error: unknown) =>
    isCancellation(error) ? keepAfter(error) : refuse(error, progress),
  );
}

async function open(input: AgentTaskInput, link: RunLink): Promise<void> {
  const { runKey, taskId, attempt, epoch, context } = input;
  try {
    await link.busy(() =>
      openWorkspace.executeWithOptions(optionsOf(input, link, 'open a worktree'), [
        { runKey, taskId, attempt, epoch, context },
      ]),
    );
  } catch (error) {
    if (isCancellation(error)) throw error;
    const { type, message } = describeFailure(error);
    throw finalFailure(type, message);
  }
}

// W2
async function seal(input: AgentTaskInput, link: RunLink, progress: AgentTaskProgress): Promise<AgentTaskProgress> {
  const end = await sealWith(input, link, 'done');
  if (end.kind === 'sealed') return { ...progress, sealed: end.sealed };
  if (end.kind === 'refused') throw finalFailure(failureTypes.workRefused, end.reason);
  throw finalFailure(failureTypes.superseded, 'another attempt has its worktree');
}

function refuse(error: unknown, progress: AgentTaskProgress): never {
  const { type, message } = describeFailure(error);
  throw finalFailure(type, message, [progress]);
}

async function keep(input: AgentTaskInput, link: RunLink, outcome: 'failed' | 'cancelled'): Promise<void> {
  await CancellationScope.nonCancellable(async () => {
    await sealWith(input, link, outcome);
  }).catch((error: unknown) => {
    // The attempt has failed already, or is cancelled: what it left stands in its worktree, which nobody removes without keeping that.
    log.warn(`the last files of ${input.taskId} are not kept as a snapshot: ${describeFailure(error).message}`);
  });
}

function sealWith(input: AgentTaskInput, link: RunLink, outcome: SealWorkspaceInput['outcome']) {
  const { runKey, taskId, attempt, epoch } = input;
  const options = optionsOf(input, link, outcome === 'done' ? 'seal the worktree' : 'keep what there is');
  return link.busy(() => sealWorkspace.executeWithOptions(options, [{ runKey, taskId, attempt, epoch, outcome }]));
}

function optionsOf(input: AgentTaskInput, link: RunLink, text: string) {
  const summary = toSummary(link.titleOf({ text: `${input.taskId} · ${text}`, isFirst: false }));
  return { taskQueue: input.workspaceQueue, summary, ...link.turn?.() };
}
