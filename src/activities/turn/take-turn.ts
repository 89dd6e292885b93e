import type { TurnInput } from '../../contracts/turn.ts';
import { failureTypes } from '../../domain/run/failure-types.ts';
import type { ModelAnswer } from '../../models/model.ts';
import { findView } from '../../store/run/conversation.ts';
import type { FrozenRun } from '../base/frozen-run.ts';
import { finalFailure, isUnkeepable, superseded } from '../base/to-failure.ts';
import { billBrokenCall } from '../money/bill-broken-call.ts';
import { giveBack } from '../money/call-up.ts';
import { hearLimits } from '../../calls/pass-gate.ts';
import { askModel } from './ask-model.ts';
import { commitAnswer } from './commit-answer.ts';
import type { FrozenCall } from './frozen-call.ts';
import { freezeCall } from './freeze-call.ts';
import type { Turn, TurnDependencies, TurnFrame } from './turn.ts';
import { toTurn } from './turn.ts';

/**
 * One turn of an agent, paid once: frozen, called, committed.
 *
 * @throws ApplicationFailure, see `Activities.callModel`
 */
export async function takeTurn(
  dependencies: TurnDependencies,
  run: FrozenRun,
  input: TurnInput,
  frame: TurnFrame,
): Promise<Turn> {
  const { store, views } = dependencies;
  const frozen = await freezeCall(dependencies, run, input, frame);
  if (frozen.state === 'paid') {
    return toTurn(frozen.answer, (await findView(store.sql, views, frozen.answer.head)).at(-1)!, false);
  }
  const { call } = frozen;
  const answer = await frame.work.ofModel(() => askModel(dependencies, run, call, frame.signal));
  const { reply, kept, isOurs } = await commitAnswer(dependencies, run, call, answer).catch((error: unknown) =>
    billUnkept(dependencies, run, call, { answer, error }),
  );
  await hearLimits(call.access.gates, call.request.model, answer);
  if (!isOurs) throw superseded(call.key);
  // Nobody goes on from the message before, but by chance.
  if (input.head) views.drop(input.head);
  const asked = call.asked.at(-1)!;
  // What was trimmed meanwhile has another view.
  if (reply.viewFrom === asked.viewFrom) {
    views.set(reply.id, [...call.asked, reply], sizeOf(call.request.messages) + sizeOf(reply.content));
  }
  return toTurn(kept, reply, call.hasLater);
}

// Nothing that it can be asked for again would change: it is paid for, told, and the step ends.
async function billUnkept(
  dependencies: TurnDependencies,
  run: FrozenRun,
  call: FrozenCall,
  { answer, error }: { answer: ModelAnswer; error: unknown },
): Promise<never> {
  if (!isUnkeepable(error)) throw error;
  await billBrokenCall(dependencies, run, { ...call, usage: answer.usage, error });
  await giveBack(dependencies, run, call);
  const { message } = error as Error;
  throw finalFailure(failureTypes.dataRejected, `the answer is paid for, and cannot be kept: ${message}`);
}

function sizeOf(value: unknown): number {
  return JSON.stringify(value).length;
}
