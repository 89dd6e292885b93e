/*
 * A model's summary of what a conversation leaves out is a call like any other: reserved, journaled and paid once, under the key of the turn
 * that needs it, as a helper of its task (see toSummariserId). It fails no turn: without it stands what is put together of beginnings.
 */
import { ApplicationFailure, CancelledFailure } from '@temporalio/common';
import type { TurnInput } from '../../contracts/turn.ts';
import type { Gist, Message } from '../../domain/conversation/conversation.ts';
import { textOf } from '../../domain/conversation/conversation.ts';
import { asText } from '../../domain/conversation/as-text.ts';
import { gistIn } from '../../domain/conversation/gist.ts';
import type { Trim } from '../../domain/conversation/sent-messages.ts';
import { wholeView } from '../../domain/conversation/sent-messages.ts';
import { leftOut } from '../../domain/conversation/shorten.ts';
import { modelKey, toCallKey } from '../../domain/ids/journal-key.ts';
import { toSummariserId } from '../../domain/ids/worker-id.ts';
import type { Agent } from '../../domain/plan/plan.ts';
import { summariserOf } from '../../domain/plan/summariser.ts';
import { failureTypes } from '../../domain/run/failure-types.ts';
import { factsOf } from '../../domain/run/model-of-agent.ts';
import { charactersPerToken } from '../../models/estimate.ts';
import { messageId } from '../../store/run/conversation.ts';
import type { StoredMessage, View } from '../../store/run/conversation.ts';
import { loadTexts } from '../../store/task/task-facts.ts';
import { awaitCancel, toHolder } from '../base/activity-context.ts';
import type { FrozenRun } from '../base/frozen-run.ts';
import { superseded } from '../base/to-failure.ts';
import { scopesOf } from '../../calls/spend-limits.ts';
import { budgetExceeded } from '../money/spending.ts';
import { askModel } from './ask-model.ts';
import { findAccess, findPrice } from './asked-model.ts';
import { commitAnswer } from './commit-answer.ts';
import type { FrozenCall } from './frozen-call.ts';
import type { Asking, TurnDependencies } from './turn.ts';
import { answerCodec } from './turn.ts';
import { invokeEvents } from './turn-events.ts';

/** Most of one block that is summed up, in characters. */
const longestBlock = 4000;

/** A trim with the summary of the plan's `summary_model`, where it has one and something new is left out; else as it is. */
export async function writeGist(
  dependencies: TurnDependencies,
  run: FrozenRun,
  asking: Asking,
  { view, trim }: { view: View; trim: Trim },
): Promise<Trim> {
  const { gist, from } = trim;
  const writer = summariserOf(run.plan, asking.agent.name);
  if (!gist || from === null || !writer) return trim;
  const text = await sumUp(dependencies, run, asking, { writer, prompt: promptOf(run, view, { from, writer }) }).catch(
    (error: unknown) => {
      if (!isInTheWay(error)) throw error;
      return '';
    },
  );
  return text === '' ? trim : { ...trim, gist: { ...gist, text, by: writer.model } };
}

// What another try may cure is tried again with the turn, and a limit holds for summaries as for all else.
function isInTheWay(error: unknown): boolean {
  if (!(error instanceof ApplicationFailure) || error instanceof CancelledFailure) return false;
  const { budgetExceeded: budget, superseded: lost } = failureTypes;
  return error.nonRetryable === true && error.type !== budget && error.type !== lost;
}

/** One call for a text. @throws ApplicationFailure as a turn does */
async function sumUp(
  dependencies: TurnDependencies,
  run: FrozenRun,
  { input, task, signal }: Asking,
  { writer, prompt }: { writer: Agent; prompt: string },
): Promise<string> {
  const { store } = dependencies;
  const { step, key, message, request } = toQuestion(run, input, { writer, prompt });
  const access = findAccess(dependencies, writer);
  const price = findPrice(run, writer);
  const worst = dependencies.worstCaseOf(request, price);
  const reserved = { nano: worst.nanoUsd, tokens: worst.tokens };
  const holder = toHolder(dependencies);
  const begun = await store.journal.beginModel({
    ...{ no: run.no, key, holder, message, intent: { head: message.id }, reserve: reserved },
    scopes: scopesOf(run.plan, task, input),
    events: invokeEvents(step, key, message, { ...request, chosen: null }).slice(-1),
  });
  if (begun.state === 'cancelled') return awaitCancel(run.runId);
  if (begun.state === 'exceeded') throw await budgetExceeded(store, run, begun.exceeded, key);
  if (begun.state === 'done') {
    const { head } = answerCodec.fromJson(begun.result);
    return (await loadTexts(store.sql, [head])).get(head)?.trim() ?? '';
  }
  const [held, calls] = begun.state === 'fresh' ? [reserved, 1] : [begun.reserved, begun.attempts];
  const call: FrozenCall = {
    ...{ input: step, key, token: holder.token, access, price, request, reserved: held, calls },
    ...{ asked: [message], trim: wholeView, gist: null, hasMail: false, hasLater: false, isAside: true },
  };
  const { reply, isOurs } = await commitAnswer(
    dependencies,
    run,
    call,
    await askModel(dependencies, run, call, signal),
  );
  if (!isOurs) throw superseded(key);
  return textOf(reply).trim();
}

function toQuestion(run: FrozenRun, input: TurnInput, { writer, prompt }: { writer: Agent; prompt: string }) {
  const step = { ...input, taskId: toSummariserId(input.taskId), prompt: null };
  const key = modelKey(step);
  const said: Message = { role: 'user', content: [{ type: 'text', text: prompt }] };
  const id = messageId(run.runKey, key, 'user');
  const message: StoredMessage = { ...said, id, parent: null, root: id, viewFrom: null, depth: 1, callKey: key };
  const { model, system, maxTokens } = writer;
  const request = { model, system, tools: [], maxTokens, messages: [said], callKey: toCallKey(run.runKey, key) };
  return { step, key, message, request };
}

/** What is summed up: the summary before it, and each message that is left out, as far as the model has room. */
function promptOf(run: FrozenRun, view: View, { from, writer }: { from: string; writer: Agent }): string {
  const window = factsOf(run.plan, writer)?.window ?? 100_000;
  const room = Math.max(1000, Math.floor((window - writer.maxTokens) * 0.6 * charactersPerToken));
  const left = leftOut(view, from);
  const before = gistIn(view);
  for (let longest = longestBlock; ; longest /= 2) {
    const text = [
      ...(before ? [`## Summary of what was before\n${wordsOf(before)}`] : []),
      ...left.map((message) => asText(message, longest)),
    ].join('\n\n');
    if (text.length <= room || longest < 50) return text.slice(-room).toWellFormed();
  }
}

function wordsOf({ text, pinned }: Gist): string {
  return [text, ...pinned.map((pin) => `Said to the agent: ${pin.text}`)].join('\n');
}
