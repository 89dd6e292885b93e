import { resolve } from 'node:path';
import type { Plan } from '../../domain/plan/plan.ts';
import type { Session } from '../connection/session.ts';
import { scriptBeside } from '../crew/script-beside.ts';

/** The scripted model of a run: the one that is named, or the one beside its file; null: it has none. */
export async function scriptOf(
  session: Session,
  script: string | undefined,
  { file, plan }: { file: string | null; plan: Plan },
): Promise<string | null> {
  if (script !== undefined) return resolve(session.cwd, script);
  // A background stack answers with its own model.
  if (file === null || !session.startsWorkers || session.workOutlives) return null;
  const beside = await scriptBeside(session.config, { cwd: session.cwd, file, plan });
  if (beside.note !== null) session.say(beside.note);
  return beside.script;
}
