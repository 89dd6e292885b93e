import { readNamedOutputs, readOutput } from '../../client/follow/read-output.ts';
import { findRun } from '../../client/follow/find-run.ts';
import { UsageError } from '../../domain/errors.ts';
import type { JsonValue } from '../../domain/json.ts';
import { safeLine, safeText } from '../../domain/safe-text.ts';
import { toJson, type CommandContext } from '../base/context.ts';
import { reading } from '../base/with-session.ts';
import { outputText } from '../show/output-lines.ts';

/**
 * `gaffer output RUN [NAME]`: the outputs that the workflow file names, or one of them; else what came out of a task, whole, and without a
 * name of the last one. Nothing else goes to standard output.
 */
export function execute(
  context: CommandContext,
  [runId, name]: string[],
  options: { json?: boolean },
): Promise<number> {
  const { terminal } = context;
  return reading(context, async (session) => {
    const { store } = session;
    const row = await findRun(session, runId!);
    const named = await readNamedOutputs(store, row, name);
    const tasks = named === null ? await readOutput(store, row, name) : [];
    if (options.json) return terminal.out(toJson({ runId: row.runId, ...named, tasks }));
    if (named !== null) return printOutputs(context, row.runId, { ...named, name });
    const [first] = tasks;
    if (first && tasks.every(({ output: text, status }) => text === '' && status !== 'succeeded')) {
      const { runId: id } = row;
      throw new UsageError(
        `${first.task} of run "${id}" has ended (${first.status}) with nothing to print: \`gaffer show ${id}\` says why.`,
      );
    }
    printTexts(
      context,
      tasks.map(({ task, output: text }) => [task, text]),
    );
  });
}

function printOutputs(
  context: CommandContext,
  runId: string,
  {
    outputs,
    outputErrors,
    name,
  }: { outputs: Record<string, JsonValue>; outputErrors: Record<string, string>; name?: string | undefined },
): void {
  const missing = Object.entries(outputErrors).map(
    ([each, why]) => `output "${each}" of run "${runId}" has no value: ${why}`,
  );
  if (name !== undefined && missing.length > 0) throw new UsageError(missing[0]!);
  const values = Object.entries(outputs).filter(([each]) => !Object.hasOwn(outputErrors, each));
  // What is alone is printed bare only where nothing else could have stood there: a program must know what it reads.
  printTexts(
    context,
    values.map(([each, value]) => [each, outputText(value)]),
    Object.keys(outputs).length === 1,
  );
  for (const line of missing) context.terminal.err(`${safeLine(line)}\n`);
}

function printTexts(
  { terminal }: CommandContext,
  texts: readonly (readonly [string, string])[],
  isOne = texts.length === 1,
): void {
  for (const [title, text] of texts)
    terminal.out(`${isOne ? '' : `${safeLine(title)}:\n`}${safeText(text)}\n${isOne ? '' : '\n'}`);
}
