/*
 * One activity takes one turn, and goes straight on with the next ones as long as they are quick:
 *
 * T1 Every turn and every quick tool has a journal row of its own, so a repetition of the activity pays for nothing again.
 * T2 It goes on only while nothing but time was asked for: a slow tool, an end, a loop or the last turn goes back to the workflow.
 * T3 What goes wrong in a later turn is left to the workflow, with all that was done before it.
 *
 * With a real model a turn takes seconds, so it is an activity of its own; with a model that answers in milliseconds
 * a workflow task per turn would cost more than the turn.
 */
import { ApplicationFailure, CancelledFailure } from '@temporalio/common';
import type { CallModelInput, CallModelResult, TakenTurn } from '../contracts/activities.ts';
import { failureTypes } from '../domain/failure-types.ts';
import { fingerprint } from '../domain/fingerprint.ts';
import { isLooping } from '../domain/loop-detection.ts';
import { addUsage, noUsage } from '../domain/usage.ts';
import { letCancelGoFirst, withHeartbeat } from './activity-context.ts';
import { describeTool, isSlow, runQuickTools } from './call-tool.ts';
import type { ActivityDependencies } from './dependencies.ts';
import type { FrozenRun } from './frozen-run.ts';
import { takeTurn } from './take-turn.ts';
import type { Turn, TurnDependencies } from './take-turn.ts';

/** How long an activity goes on with further turns, in ms: short enough that nobody waits for it. */
const sliceMs = 1000;

/** Takes one turn of an agent, and the quick ones that follow it. */
export async function callModel(
  dependencies: TurnDependencies & { frozenRun: (runKey: string) => Promise<FrozenRun> },
  input: CallModelInput,
): Promise<CallModelResult> {
  const run = await dependencies.frozenRun(input.runKey);
  refuseOtherModel(dependencies, run);
  await letCancelGoFirst(run.runId);
  return withHeartbeat((signal) => takeTurns(dependencies, run, input, signal));
}

async function takeTurns(
  dependencies: TurnDependencies,
  run: FrozenRun,
  { lastTurn, history: before, ...first }: CallModelInput,
  signal: AbortSignal,
): Promise<CallModelResult> {
  const until = Date.now() + sliceMs;
  const turns: TakenTurn[] = [];
  const history = [...before];
  let input = first;
  for (;;) {
    let turn: Turn;
    try {
      turn = await takeTurn(dependencies, run, input, signal);
    } catch (error) {
      if (turns.length === 0 || error instanceof CancelledFailure || signal.aborted) throw error;
      return { turns, slowTools: [], failure: toFinal(error) };
    }
    const results = await runQuickTools(dependencies, run, input, turn);
    const slow = turn.toolUses.filter((use) => isSlow(dependencies, run, input.agent, use.name));
    const print = fingerprint(
      JSON.stringify([turn.preview, turn.toolUses.map(({ name, input }) => [name, input]), results]),
    );
    history.push(print);
    turns.push(toTaken(turn, print));
    const goesOn = turn.stop === 'tools' && slow.length === 0 && input.turn < lastTurn;
    if (!goesOn || isLooping(history) || Date.now() >= until || signal.aborted) {
      const slowTools = slow.map((use) => ({ id: use.id, summary: describeTool(dependencies, use) }));
      return { turns, slowTools, failure: null };
    }
    input = { ...input, turn: input.turn + 1, head: turn.head, prompt: null };
  }
}

function toTaken({ head, stop, preview, usage, costUsd, toolUses }: Turn, print: string): TakenTurn {
  const tools = toolUses
    .map((use) => use.name)
    .join(', ')
    .slice(0, 100);
  return { head, stop, preview, usage: addUsage(noUsage, usage), costUsd, tools, fingerprint: print };
}

// A failure that another try may cure is met again by the next call, which Temporal retries; a final one is handed over (T3).
function toFinal(error: unknown): CallModelResult['failure'] {
  if (!(error instanceof ApplicationFailure) || !error.nonRetryable) return null;
  return { type: error.type ?? 'Error', message: error.message };
}

function refuseOtherModel({ modelKind }: ActivityDependencies, { launch, runId }: FrozenRun): void {
  if (!launch || launch.model === modelKind) return;
  const message = `run ${runId} was started for the ${launch.model} model and this worker has the ${modelKind} one: \`gaffer watch ${runId}\` starts the right worker`;
  throw ApplicationFailure.retryable(message, failureTypes.modelUnavailable);
}
