import type { RunUpdates } from '../../contracts/control.ts';
import type { Session } from '../connection/session.ts';
import type { RunIdentity } from '../start/start-workflow.ts';

/** Asks a run for something, or tells what came of it when an earlier attempt of the same request did: also when the run has ended since. */
export async function askOnce<Name extends keyof RunUpdates>(
  session: Session,
  identity: RunIdentity,
  { name, input }: { name: Name; input: RunUpdates[Name]['input'] },
  work: () => Promise<RunUpdates[Name]['answer']>,
): Promise<RunUpdates[Name]['answer']> {
  const { once } = session;
  if (!once) return work();
  if (once.before) {
    const { createQuestions } = await import('./run-control.ts');
    const questions = createQuestions(await session.connect(), identity, once);
    const earlier = await questions.earlier(name, input);
    if (earlier) return earlier.answer;
  }
  await once.note({ asked: name });
  return work();
}
