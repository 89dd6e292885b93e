import { CancelledFailure } from '@temporalio/common';
import type { TurnInput } from '../../contracts/turn.ts';
import { toUsd } from '../../domain/money/money.ts';
import type { ToldUsage } from '../../domain/money/usage.ts';
import { messageId } from '../../store/run/conversation.ts';
import { appendNew } from '../../store/run/events.ts';
import { billPartial } from '../../store/journal/partial-usage.ts';
import type { ActivityDependencies } from '../base/dependencies.ts';
import type { FrozenRun } from '../base/frozen-run.ts';
import type { Expected } from './bill.ts';
import { billOf, toKeptUsage } from './bill.ts';
import { giveBack } from './call-up.ts';
import { warningsOf } from './spending.ts';

/** A call that ended without an answer. */
export interface BrokenCall extends Expected {
  input: TurnInput;
  key: string;
  /** The attempt that made it. */
  token: string;
  /** What the provider had counted of it. */
  usage: ToldUsage;
  error: unknown;
}

/** Bills what a provider had counted of a call that broke off. Where that leaves no room for the retry, this one asks for its budget anew. */
export async function billBrokenCall(
  { store }: Pick<ActivityDependencies, 'store'>,
  run: FrozenRun,
  call: BrokenCall,
): Promise<void> {
  const { key, token, error } = call;
  const { taskId, agent: agentName, turn } = call.input;
  const bill = billOf(call.usage, call);
  const { cost, tokens, estimated, isUncounted } = bill;
  if (tokens === 0) return;
  const { spent, isFull } = await billPartial(store.commits, {
    no: run.no,
    key,
    id: messageId(run.runKey, `${key}/${token}`, 'assistant'),
    usage: toKeptUsage(bill),
    cost,
    tokens,
    event: {
      key: `broken/${key}/${token}`,
      type: 'agent:broken',
      taskId,
      agentName,
      turn,
      tokensUsed: tokens,
      costUsd: toUsd(cost),
      error: wordsOf(error),
      ...(estimated && { estimated: [...estimated] }),
      ...(isUncounted && { isUncounted }),
    },
  });
  const warnings = warningsOf(spent, { nano: cost, tokens });
  if (warnings.length > 0) await store.transaction((sql) => appendNew(sql, run.no, warnings));
  if (isFull) await giveBack({ store }, run, call);
}

function wordsOf(error: unknown): string {
  // Temporal's reasons are names, such as WORKER_SHUTDOWN.
  if (error instanceof CancelledFailure) return `given up: ${error.message.toLowerCase().replaceAll('_', ' ')}`;
  return error instanceof Error ? error.message : String(error);
}
