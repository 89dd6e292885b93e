/*
 * L1 The head moves only over turns whose tool calls all have results.
 * L2 A turn that was refused for a reason that somebody can remove (budget, provider) is asked again, as if it had never been.
 * L3 A task that waits holds no worker: it waits in workflow code, and the time does not count against its timeout.
 * L4 A call that fits once others have given something back waits for its turn, whatever the run does about limits that are reached.
 */
import { CancellationScope, CancelledFailure, isCancellation } from '@temporalio/workflow';
import { toRequestId } from '../../domain/ids/request-id.ts';
import type { CallModelInput, CallModelResult, TakenTurn } from '../../contracts/turn.ts';
import type { AgentTaskInput, AgentTaskProgress, LoopState } from '../../contracts/agent-task.ts';
import type { UnavailableDetail } from '../../domain/run/failure-types.ts';
import { failureTypes } from '../../domain/run/failure-types.ts';
import { fingerprint } from '../../domain/fingerprint.ts';
import { circleText, isLooping, loopLimit } from '../../domain/run/loop-detection.ts';
import { queueSummary, restSummary } from '../../domain/run/timer-words.ts';
import { addUsd } from '../../domain/money/money.ts';
import type { ReachedLimit } from '../../domain/money/reached-limit.ts';
import { heldText, spentText } from '../../domain/money/reached-limit.ts';
import { totalTokens } from '../../domain/money/usage.ts';
import { byTime } from '../../domain/run/long-wait.ts';
import { callModel } from '../base/activity-proxies.ts';
import { toSummary } from '../base/cosmetics.ts';
import { describeFailure, finalFailure } from '../base/failures.ts';
import { insist } from '../base/insist.ts';
import { tellAttempt } from '../base/trace.ts';
import type { RunLink } from './run-link.ts';
import { LoopMoves } from './run-link.ts';
import { runTools } from './tool-calls.ts';
import { within } from '../base/within.ts';

/** What a worker of an earlier version leaves to be said here. */
const goOn = 'Your answer was cut off at its token limit. Go on from where it stopped; keep it shorter.';

/** How often an answer that does not meet the task's `output` schema goes back to the model. */
const mostRepairs = 3;

/** An attempt that has not begun. */
function noProgress(head: string | null): AgentTaskProgress {
  return { head, preview: '', turns: 0, tokens: 0, costUsd: 0, added: [] };
}

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
  const progress: AgentTaskProgress = link.from ? copyOf(link.from.progress) : noProgress(input.head);
  const limit = {
    ...{ what: `task ${input.taskId}`, limitMs: () => input.timeoutMs, waitedMs: link.waitedMs },
    ...(link.startedAt !== undefined && { startedAt: link.startedAt }),
  };
  try {
    await within(limit, () => converse(input, link, progress));
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
  let { head, prompt, history, repairs }: Omit<LoopState, 'progress'> = link.from ?? start;
  let insists: Insists = {};
  while (progress.turns < input.maxTurns) {
    link.noteState?.({ progress: copyOf(progress), head, prompt, history: [...history], repairs });
    await link.gate();
    const answer = await takeTurns(input, link, { turn: progress.turns + 1, head, prompt, history, ...insists });
    const last = answer.turns.at(-1)!;
    head = last.head;
    if (answer.begins) await link.begin(answer.begins);
    const turn = progress.turns + answer.turns.length;
    const results = await runTools(input, link, { turn, head, tools: answer.slowTools });
    note(progress, answer);
    link.onTurn(progress, last);
    if (last.stop === 'end' && answer.problem === null) return;
    history.push(...answer.turns.map((each) => each.fingerprint));
    if (results) history.push(fingerprint(history.pop() + results));
    prompt = last.stop === 'cut' ? { text: last.goOn ?? goOn } : null;
    if (last.stop === 'end') {
      if (++repairs > mostRepairs) throw finalFailure(failureTypes.outputInvalid, wrongOutput(answer));
      prompt = { text: `${answer.problem}\nAnswer again, with the corrected JSON only.` };
    } else if (!answer.failure && isLooping(history)) {
      prompt = await helpOutOfLoop(input, link, progress, last);
      history = [];
    }
    history = history.slice(-loopLimit);
    insists = answer.failure ? await overcome(input, link, progress, answer.failure) : {};
  }
  const message = `no end after ${input.maxTurns} turns: give the agent a higher max_turns, or a smaller task`;
  throw finalFailure(failureTypes.turnsExhausted, message);
}

function copyOf(progress: AgentTaskProgress): AgentTaskProgress {
  return { ...progress, added: [...progress.added] };
}

/** Whether the next call is made although its provider asks to wait. */
type Insists = Pick<CallModelInput, 'insists'>;
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

// Waits for what stands in the way of the next turn, or gives up.
async function overcome(
  input: AgentTaskInput,
  link: RunLink,
  { turns }: { turns: number },
  { type, message, details }: { type: string; message: string; details?: unknown[] },
): Promise<Insists> {
  const limit = type === failureTypes.budgetExceeded ? (details?.[0] as ReachedLimit | null | undefined) : null;
  if (limit?.freeAt && limit.isHeld) {
    // L4
    await link.queue(Math.max(500, Date.parse(limit.freeAt) - Date.now()), queueSummary(input.taskId, heldText(limit)));
    return {};
  }
  if (limit?.freeAt && input.waitsForBudget) {
    // A limit of money per minute: time alone makes room, or a higher limit.
    const summary = restSummary(input.taskId, spentText(limit));
    await link.rest(Math.max(500, Date.parse(limit.freeAt) - Date.now()), summary);
    return {};
  }
  const wait =
    type === failureTypes.modelUnavailable ? (details?.[0] as UnavailableDetail | undefined)?.wait : undefined;
  const cause =
    type === failureTypes.modelRejected || wait
      ? ('provider' as const)
      : type === failureTypes.budgetExceeded && input.waitsForBudget
        ? ('budget' as const)
        : null;
  if (cause === null) throw finalFailure(type, message);
  const id = toRequestId({ kind: cause, taskId: input.taskId, attempt: input.attempt, turn: turns });
  const what = cause === 'budget' ? 'a higher limit' : 'the provider to accept calls again';
  const request = { id, taskId: input.taskId, cause, what, detail: message, approval: null };
  const answer = await link.wait({ ...request, ...(limit && { limit }), ...(wait && { until: wait.askAt }) });
  if (answer.outcome === 'halted') throw finalFailure(type, message);
  return wait && answer.by !== byTime ? { insists: true } : {};
}

// L1
function note(progress: AgentTaskProgress, { turns, added }: CallModelResult): void {
  const last = turns.at(-1)!;
  progress.head = last.head;
  progress.preview = last.preview;
  progress.turns += turns.length;
  progress.added.push(...added);
  for (const turn of turns) {
    progress.tokens += totalTokens(turn.usage);
    progress.costUsd = addUsd(progress.costUsd, turn.costUsd);
    if (turn.isUncounted) progress.isUncounted = true;
  }
}

async function helpOutOfLoop(
  input: AgentTaskInput,
  link: RunLink,
  progress: AgentTaskProgress,
  last: TakenTurn,
): Promise<CallModelInput['prompt']> {
  const what = last.tools || 'the same answer';
  const detail = `${circleText}: ${loopLimit} times in a row the same step with the same result (${what})`;
  if (!input.hasManager) throw finalFailure(failureTypes.turnsExhausted, detail);
  const id = toRequestId({ kind: 'loop', taskId: input.taskId, attempt: input.attempt, turn: progress.turns });
  const { text, by } = await link.wait({
    ...{ id, taskId: input.taskId, cause: 'blocker' as const, what: 'a way out of a circle', detail, approval: null },
  });
  return { text: `You go round in circles. ${by} says: ${text}` };
}

function wrongOutput({ problem }: CallModelResult): string {
  return `after ${mostRepairs} repairs the answer still does not meet the task's output schema: ${problem}`;
}
