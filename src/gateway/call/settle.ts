import { billOf, toKeptUsage } from '../../calls/bill.ts';
import { billBroken } from '../../calls/bill-broken.ts';
import { hearLimits } from '../../calls/pass-gate.ts';
import { warningsOf } from '../../calls/spend-limits.ts';
import { preview } from '../../domain/fingerprint.ts';
import { toUsd } from '../../domain/money/money.ts';
import type { ToldUsage } from '../../domain/money/usage.ts';
import { limitsOf } from '../../models/limit-headers.ts';
import { forgetCall } from '../../store/gateway/calls.ts';
import type { ModelOutcome } from '../../store/journal/entry.ts';
import { messageId } from '../../store/run/conversation.ts';
import { appendNew } from '../../store/run/events.ts';
import type { Watched } from '../wire/answer-watch.ts';
import type { Asking } from './asking.ts';
import type { Desk } from './desk.ts';
import { mostKeptBytes, patienceMs } from './desk.ts';
import { insist } from './insist.ts';
import type { WholeAnswer } from './relay.ts';
import type { Payable } from './reserve.ts';
import { giveBack } from './reserve.ts';

/** Writes down an answer, byte by byte, with what it cost. */
export async function settleAnswer(
  desk: Desk,
  { provider, read }: Asking,
  payable: Payable,
  { watched, answer }: { watched: Watched; answer: WholeAnswer },
): Promise<void> {
  const { store } = desk;
  const { call } = payable;
  const { came: _, ...told } = watched.usage;
  const bill = billOf(read.thinksUnseen ? told : watched.usage, payable);
  const outcome = toOutcome(payable, bill, { watched, answer });
  if (outcome.raw?.body === null)
    desk.say(`the answer of ${call.key} is too long to be kept: ${answer.body.length} bytes`);
  const spent = await insist(() => store.journal.commitModel(outcome));
  const isOurs = spent !== null || (await insist(() => store.journal.isDoneBy(call.no, call.key, call.owner)));
  // Another gateway took it over, as this one was silent for too long; it was paid for all the same.
  if (!isOurs) await settleBroken(desk, payable, { watched, why: 'another gateway took it over' });
  desk.turns.wake(call.no);
  const warnings = warningsOf(spent ?? [], { nano: bill.cost, tokens: bill.tokens });
  const limits = limitsOf({ get: (name) => answer.headers[name] ?? null });
  // It is billed and kept: nothing that goes wrong from here on may have it taken for one that came to nothing, and made again.
  try {
    if (warnings.length > 0)
      await insist(() => store.transaction((sql) => appendNew(sql, call.no, warnings)), patienceMs);
    if (limits) await hearLimits(provider.gates, read.model, { limits, usage: bill.usage });
  } catch (error) {
    desk.say(`what follows the answer of ${call.key} is not written down: ${(error as Error).message}`);
  }
}

/** Bills what a provider had counted of a call that broke off; `isCut`: before the provider ended it, so that its answer is billed as it was held back. Whoever asks the same makes another call. */
export async function settleBroken(
  desk: Desk,
  payable: Payable,
  { watched, why, isCut = false }: { watched: Watched; why: string; isCut?: boolean },
): Promise<void> {
  const { call, runKey, taskId, agent } = payable;
  const input = { taskId, agent, turn: call.turn };
  const broken = {
    ...payable,
    input,
    key: call.key,
    token: call.owner,
    isLate: true,
    usage: isCut ? cut(watched.usage) : watched.usage,
    why,
  };
  await insist(() => billBroken(desk.store, { no: call.no, runKey }, broken));
  await insist(() => giveBack(desk, payable));
  await insist(() => forgetCall(desk.store.commits, call));
}

// The provider goes on to the end of what it began: what it had told by then of its answer is the least that it takes.
function cut(usage: ToldUsage): ToldUsage {
  return { ...usage, unknown: [...new Set([...(usage.unknown ?? []), 'output' as const])] };
}

function toOutcome(
  { call, runKey, taskId, agent }: Payable,
  bill: ReturnType<typeof billOf>,
  { watched, answer }: { watched: Watched; answer: WholeAnswer },
): ModelOutcome {
  const { no, key, owner: token, turn } = call;
  const { cost, tokens, estimated, isUncounted } = bill;
  const id = messageId(runKey, key, 'assistant');
  const text = preview(watched.text, 300);
  const costUsd = toUsd(cost);
  const uncounted = isUncounted && { isUncounted };
  return {
    ...{ no, key, token, cost, tokens, usage: toKeptUsage(bill), context: null },
    // The agent keeps its conversation itself: what it paid for one answer is all that is known of it here.
    message: { id, parent: null, root: id, viewFrom: null, depth: 1, callKey: key, role: 'assistant', content: [] },
    result: { head: id, stop: 'end', preview: text, usage: { ...bill.usage }, costUsd, ...uncounted, refused: false },
    events: [
      {
        ...{ key: `answer/${key}`, type: 'agent:answer', taskId, agentName: agent, turn },
        ...{ tokensUsed: tokens, costUsd, preview: text, calls: 1 },
        ...(estimated && { estimated: [...estimated] }),
        ...uncounted,
      },
    ],
    raw: {
      status: answer.status,
      headers: keptHeaders(answer.headers),
      body: answer.body.length > mostKeptBytes ? null : answer.body,
    },
  };
}

// What it says of the account's limits is true for a moment alone.
function keptHeaders(headers: WholeAnswer['headers']): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).filter(([name]) => !name.includes('ratelimit')));
}
