import type { TurnInput } from '../../contracts/turn.ts';
import type { Reservation } from '../../store/journal/entry.ts';
import type { ContentBlock, ToolUseBlock } from '../../domain/conversation/conversation.ts';
import { textOf, toolUsesOf } from '../../domain/conversation/conversation.ts';
import { failureTypes } from '../../domain/run/failure-types.ts';
import { preview } from '../../domain/fingerprint.ts';
import { modelKey } from '../../domain/ids/journal-key.ts';
import type { JsonObject } from '../../domain/json.ts';
import { costOf, priceOf, providerOf } from '../../domain/money/model-table.ts';
import { toUsd } from '../../domain/money/money.ts';
import type { PlanTask } from '../../domain/plan/plan.ts';
import type { RunEventDraft } from '../../domain/run/run-events.ts';
import type { Usage } from '../../domain/money/usage.ts';
import { noUsage, totalTokens } from '../../domain/money/usage.ts';
import type { ModelAnswer, ModelRequest } from '../../models/model.ts';
import { ModelError } from '../../models/model.ts';
import type { StoredMessage, View, ViewCache } from '../../store/run/conversation.ts';
import { loadView, messageId } from '../../store/run/conversation.ts';
import { appendNew } from '../../store/run/events.ts';
import type { Moment } from '../../store/gates/model-gates.ts';
import { toStorable } from '../../store/database/jsonb.ts';
import { awaitCancel, isCancelRequested, toHolder } from '../base/activity-context.ts';
import { billBrokenCall } from '../money/bill-broken-call.ts';
import type { ActivityDependencies, ModelAccess } from '../base/dependencies.ts';
import type { FrozenRun } from '../base/frozen-run.ts';
import { nextMessage } from './next-message.ts';
import { hearLimits, passGate, tellRefusal } from '../money/pass-gate.ts';
import { toolDefinitions } from './agent-tools.ts';
import type { ToolResults } from './quick-tools.ts';
import { budgetExceeded, scopesOf, warningsOf } from '../money/spending.ts';
import { finalFailure, superseded, toFailure } from '../base/to-failure.ts';
import { answerEvent, invokeEvents } from './turn-events.ts';

/** What a turn needs besides what every activity has. */
export type TurnDependencies = ActivityDependencies & { views: ViewCache };

/** What became of one turn. */
export interface Turn {
  /** The answer. */
  head: string;
  stop: 'end' | 'tools' | 'cut';
  toolUses: ToolUseBlock[];
  text: string;
  /** At most 300 characters of its text. */
  preview: string;
  usage: Usage;
  costUsd: number;
}

/** Where a turn stands: what it may cost beside the run's own limit, how it is stopped, and events to tell with it. */
export interface TurnFrame {
  /** The task that it works for; undefined: none of the plan's. */
  task: PlanTask | undefined;
  signal: AbortSignal;
  events: RunEventDraft[];
  /** Whether messages for the context are looked for; default: yes. */
  hasMail?: boolean;
  /** Results of tools that the last answer asked for and that ran just now. */
  known?: ToolResults;
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
  { task, signal, events, hasMail = true, known }: TurnFrame,
): Promise<Turn> {
  const { store, views } = dependencies;
  const key = modelKey(input);
  const holder = toHolder(dependencies);
  const viewAt = async (head: string): Promise<View> => views.get(head) ?? loadView(store.sql, head);
  const {
    message,
    view,
    events: news,
  } = await nextMessage(store, run, { ...input, hasMail, known }, input.head ? await viewAt(input.head) : []);
  const fresh = toRequest(dependencies, run, input, { view, task });
  const access = findAccess(dependencies, run, input.agent);
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
    scopes: scopesOf(run.plan, task, input),
    events: [...events, ...invokeEvents(run, input, key, message), ...news],
  });
  if (begun.state === 'cancelled') return awaitCancel(run.runId);
  if (begun.state === 'exceeded') throw await budgetExceeded(store, run, begun.exceeded, key);
  if (begun.state === 'done') return toTurn(begun.result, (await viewAt(begun.result['head'] as string)).at(-1)!);

  // A retry sends what the first attempt froze, not what it would make of the store today.
  let asked = view;
  let request = fresh;
  if (begun.state === 'resumed') {
    asked = await viewAt(begun.intent['head'] as string);
    request = toRequest(dependencies, run, input, { view: asked, task });
    reserved = begun.reserved;
  }
  const calls = begun.state === 'resumed' ? begun.attempts : 1;
  const commit = async (answer: ModelAnswer, isCutOff: boolean) => {
    const cost = costOf(price, answer.usage);
    const tokens = totalTokens(answer.usage);
    const reply = toReply(run, key, asked.at(-1)!, answer);
    const result = describe(reply, answer, toUsd(cost));
    const spent = await store.journal.commitModel({
      no: run.no,
      key,
      token: holder.token,
      message: reply,
      usage: { ...answer.usage },
      cost,
      tokens,
      reserved,
      result: result as unknown as JsonObject,
      context: isCutOff ? null : { name: input.context, agent: input.agent },
      events: [answerEvent(input, key, result, calls)],
    });
    const warnings = warningsOf(spent ?? [], { nano: cost, tokens });
    if (warnings.length > 0) await store.transaction((sql) => appendNew(sql, run.no, warnings));
    return { reply, result, isOurs: spent !== null };
  };
  const answer = await complete(dependencies, run, request, {
    access,
    key,
    token: holder.token,
    tokens: reserved.tokens,
    signal,
    cutOff: (usage) => commit(cutOffAnswer(usage), true),
    brokeOff: (usage, error) =>
      billBrokenCall(dependencies, run, { input, key, token: holder.token, price, usage, error }),
  });
  const { reply, result, isOurs } = await commit(answer, false);
  if (!isOurs) throw superseded(key);
  if (input.head) views.drop(input.head);
  views.set(reply.id, [...asked, reply], sizeOf(request) + JSON.stringify(reply.content).length);
  return toTurn(result as unknown as JsonObject, reply);
}

function toRequest(
  { tools }: ActivityDependencies,
  run: FrozenRun,
  input: TurnInput,
  { view, task }: { view: View; task: PlanTask | undefined },
): ModelRequest {
  const agent = run.plan.agents[input.agent];
  if (!agent) throw finalFailure(failureTypes.invalidInput, `the plan has no agent ${input.agent}`);
  return {
    model: agent.model,
    system: agent.system,
    tools: toolDefinitions(tools, run, agent, task),
    messages: view.map(({ role, content }) => ({ role, content })),
    maxTokens: agent.maxTokens,
    callKey: `${run.runKey}/${modelKey(input)}`,
  };
}

// Asked of a worker that was started for other providers: no retry would change what it has.
function findAccess({ models }: ActivityDependencies, { plan }: FrozenRun, name: string): ModelAccess {
  const provider = providerOf(plan.agents[name]!);
  const access = models.find(provider);
  if (access) return access;
  const message = `the agent ${name} asks the model provider ${provider}, and this worker has ${models.names.join(', ') || 'none'}`;
  throw finalFailure(failureTypes.modelRejected, message);
}

interface CallFrame {
  access: ModelAccess;
  key: string;
  token: string;
  tokens: number;
  signal: AbortSignal;
  /** Settles a call that a cancel cut off, with what the provider had counted of it. */
  cutOff: (usage: Usage) => Promise<unknown>;
  /** Pays for one that broke off by itself, and may be asked again. */
  brokeOff: (usage: Usage, error: unknown) => Promise<void>;
}

function cutOffAnswer(usage: Usage): ModelAnswer {
  return { content: [{ type: 'text', text: '(cut off by a cancel)' }], stopReason: 'end_turn', usage };
}

async function complete(
  { store }: ActivityDependencies,
  run: FrozenRun,
  request: ModelRequest,
  { access: { client, gates }, key, token, tokens, signal, cutOff, brokeOff }: CallFrame,
): Promise<ModelAnswer> {
  let told: Usage | null = null;
  let asked: { moment: Moment; at: number } | null = null;
  try {
    const moment = await passGate(gates, { model: request.model, tokens }, signal);
    signal.throwIfAborted();
    told = noUsage;
    asked = { moment, at: performance.now() };
    const answer = await client.complete(request, { signal, onUsage: (usage) => (told = usage) });
    await hearLimits(gates, request.model, answer);
    return answer;
  } catch (error) {
    // It was under way, so the provider asks for what it had done: that is part of the run's cost, and of its story.
    if (isCancelRequested() && told !== null) {
      await cutOff(told);
      throw toFailure(error);
    }
    if (asked) {
      const { moment, at } = asked;
      await tellRefusal(gates, { model: request.model, error, moment, agoMs: performance.now() - at });
    }
    if (told !== null) await brokeOff(told, error);
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
  return { ...turn, text: textOf(reply), toolUses: toolUsesOf(reply) };
}

function sizeOf(request: ModelRequest): number {
  return JSON.stringify(request.messages).length;
}
