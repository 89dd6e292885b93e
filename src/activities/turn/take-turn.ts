import type { TurnInput } from '../../contracts/turn.ts';
import { findView } from '../../store/run/conversation.ts';
import type { FrozenRun } from '../base/frozen-run.ts';
import { superseded } from '../base/to-failure.ts';
import { askModel } from './ask-model.ts';
import { commitAnswer } from './commit-answer.ts';
import { freezeCall } from './freeze-call.ts';
import type { Turn, TurnDependencies, TurnFrame } from './turn.ts';
import { toTurn } from './turn.ts';

/**
 * One turn of an agent, paid once: frozen, called, committed (design section 3).
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
    return toTurn(frozen.answer, (await findView(store.sql, views, frozen.answer.head)).at(-1)!);
  }
  const { call } = frozen;
  const answer = await askModel(dependencies, run, call, frame.signal);
  const { reply, kept, isOurs } = await commitAnswer(dependencies, run, call, answer);
  if (!isOurs) throw superseded(call.key);
  // Nobody goes on from the message before, but by chance.
  if (input.head) views.drop(input.head);
  views.set(reply.id, [...call.asked, reply], sizeOf(call.request.messages) + sizeOf(reply.content));
  return toTurn(kept, reply);
}

function sizeOf(value: unknown): number {
  return JSON.stringify(value).length;
}
