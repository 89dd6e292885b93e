/*
 * L1 The head moves only over turns whose tool calls all have results.
 * L2 A turn that was refused for a reason that somebody can remove (budget, provider) is asked again, as if it had never been.
 * L3 A task that waits holds no worker: it waits in workflow code, and the time does not count against its timeout.
 * L4 A call that fits once others have given something back waits for its turn, whatever the run does about limits that are reached.
 */
import { CancellationScope, CancelledFailure, isCancellation } from '@temporalio/workflow';
import type { CallModelInput, CallModelResult } from '../../contracts/turn.ts';
import type { AgentTaskInput, AgentTaskProgress, LoopState } from '../../contracts/agent-task.ts';
import type { OutlineTask } from '../../domain/plan/outline.ts';
import { failureTypes } from '../../domain/run/failure-types.ts';
import { noProgress, noteTurns, takeIn, turnsExhausted } from '../../domain/turns/agent-turns.ts';
import { callModel } from '../base/activity-proxies.ts';
import { toSummary } from '../base/cosmetics.ts';
import { describeFailure, finalFailure } from '../base/failures.ts';
import { insist } from '../base/insist.ts';
import { tellAttempt } from '../base/trace.ts';
import { driveForeign } from './foreign-loop.ts';
import type { Insists } from './obstacles.ts';
import { helpOutOfLoop, overcome } from './obstacles.ts';
import { copyOf } from './progress.ts';
import type { RunLink } from './run-link.ts';
import { standAsideIfAsked } from './stand-aside.ts';
import { LoopMoves } from './run-link.ts';
import { runTools } from './tool-calls.ts';
import { within } from '../base/within.ts';

/**
 * Drives one agent through one attempt of a task, turn by turn, until it ends its turn.
 *
 * @throws ApplicationFailure of a type of `failureTypes`, with {@link AgentTaskProgress} as its detail; never retryable here. LoopMoves
 * when the link has it go on elsewhere
 */
export function runAgent(input: AgentTaskInput, link: RunLink): Promise<AgentTaskProgress> {
  const end = attempt(input, link);
  tellAttempt(end, input, link.startedAt);
  return end;
}

async function attempt(input: AgentTaskInput, link: RunLink): Promise<AgentTaskProgress> {
  const progress: AgentTaskProgress = link.from ? copyOf(link.from.progress) : noProgress<OutlineTask>(input.head);
  const limit = {
    ...{ what: `task ${input.taskId}`, limitMs: () => input.timeoutMs, waitedMs: link.waitedMs },
    ...(link.startedAt !== undefined && { startedAt: link.startedAt }),
  };
  try {
    await within(limit, () => (input.runner ? driveForeign : converse)(input, link, progress));
    return progress;
  } catch (error) {
    if (isCancellation(error) || error instanceof LoopMoves) throw error;
    const { type, message } = describeFailure(error);
    throw finalFailure(type, message, [progress]);
  }
}

async function converse(input: AgentTaskInput, link: RunLink, progress: AgentTaskProgress): Promise<void> {
  const first = input.prompt === null ? ('task' as const) : { text: input.prompt };
  const start = { head: input.head, prompt: first, history: [] as string[], repairs: 0 };
  const { head, prompt, history, repairs }: Omit<LoopState, 'progress'> = link.from ?? start;
  const loop = { progress, head, prompt, history: [...history], repairs };
  let insists: Insists = {};
  while (progress.turns < input.maxTurns) {
    link.noteState?.({ ...loop, progress: copyOf(progress), history: [...loop.history] });
    const next = { turn: progress.turns + 1, head: loop.head, prompt: loop.prompt, history: loop.history, ...insists };
    await link.gate();
    const answer = await takeTurns(input, link, next);
    const last = answer.turns.at(-1)!;
    if (answer.begins) await link.begin(answer.begins);
    const turn = progress.turns + answer.turns.length;
    const results = await runTools(input, link, { turn, head: last.head, tools: answer.slowTools });
    noteTurns(progress, answer);
    link.onTurn(progress, last);
    const told = await standAsideIfAsked(input, link, progress.turns);
    const after = takeIn(loop, answer, { results, told });
    if (after === 'over') return;
    if (typeof after === 'object') throw finalFailure(failureTypes.outputInvalid, after.refused);
    if (after === 'circle') {
      loop.prompt = await helpOutOfLoop(input, link, progress, last.tools || 'the same answer');
      loop.history = [];
    }
    insists = answer.failure ? await overcome(input, link, progress, answer.failure) : {};
  }
  throw finalFailure(failureTypes.turnsExhausted, turnsExhausted(input.maxTurns));
}

type NextTurn = Pick<CallModelInput, 'turn' | 'head' | 'prompt' | 'history'> & Insists;

// L2
async function takeTurns(input: AgentTaskInput, link: RunLink, next: NextTurn): Promise<CallModelResult> {
  const { runKey, taskId, attempt, epoch, agent, context, maxTurns: lastTurn, output } = input;
  const text = `${agent} · ${input.model} · turn ${next.turn}`;
  const summary = toSummary(link.titleOf({ text, isFirst: next.turn === 1 }));
  const toRest = insist();
  let call = next;
  for (;;) {
    try {
      const step = { runKey, taskId, attempt, epoch, agent, context, ...(output && { output }) };
      const asked = { ...step, ...call, lastTurn };
      return await link.busy(() => callModel.executeWithOptions({ summary, ...link.turn?.() }, [asked]));
    } catch (error) {
      if (isCancellation(error)) throw error;
      const failure = describeFailure(error);
      // Temporal does not try a step again that was cancelled, so one that a dead worker had comes as a failure.
      const isCancelled = CancellationScope.current().consideredCancelled && failure.type === failureTypes.superseded;
      if (isCancelled) throw new CancelledFailure(failure.message);
      const rest = toRest(error);
      if (rest) {
        await rest;
        await link.gate();
        continue;
      }
      call = { ...next, ...(await overcome(input, link, { turns: next.turn - 1 }, failure)) };
      await link.gate();
    }
  }
}
