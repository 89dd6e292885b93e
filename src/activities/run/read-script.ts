import type { ReadAnswersInput, ReadAnswersResult, ReadScriptInput, ReadScriptResult } from '../../contracts/script.ts';
import { longestOutput } from '../../domain/plan/output-note.ts';
import { totalTokens } from '../../domain/money/usage.ts';
import type { Store } from '../../store/store.ts';
import { loadOutputs } from '../../store/task/task-outputs.ts';
import { usageByTask } from '../../store/task/task-usage.ts';
import type { FrozenRun } from '../base/frozen-run.ts';

/** Characters of answers that one step gives, but for the first of them. */
const mostCharacters = 600_000;

/** Reads the source of a script, or of one that it may call, as it was frozen into the run. */
export function readScript({ plan }: Pick<FrozenRun, 'plan'>, { taskId, child }: ReadScriptInput): ReadScriptResult {
  const script = plan.tasks.find(({ id }) => id === taskId)?.script;
  if (!script) return { problem: `the plan has no script ${taskId}` };
  const { file, source, args, children } = script;
  if (child === null) return { file, source, ...(args !== undefined && { args }), children: Object.keys(children) };
  const found = Object.hasOwn(children, child) ? children[child]! : { problem: `the plan has no script ${child}` };
  return 'problem' in found ? found : { ...found, children: [] };
}

/** Reads what tasks answered that a script asked, in their order: as many as fit into one step. */
export async function readAnswers(
  { sql }: Pick<Store, 'sql'>,
  run: Pick<FrozenRun, 'no'>,
  { ids }: ReadAnswersInput,
): Promise<ReadAnswersResult> {
  const [outputs, paid] = await Promise.all([loadOutputs(sql, run.no, ids), usageByTask(sql, run.no, ids)]);
  const answers: ReadAnswersResult['answers'] = [];
  let room = mostCharacters;
  const outputOf = new Map(outputs.map(({ id, output }) => [id, output]));
  for (const id of ids) {
    const output = outputOf.get(id) ?? '';
    const text = output.slice(0, longestOutput).toWellFormed();
    room -= text.length;
    if (room < 0 && answers.length > 0) break;
    const usage = paid.get(id)?.usage;
    answers.push({ text, length: output.length, tokens: usage ? totalTokens(usage) : 0 });
  }
  return { answers };
}
