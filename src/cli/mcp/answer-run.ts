import { matching } from '../../client/control/choose-waiting.ts';
import type { Run } from '../../client/run.ts';
import { UsageError } from '../../domain/errors.ts';
import { viewOnceBegun } from './watch-run.ts';

/** An assistant's answer. */
interface AssistantAnswer {
  /** Of what waits, or its task; undefined: the only one. */
  id: string | undefined;
  text: string;
  by: string;
  /** Whether it may decide in a person's place. */
  mayDecide: boolean;
}

/** Answers an agent that is blocked; a question that only a person answers, only where the assistant may decide. @throws UsageError */
export async function answerRun(run: Run, { id: wanted, text, by, mayDecide }: AssistantAnswer): Promise<void> {
  const id = mayDecide ? wanted : await idForAssistant(run, wanted);
  await run.answer({ text, by, ...(id !== undefined && { id }) });
}

async function idForAssistant(run: Run, wanted: string | undefined): Promise<string | undefined> {
  const view = await viewOnceBegun(run);
  if (view === null || view.endedAt !== null) return wanted;
  const waiting = await run.waiting();
  const open =
    wanted === undefined ? waiting.filter(({ cause }) => cause === 'blocker') : matching(waiting, 'blocker', wanted);
  const forPerson = open.find(({ asksPerson }) => asksPerson);
  if (forPerson)
    throw new UsageError(
      `${forPerson.what}, and a person answers that: \`gaffer answer ${run.id} ${forPerson.id} TEXT\`. Only with --may-decide could you.`,
    );
  // That very one, whatever waits by the time that the answer comes.
  return open.length === 1 ? open[0]!.id : wanted;
}
