import { toUsd } from '../domain/money/money.ts';
import type { ToldUsage } from '../domain/money/usage.ts';
import { billPartial } from '../store/journal/partial-usage.ts';
import { messageId } from '../store/run/conversation.ts';
import { appendNew } from '../store/run/events.ts';
import type { WorkerStore } from '../store/open-store.ts';
import type { Expected } from './bill.ts';
import { billOf, toKeptUsage } from './bill.ts';
import { warningsOf } from './spend-limits.ts';

/** Whose call it is, as stories tell it. */
interface CallerOf {
  taskId: string;
  agent: string;
  turn: number;
}

/** A call that ended without an answer. */
export interface BrokenCall extends Expected {
  input: CallerOf;
  key: string;
  /** The attempt that made it. */
  token: string;
  /** What the provider had counted of it. */
  usage: ToldUsage;
  /** Why there is no answer, in words. */
  why: string;
  /** A gateway had it under way: a run that has ended meanwhile pays it, too. Default: no. */
  isLate?: boolean;
}

/**
 * Bills what a provider had counted of a call that broke off, once.
 *
 * @returns whether that leaves no room for the retry, so that it has to ask for its budget anew
 */
export async function billBroken(
  store: Pick<WorkerStore, 'commits' | 'transaction'>,
  run: { no: number; runKey: string },
  call: BrokenCall,
): Promise<{ isFull: boolean }> {
  const { key, token, why } = call;
  const { taskId, agent: agentName, turn } = call.input;
  const bill = billOf(call.usage, call);
  const { cost, tokens, estimated, isUncounted } = bill;
  if (tokens === 0) return { isFull: false };
  const { spent, isFull } = await billPartial(store.commits, {
    no: run.no,
    key,
    id: messageId(run.runKey, `${key}/${token}`, 'assistant'),
    usage: toKeptUsage(bill),
    cost,
    tokens,
    ...(call.isLate && { isLate: true }),
    event: {
      key: `broken/${key}/${token}`,
      type: 'agent:broken',
      taskId,
      agentName,
      turn,
      tokensUsed: tokens,
      costUsd: toUsd(cost),
      error: why,
      ...(estimated && { estimated: [...estimated] }),
      ...(isUncounted && { isUncounted }),
    },
  });
  const warnings = warningsOf(spent, { nano: cost, tokens });
  if (warnings.length > 0) await store.transaction((sql) => appendNew(sql, run.no, warnings));
  return { isFull };
}
