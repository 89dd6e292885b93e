/*
 * F1 A session is one activity. It is tried again after a death: its worktree is put back, and a fresh session with the same prompt gets
 *    every answer that was paid from the gateway.
 * F2 A call that waits for a person holds no process and no worker: the session has ended, and goes on with the decision.
 * F3 What the agent says of itself is not believed: the step looks at what its task asks for, and sends it back a few times.
 */
import { CancellationScope, CancelledFailure, isCancellation } from '@temporalio/workflow';
import type { AskedCall, ForeignEnd, RunAgentResult } from '../../contracts/agent-run.ts';
import type { AgentTaskInput, AgentTaskProgress, ForeignState } from '../../contracts/agent-task.ts';
import type { ForeignDecision, ForeignFrom } from '../../contracts/foreign.ts';
import { preview } from '../../domain/fingerprint.ts';
import { toRequestId } from '../../domain/ids/request-id.ts';
import { failureTypes } from '../../domain/run/failure-types.ts';
import { runAgent } from '../base/activity-proxies.ts';
import { toSummary } from '../base/cosmetics.ts';
import { describeFailure, finalFailure } from '../base/failures.ts';
import { insist } from '../base/insist.ts';
import { helpOutOfLoop, overcome } from './obstacles.ts';
import { copyOf } from './progress.ts';
import type { RunLink } from './run-link.ts';
import { standAsideIfAsked } from './stand-aside.ts';

/** How often what an agent did goes back to it because a check of its task fails. */
const mostRepairs = 3;

/** Longest reason of a failure, in characters. */
const longestWhy = 500;

/** What an agent is told whose session was stopped between two turns. */
const goOn = 'You were interrupted between two steps. Go on with your task.';

/**
 * Drives the program of others that does an agent's tasks through one attempt, session by session, until its work holds.
 *
 * @throws ApplicationFailure of a type of `failureTypes`; LoopMoves when the link has it go on elsewhere
 */
export async function driveForeign(input: AgentTaskInput, link: RunLink, progress: AgentTaskProgress): Promise<void> {
  const state: ForeignState = link.from?.foreign ?? { session: 1, from: null, decided: [] };
  let repairs = link.from?.repairs ?? 0;
  for (; ; state.session++) {
    const prompt = input.prompt === null ? ('task' as const) : { text: input.prompt };
    const carried = { ...state, decided: [...state.decided] };
    link.noteState?.({ progress: copyOf(progress), head: input.head, prompt, history: [], repairs, foreign: carried });
    await link.gate();
    const { progress: reached, sessionId, end } = await oneSession(input, link, { state, prompt, progress });
    Object.assign(progress, reached);
    link.onTurn(progress, { tools: '', stop: 'end' });
    if (end.kind === 'done') return;
    if (end.kind === 'again' && ++repairs > mostRepairs) throw finalFailure(failureTypes.agentFailed, stillWrong(end));
    state.insists = false;
    const aside = end.kind === 'paused' ? await standAsideIfAsked(input, link, state.session) : null;
    const say = aside ?? (await wayOn(input, link, { state, progress, end }));
    state.from = { sessionId, say: end.kind === 'paused' && end.say ? `${end.say}\n\n${say}` : say };
  }
}

// A worker of an earlier version says nothing but what its agent is told.
function stillWrong({ why, say }: { why?: string; say: string }): string {
  return `after ${mostRepairs} repairs it still does not hold: ${preview(why ?? say, longestWhy)}`;
}

type Step = { state: ForeignState; progress: AgentTaskProgress };

// What the agent is told next; null: it goes on with the call that was decided about.
async function wayOn(
  input: AgentTaskInput,
  link: RunLink,
  { state, progress, end }: Step & { end: Exclude<ForeignEnd, { kind: 'done' }> },
): Promise<ForeignFrom['say']> {
  switch (end.kind) {
    case 'asks':
      state.decided.push(await askAbout(input, link, { call: end.call, turn: progress.turns }));
      return null;
    case 'again':
    case 'told':
      return end.say;
    case 'loops':
      return (await helpOutOfLoop(input, link, progress, end.what)).text;
    case 'stopped':
      state.insists = (await overcome(input, link, progress, end)).insists === true;
      return goOn;
    case 'paused':
      return goOn;
  }
}

// F2
async function askAbout(
  { taskId, attempt }: AgentTaskInput,
  link: RunLink,
  { call, turn }: { call: AskedCall; turn: number },
): Promise<ForeignDecision> {
  const id = toRequestId({ kind: 'tool', taskId, attempt, turn, toolUseId: call.id });
  const { summary: what, detail, approval, print } = call;
  const { outcome, text, by, edit } = await link.wait({ id, taskId, cause: 'approval', what, detail, approval });
  const isEdit = typeof edit === 'object' && edit !== null && !Array.isArray(edit);
  if (outcome === 'approved') return { toolUseId: call.id, print, refusal: null, ...(isEdit && { edit }) };
  return { toolUseId: call.id, print, refusal: `${by} did not allow this call${text ? `: ${text}` : '.'}` };
}

// F1
async function oneSession(
  input: AgentTaskInput,
  link: RunLink,
  { state, prompt, progress }: Step & { prompt: 'task' | { text: string } },
): Promise<RunAgentResult> {
  const { runKey, taskId, attempt, epoch, agent, context, phase, head, maxTurns: lastTurn } = input;
  const text = `${agent} · ${input.runner} · session ${state.session}`;
  const summary = toSummary(link.titleOf({ text, isFirst: state.session === 1 }));
  const options = { taskQueue: input.workspaceQueue, summary };
  const step = { runKey, taskId, attempt, epoch, agent, context, phase, head, prompt };
  const call = { ...step, ...state, decided: [...state.decided], progress: copyOf(progress), lastTurn };
  const toRest = insist();
  for (;;) {
    try {
      return await link.busy(() => runAgent.executeWithOptions({ ...options, ...link.turn?.() }, [call]));
    } catch (error) {
      if (isCancellation(error)) throw error;
      const failure = describeFailure(error);
      // Temporal does not try a step again that was cancelled, so one that a dead worker had comes as a failure.
      const isCancelled = CancellationScope.current().consideredCancelled && failure.type === failureTypes.superseded;
      if (isCancelled) throw new CancelledFailure(failure.message);
      const rest = toRest(error);
      if (rest) await rest;
      else if (failure.type !== failureTypes.paused) await overcome(input, link, progress, failure);
      await link.gate();
    }
  }
}
