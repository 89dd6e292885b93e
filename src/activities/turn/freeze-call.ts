import type { TurnInput } from '../../contracts/turn.ts';
import { modelKey } from '../../domain/ids/journal-key.ts';
import type { ModelPrice } from '../../domain/model-facts.ts';
import { providerOf } from '../../domain/money/model-table.ts';
import { pruneView, roomOf } from '../../domain/conversation/prune-view.ts';
import type { Trim } from '../../domain/conversation/sent-messages.ts';
import type { Agent } from '../../domain/plan/plan.ts';
import { builtInTools } from '../../domain/tool-names.ts';
import { failureTypes } from '../../domain/run/failure-types.ts';
import { factsOf } from '../../domain/run/model-of-agent.ts';
import { charactersOf, estimateInputTokens } from '../../models/estimate.ts';
import type { ModelRequest } from '../../models/model.ts';
import { codecOf } from '../../store/journal/codec.ts';
import type { Reservation } from '../../store/journal/entry.ts';
import type { View } from '../../store/run/conversation.ts';
import { findView } from '../../store/run/conversation.ts';
import { awaitCancel, toHolder } from '../base/activity-context.ts';
import type { ActivityDependencies, ModelAccess } from '../base/dependencies.ts';
import type { FrozenRun } from '../base/frozen-run.ts';
import { finalFailure } from '../base/to-failure.ts';
import { budgetExceeded, scopesOf } from '../money/spending.ts';
import { toolDefinitions } from './agent-tools.ts';
import { whoAnswers } from './choose-model.ts';
import { nextMessage } from './next-message.ts';
import type { KeptAnswer, TurnDependencies, TurnFrame } from './turn.ts';
import { answerCodec } from './turn.ts';
import { invokeEvents } from './turn-events.ts';

/** A call that is about to be made: the journal has its intent, and its money is held back. */
export interface FrozenCall {
  input: TurnInput;
  key: string;
  /** Of the attempt that makes it. */
  token: string;
  access: ModelAccess;
  /** Null: nobody said it. */
  price: ModelPrice | null;
  request: ModelRequest;
  /** The conversation that it sends, and how much of it. */
  asked: View;
  trim: Trim;
  reserved: Reservation;
  /** How often it was made, with this time. */
  calls: number;
}

/** A call to make, or what came of it before. */
export type Frozen = { state: 'open'; call: FrozenCall } | { state: 'paid'; answer: KeptAnswer };

/** What a retry rebuilds the request of: the conversation's last message. */
const intentCodec = codecOf<{ head: string }>();

/** Writes down what a turn is going to send, and reserves what it may cost. A retry sends what the first attempt froze. */
export async function freezeCall(
  dependencies: TurnDependencies,
  run: FrozenRun,
  input: TurnInput,
  { task, schema, events, hasMail, known }: TurnFrame,
): Promise<Frozen> {
  const { store, views } = dependencies;
  const key = modelKey(input);
  const holder = toHolder(dependencies);
  const before = input.head ? await findView(store.sql, views, input.head) : [];
  const next = await nextMessage(store, run, { ...input, hasMail, known }, before);
  const { agent, chosen } = await whoAnswers(dependencies, run, input, { task, prompt: next.message });
  const access = findAccess(dependencies, agent);
  const search = access.searches && maySearch(run, agent) ? { most: mostSearches } : null;
  const asking = { task, agent, schema, search };
  const { request, trim } = toRequest(dependencies, run, input, { ...asking, view: next.view });
  const price = findPrice(run, agent);
  const worst = dependencies.worstCaseOf(request, price);
  const reserved: Reservation = { nano: worst.nanoUsd, tokens: worst.tokens };
  const begun = await store.journal.beginModel({
    no: run.no,
    key,
    holder,
    message: next.message,
    intent: intentCodec.toJson({ head: next.message.id }),
    reserve: reserved,
    scopes: scopesOf(run.plan, task, input),
    events: [...events, ...invokeEvents(input, key, next.message, { ...request, chosen }), ...next.events],
  });
  if (begun.state === 'cancelled') return awaitCancel(run.runId);
  if (begun.state === 'exceeded') throw await budgetExceeded(store, run, begun.exceeded, key);
  if (begun.state === 'done') return { state: 'paid', answer: answerCodec.fromJson(begun.result) };
  const call = { input, key, token: holder.token, access, price };
  if (begun.state === 'fresh')
    return { state: 'open', call: { ...call, request, trim, asked: next.view, reserved, calls: 1 } };
  // What it would make of the store today may be another request.
  const asked = await findView(store.sql, views, intentCodec.fromJson(begun.intent).head);
  const again = { ...toRequest(dependencies, run, input, { ...asking, view: asked }), asked };
  return { state: 'open', call: { ...call, ...again, reserved: begun.reserved, calls: begun.attempts } };
}

/** Most searches of one call, which are paid for one by one. */
const mostSearches = 5;

/** Whether a provider may search by itself: nobody sees where it goes, so not where anything is ruled about the tool. */
function maySearch({ plan }: FrozenRun, { tools, rules = [], bounds = [] }: Agent): boolean {
  const isFree = ({ tool, match, action }: { tool: string; match: string | null; action: string }): boolean =>
    action === 'allow' && match === null ? true : !matchesWeb(tool);
  return (
    tools.includes(builtInTools.web.name) &&
    [...plan.policy, ...rules, ...(plan.bounds ?? []).flat(), ...bounds.flat()].every(isFree)
  );
}

// A glob may mean it; what plainly names another tool does not.
function matchesWeb(tool: string): boolean {
  return tool === builtInTools.web.name || /[*?[{!]/.test(tool);
}

interface Asking extends Pick<TurnFrame, 'task' | 'schema'> {
  agent: Agent;
  search: ModelRequest['search'] | null;
}

function toRequest(
  { tools }: ActivityDependencies,
  run: FrozenRun,
  input: TurnInput,
  { view, task, agent, schema, search }: Asking & { view: View },
): { request: ModelRequest; trim: Trim } {
  const rest = { system: agent.system, tools: toolDefinitions(tools, run, agent, task) };
  const window = factsOf(run.plan, agent)?.window ?? null;
  const { messages, trim } = pruneView(view, {
    most: roomOf(run.plan.context.pruneAtTokens, { window, maxTokens: agent.maxTokens }),
    others: charactersOf(rest),
    estimate: (sent) => estimateInputTokens({ ...rest, messages: sent }),
  });
  const callKey = `${run.runKey}/${modelKey(input)}`;
  const request = { model: agent.model, ...rest, messages, maxTokens: agent.maxTokens, callKey };
  return { request: { ...request, ...(schema && { output: schema }), ...(search && { search }) }, trim };
}

// A plan that says nothing of its models knows those of the table alone: it was checked against that.
function findPrice({ plan }: FrozenRun, agent: Agent): ModelPrice | null {
  const facts = factsOf(plan, agent);
  if (facts) return facts.price;
  throw finalFailure(failureTypes.modelRejected, `${agent.model} has no price: give the agent another model`);
}

// Asked of a worker that was started for other providers: no retry would change what it has.
function findAccess({ models }: ActivityDependencies, agent: Agent): ModelAccess {
  const provider = providerOf(agent);
  const access = models.find(provider);
  if (access) return access;
  const message = `the agent ${agent.name} asks the model provider ${provider}, and this worker has ${models.names.join(', ') || 'none'}`;
  throw finalFailure(failureTypes.modelRejected, message);
}
