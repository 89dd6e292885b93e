import { toolUsesOf, unfinishedOf } from '../../domain/conversation/conversation.ts';
import { toUsd } from '../../domain/money/money.ts';
import type { ModelAnswer } from '../../models/model.ts';
import type { StoredMessage } from '../../store/run/conversation.ts';
import { markRead } from '../../store/messages/mail.ts';
import { appendNew } from '../../store/run/events.ts';
import type { ActivityDependencies } from '../base/dependencies.ts';
import type { FrozenRun } from '../base/frozen-run.ts';
import { superseded } from '../base/to-failure.ts';
import { billBrokenCall } from '../money/bill-broken-call.ts';
import type { Bill } from '../../calls/bill.ts';
import { billOf, toKeptUsage } from '../../calls/bill.ts';
import { callUpWaiting } from '../money/call-up.ts';
import { warningsOf } from '../../calls/spend-limits.ts';
import type { FittingAnswer } from './fit-request.ts';
import type { FrozenCall } from './frozen-call.ts';
import type { KeptAnswer } from './turn.ts';
import { answerCodec, previewOf } from './turn.ts';
import { toReply } from './to-reply.ts';
import { answerEvent, prunedEvents } from './turn-events.ts';

/**
 * Writes an answer, what it cost, and what the run's story tells of it. No conversation goes on from one that was cut off.
 *
 * @returns also whether the call was still ours; else nothing was written but what it cost
 */
export async function commitAnswer(
  { store }: Pick<ActivityDependencies, 'store'>,
  run: FrozenRun,
  call: FrozenCall,
  answer: FittingAnswer & { isCutOff?: boolean },
): Promise<{ reply: StoredMessage; kept: KeptAnswer; isOurs: boolean }> {
  const { input, key, token, calls } = call;
  const bill = billOf(answer.usage, call);
  const { cost, tokens } = bill;
  const reply = toReply(run, call, answer);
  const kept = toKept(reply, answer, bill);
  const spent = await store.journal.commitModel({
    no: run.no,
    key,
    token,
    message: reply,
    usage: toKeptUsage(bill),
    cost,
    tokens,
    result: answerCodec.toJson(kept),
    context: answer.isCutOff || call.isAside ? null : { name: input.context, agent: input.agent },
    events: [
      answerEvent(input, key, { bill, preview: previewOf(reply), calls }),
      ...prunedEvents(input, key, answer.trim),
    ],
  });
  const isOurs = spent !== null || (await store.journal.isDoneBy(run.no, key, token));
  // Another attempt has the step; this one's answer was paid for all the same, unless both got the one that a gateway has.
  if (!isOurs && !call.access.client.giveUp)
    await billBrokenCall({ store }, run, { ...call, usage: answer.usage, error: superseded(key) });
  const warnings = warningsOf(spent ?? [], { nano: cost, tokens });
  if (warnings.length > 0) await store.transaction((sql) => appendNew(sql, run.no, warnings));
  if (isOurs && call.hasMail) await markRead(store.sql, run.no, key);
  if (spent?.some(({ hasWaiting }) => hasWaiting)) await callUpWaiting({ store }, run);
  return { reply, kept, isOurs };
}

function toKept(reply: StoredMessage, { stopReason }: ModelAnswer, { usage, cost, isUncounted }: Bill): KeptAnswer {
  const stop = toolUsesOf(reply).length > 0 ? 'tools' : unfinishedOf(reply) ? 'cut' : 'end';
  const refused = stopReason === 'refusal';
  const costs = { costUsd: toUsd(cost), ...(isUncounted && { isUncounted }) };
  return { head: reply.id, stop, usage, ...costs, refused };
}
