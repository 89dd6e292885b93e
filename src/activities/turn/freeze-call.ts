import type { TurnInput } from '../../contracts/turn.ts';
import { modelKey } from '../../domain/ids/journal-key.ts';
import { codecOf } from '../../store/journal/codec.ts';
import type { Reservation } from '../../store/journal/entry.ts';
import { findView } from '../../store/run/conversation.ts';
import { awaitCancel, toHolder } from '../base/activity-context.ts';
import type { FrozenRun } from '../base/frozen-run.ts';
import { scopesOf } from '../../calls/spend-limits.ts';
import { budgetExceeded } from '../money/spending.ts';
import { findAccess, findPrice } from './asked-model.ts';
import { whoAnswers } from './choose-model.ts';
import type { Frozen } from './frozen-call.ts';
import { gistRoomOf, makeRequest } from './make-request.ts';
import { nextMessage } from './next-message.ts';
import type { TurnDependencies, TurnFrame } from './turn.ts';
import { answerCodec } from './turn.ts';
import { invokeEvents } from './turn-events.ts';

/** What a retry rebuilds the request of: the conversation's last message. */
const intentCodec = codecOf<{ head: string }>();

/** Writes down what a turn is going to send, and reserves what it may cost. A retry sends what the first attempt froze. */
export async function freezeCall(
  dependencies: TurnDependencies,
  run: FrozenRun,
  input: TurnInput,
  { task, schema, signal, events, hasMail, known, isHeldByPause }: TurnFrame,
): Promise<Frozen> {
  const { store, views } = dependencies;
  const key = modelKey(input);
  const holder = toHolder(dependencies);
  const before = input.head ? await findView(store.sql, views, input.head) : [];
  const next = await nextMessage(store, run, { ...input, hasMail, known }, before);
  const { agent, chosen } = await whoAnswers(dependencies, run, input, { task, prompt: next.message });
  const access = findAccess(dependencies, agent);
  const asking = { input, task, agent, schema, signal, isSearching: access.searches };
  const { request, trim } = await makeRequest(dependencies, run, asking, next.view);
  const price = findPrice(run, agent);
  const worst = dependencies.worstCaseOf(request, price);
  const reserved: Reservation = { nano: worst.nanoUsd, tokens: worst.tokens };
  const begun = await store.journal.beginModel({
    no: run.no,
    ...{ key, holder, message: next.message, mail: next.mail },
    intent: intentCodec.toJson({ head: next.message.id }),
    reserve: reserved,
    ...(isHeldByPause && { isHeldByPause }),
    scopes: scopesOf(run.plan, task, input),
    events: [...events, ...invokeEvents(input, key, next.message, { ...request, chosen }), ...next.events],
  });
  if (begun.state === 'cancelled') return awaitCancel(run.runId);
  if (begun.state === 'exceeded') throw await budgetExceeded(store, run, begun.exceeded, key);
  if (begun.state === 'done') return { state: 'paid', answer: answerCodec.fromJson(begun.result) };
  const mine = { gist: gistRoomOf(run, input), hasMail: next.mail.length > 0, hasLater: next.hasLater };
  const call = { input, key, token: holder.token, access, price, ...mine };
  if (begun.state === 'fresh')
    return { state: 'open', call: { ...call, request, trim, asked: next.view, reserved, calls: 1 } };
  // What it would make of the store today may be another request.
  const asked = await findView(store.sql, views, intentCodec.fromJson(begun.intent).head);
  const again = { ...(await makeRequest(dependencies, run, asking, asked)), asked };
  return { state: 'open', call: { ...call, ...again, reserved: begun.reserved, calls: begun.attempts } };
}
