import type { RunAgentInput } from '../../contracts/agent-run.ts';
import type { Agent } from '../../domain/plan/plan.ts';
import type { HeldRow } from '../../store/gateway/tokens.ts';
import { endToken, issueToken } from '../../store/gateway/tokens.ts';
import type { WorkerStore } from '../../store/open-store.ts';
import type { FrozenRun } from '../base/frozen-run.ts';
import { superseded } from '../base/to-failure.ts';

/**
 * Works with a token that lets a session in at the gateway, and ends it with the work.
 *
 * @param held the session's row in the journal: whoever lost it gets no token, as that would end the one of whoever has it now
 * @throws ApplicationFailure `Superseded` when the session is somebody else's
 */
export async function withSessionToken<Result>(
  store: Pick<WorkerStore, 'sql' | 'transaction'>,
  { no }: FrozenRun,
  {
    agent,
    held,
    ...input
  }: Pick<RunAgentInput, 'taskId' | 'attempt' | 'epoch' | 'phase' | 'insists'> & { agent: Agent; held: HeldRow },
  work: (token: string) => Promise<Result>,
): Promise<Result> {
  const { taskId, attempt, epoch, phase, insists = false } = input;
  const { name, model, provider } = agent;
  const models = [provider === undefined ? { model } : { model, provider }];
  const token = await issueToken(store, { no, taskId, attempt, epoch, agent: name, phase, models, insists }, held);
  if (token === null) throw superseded(held.key);
  try {
    return await work(token);
  } finally {
    await endToken(store.sql, token);
  }
}
