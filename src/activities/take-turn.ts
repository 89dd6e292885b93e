import type { TurnInput } from '../contracts/activities.ts';
import type { ContentBlock, ToolUseBlock } from '../domain/conversation.ts';
import { textOf, toolUsesOf } from '../domain/conversation.ts';
import { failureTypes } from '../domain/failure-types.ts';
import { preview } from '../domain/fingerprint.ts';
import { modelKey } from '../domain/journal-key.ts';
import type { JsonObject } from '../domain/json.ts';
import { costOf, priceOf } from '../domain/model-table.ts';
import { toUsd } from '../domain/money.ts';
import type { RunEventDraft } from '../domain/run-events.ts';
import type { Usage } from '../domain/usage.ts';
import { totalTokens } from '../domain/usage.ts';
import type { ModelAnswer, ModelRequest } from '../models/model.ts';
import { ModelError } from '../models/model.ts';
import type { StoredMessage, View, ViewCache } from '../store/conversation.ts';
import { loadView, messageId } from '../store/conversation.ts';
import type { Budget, Reservation } from '../store/journal.ts';
import { toStorable } from '../store/jsonb.ts';
import { isCancelRequested, toHolder } from './activity-context.ts';
import type { ActivityDependencies } from './dependencies.ts';
import type { FrozenRun } from './frozen-run.ts';
import { nextMessage } from './next-message.ts';
import { finalFailure, superseded, toFailure } from './to-failure.ts';

/** What a turn needs besides what every activity has. */
export type TurnDependencies = ActivityDependencies & { views: ViewCache };

/** What became of one turn. */
export interface Turn {
  /** The answer. */
  head: string;
  stop: 'end' | 'tools' | 'cut';
  toolUses: ToolUseBlock[];
  /** At most 300 characters of its text. */
  preview: string;
  usage: Usage;
  costUsd: number;
}

/**
 * One turn of an agent, paid once: frozen, called, committed (design section 3).
 *
 * @throws ApplicationFailure, see `Activities.callModel`
 */
export async function takeTurn(
  dependencies: TurnDependencies,
  run: FrozenRun,
  input: TurnInput,
  { signal, events }: { signal: AbortSignal; events: RunEventDraft[] },
): Promise<Turn> {
  const { store, views } = dependencies;
  const key = modelKey(input);
  const holder = toHolder(dependencies);
  const viewAt = async (head: string): Promise<View> => views.get(head) ?? loadView(store.sql, head);
  const { message, view } = await nextMessage(store.journal, run, input, input.head ? await viewAt(input.head) : []);
  const fresh = toRequest(dependencies, run, input, view);
  const price = priceOf(fresh.model);
  if (!price)
    throw finalFailure(failureTypes.modelRejected, `${fresh.model} has no price: give the agent another model`);
  const worst = dependencies.worstCaseOf(fresh, price);
  let reserved: Reservation = { nano: worst.nanoUsd, tokens: worst.tokens };
  const begun = await store.journal.beginModel({
    no: run.no,
    key,
    holder,
    message,
    intent: { head: message.id },
    reserve: reserved,
    events: [...events, ...invokeEvents(run, input, key)],
  });
  if (begun.state === 'exceeded') throw await budgetExceeded(dependencies, run, begun.budget, reserved, key);
  if (begun.state === 'done') return toTurn(begun.result, (await viewAt(begun.result['head'] as string)).at(-1)!);

  // A retry sends what the first attempt froze, not what it would make of the store today.
  let asked = view;
  let request = fresh;
  if (begun.state === 'resumed') {
    asked = await viewAt(begun.intent['head'] as string);
    request = toRequest(dependencies, run, input, asked);
    reserved = begun.reserved;
  }
  const answer = await complete(dependencies, run, request, { key, token: holder.token, signal });
  const cost = costOf(price, answer.usage);
  const reply = toReply(run, key, asked.at(-1)!, answer);
  const result = describe(reply, answer, toUsd(cost));
  const calls = begun.state === 'resumed' ? begun.attempts : 1;
  const isOurs = await store.journal.commitModel({
    no: run.no,
    key,
    token: holder.token,
    message: reply,
    usage: { ...answer.usage },
    cost,
    tokens: totalTokens(answer.usage),
    reserved,
    result: result as unknown as JsonObject,
    context: { name: input.context, agent: input.agent },
    events: [answerEvent(input, key, result, calls)],
  });
  if (!isOurs) throw superseded(key);
  if (input.head) views.drop(input.head);
  views.set(reply.id, [...asked, reply], sizeOf(request) + JSON.stringify(reply.content).length);
  return toTurn(result as unknown as JsonObject, reply);
}

function toRequest(
  { tools }: ActivityDependencies,
  run: FrozenRun,
  input: TurnInput,
  view: readonly StoredMessage[],
): ModelRequest {
  const agent = run.plan.agents[input.agent];
  if (!agent) throw finalFailure(failureTypes.invalidInput, `the plan has no agent ${input.agent}`);
  return {
    model: agent.model,
    system: agent.system,
    tools: agent.tools.flatMap((name) => tools.get(name)?.definition ?? []),
    messages: view.map(({ role, content }) => ({ role, content })),
    maxTokens: agent.maxTokens,
    callKey: `${run.runKey}/${modelKey(input)}`,
  };
}

async function complete(
  { model, store }: ActivityDependencies,
  run: FrozenRun,
  request: ModelRequest,
  { key, token, signal }: { key: string; token: string; signal: AbortSignal },
): Promise<ModelAnswer> {
  try {
    return await model.complete(request, { signal });
  } catch (error) {
    // Nothing will ask for this step again, so its reservation goes back; otherwise the retry takes it over (J4).
    const isFinal = isCancelRequested() || (error instanceof ModelError && !error.isPassing);
    if (isFinal) await store.journal.drop(run.no, key, token);
    throw toFailure(error);
  }
}

function toReply(run: FrozenRun, key: string, last: StoredMessage, answer: ModelAnswer): StoredMessage {
  // The Messages API refuses empty messages and empty texts when the conversation is sent back to it.
  const content: ContentBlock[] = answer.content.filter((block) => block.type !== 'text' || block.text.trim() !== '');
  return {
    id: messageId(run.runKey, key, 'assistant'),
    parent: last.id,
    root: last.root,
    viewFrom: last.viewFrom,
    depth: last.depth + 1,
    callKey: key,
    role: 'assistant',
    // The next request is made of this copy or, after a restart, of the stored one: they must not differ.
    content: toStorable(content.length > 0 ? content : [{ type: 'text', text: '(no answer)' }]),
  };
}

/** What the journal keeps of an answer besides the message itself. */
interface JournaledAnswer {
  head: string;
  stop: Turn['stop'];
  preview: string;
  usage: Usage;
  costUsd: number;
  refused: boolean;
}

function describe(reply: StoredMessage, { stopReason, usage }: ModelAnswer, costUsd: number): JournaledAnswer {
  const isCut = stopReason === 'max_tokens' || stopReason === 'pause_turn';
  const stop = toolUsesOf(reply).length > 0 ? 'tools' : isCut ? 'cut' : 'end';
  return {
    head: reply.id,
    stop,
    preview: preview(textOf(reply), 300),
    usage,
    costUsd,
    refused: stopReason === 'refusal',
  };
}

function toTurn(journaled: JsonObject, reply: StoredMessage): Turn {
  const { refused, ...turn } = journaled as unknown as JournaledAnswer;
  if (refused) throw finalFailure(failureTypes.modelRefused, `the model declined to answer: ${turn.preview}`);
  return { ...turn, toolUses: toolUsesOf(reply) };
}

function invokeEvents(run: FrozenRun, input: TurnInput, key: string): RunEventDraft[] {
  const { taskId, agent: agentName, turn, attempt } = input;
  const agent = run.plan.agents[agentName]!;
  const events: RunEventDraft[] = [
    {
      key: `invoke/${key}`,
      type: 'agent:invoke',
      taskId,
      agentName,
      model: agent.model,
      maxTokens: agent.maxTokens,
      turn,
    },
  ];
  if (turn > 1) return events;
  const prompt = run.plan.tasks.find((task) => task.id === taskId)?.prompt ?? '';
  const description = preview(prompt, 120);
  return [
    { key: `start/${taskId}~${attempt}`, type: 'task:start', taskId, agentName, description, attempt },
    ...events,
  ];
}

function answerEvent(input: TurnInput, key: string, result: JournaledAnswer, calls: number): RunEventDraft {
  const { taskId, agent: agentName, turn } = input;
  const tokensUsed = totalTokens(result.usage);
  const { costUsd, preview: text } = result;
  return {
    key: `answer/${key}`,
    type: 'agent:answer',
    taskId,
    agentName,
    turn,
    tokensUsed,
    costUsd,
    preview: text,
    calls,
  };
}

async function budgetExceeded(
  { store }: ActivityDependencies,
  run: FrozenRun,
  budget: Budget,
  asked: Reservation,
  key: string,
): Promise<Error> {
  const { limitTokens } = budget;
  const isTokens = limitTokens !== null && budget.spentTokens + budget.reservedTokens + asked.tokens > limitTokens;
  const detail = isTokens
    ? `${budget.spentTokens} of ${limitTokens} tokens are used and ${budget.reservedTokens} held back; the next call may use ${asked.tokens}`
    : `$${toUsd(budget.spentNano).toFixed(4)} of $${toUsd(budget.limitNano).toFixed(2)} are spent and $${toUsd(budget.reservedNano).toFixed(4)} held back; the next call may cost $${toUsd(asked.nano).toFixed(4)}`;
  const spentUsd = toUsd(budget.spentNano);
  const limitUsd = toUsd(budget.limitNano);
  await store.events.append(run.runKey, [
    { key: `budget/${key}`, type: 'budget:exceeded', detail, spentUsd, limitUsd },
  ]);
  return finalFailure(failureTypes.budgetExceeded, `${detail}: raise limits.${isTokens ? 'tokens' : 'usd'} to go on`);
}

function sizeOf(request: ModelRequest): number {
  return JSON.stringify(request.messages).length;
}
