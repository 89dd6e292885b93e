import { billBroken } from '../../calls/bill-broken.ts';
import { parseModelKey } from '../../domain/ids/journal-key.ts';
import type { UnclaimedAnswer } from '../../store/gateway/own-answers.ts';
import { findUnclaimed, forgetWrittenAnswers } from '../../store/gateway/own-answers.ts';
import { forgetAnswer } from '../../store/gateway/calls.ts';
import type { Wire } from '../wire/wires.ts';
import { watchWhole } from './relay.ts';
import type { Desk } from './desk.ts';
import { insist } from './insist.ts';

const mostAtOnce = 50;

/** Bills answers of our own loop that came when nobody was there any more to write them down, and forgets those that are written down. */
export async function settleUnclaimed(desk: Desk): Promise<void> {
  await forgetWrittenAnswers(desk.store.sql);
  for (const answer of await findUnclaimed(desk.store.sql, mostAtOnce)) {
    // One that cannot be settled keeps none of the others.
    await settle(desk, answer).catch((error: unknown) =>
      desk.say(`the answer of ${answer.key} of ${answer.runKey} cannot be billed: ${(error as Error).message}`),
    );
  }
}

async function settle(desk: Desk, answer: UnclaimedAnswer): Promise<void> {
  const { store, say } = desk;
  const { no, key, runKey, owner: token, agent, model, maxTokens, reservedTokens } = answer;
  const { taskId, turn } = parseModelKey(key);
  const facts = await desk.factsOf(runKey);
  const price = facts.modelFacts({ model, ...facts.providerOf(agent) })?.price ?? null;
  const { usage } = await watchWhole(wireOf(answer.body), answer.headers, answer.body);
  const why = 'its worker died, and the run was cancelled before another one had its answer';
  await insist(() =>
    billBroken(
      store,
      { no, runKey },
      {
        ...{ input: { taskId, agent, turn }, key, token, usage, price, why, isLate: true },
        ...{ reserved: { tokens: reservedTokens }, request: { maxTokens } },
      },
    ),
  );
  await insist(() => store.journal.drop(no, key, token));
  await insist(() => forgetAnswer(store.commits, no, key));
  say(`the answer of ${key} of ${runKey} was nobody's any more, and is billed`);
}

// Which wire was spoken is seen at what came by it.
function wireOf(body: Buffer): Wire {
  const beginning = body.subarray(0, 2000).toString();
  if (/"object"\s*:\s*"chat\.completion/.test(beginning)) return 'chat';
  return /response\.created|"object"\s*:\s*"response"/.test(beginning) ? 'responses' : 'messages';
}
