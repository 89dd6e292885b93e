import { lastTask } from '../../client/follow/last-task.ts';
import { toInstance } from '../../domain/ids/execution-id.ts';
import type { JsonValue } from '../../domain/json.ts';
import type { RunResult } from '../../domain/run/run-result.ts';
import { safeLine, safeText } from '../../domain/safe-text.ts';
import { asCalled } from '../base/called-as.ts';
import type { Colors } from '../base/terminal.ts';

/** Lines of an output that stand below a summary. */
const mostLines = 15;

/** What somebody ran the crew for: the outputs that its file names, else what the last task said that succeeded. `planned`: ids of the plan's tasks. Empty: nothing did. */
export function outputLines(result: RunResult, planned: readonly string[], colors: Colors): string[] {
  const { runId, tasks, outputs = {}, outputErrors = {} } = result;
  const named = Object.entries(outputs);
  if (named.length > 0) {
    return named.flatMap(([name, value]) =>
      Object.hasOwn(outputErrors, name)
        ? ['', colors.bold(`${name}:`), colors.yellow(`  – nothing: ${safeLine(outputErrors[name]!)}`)]
        : block({ name, text: outputText(value), command: `gaffer output ${safeLine(runId)} ${name}` }, colors),
    );
  }
  const said = Object.entries(tasks).filter(
    ([, { status, output }]) => (status === 'succeeded' || status === 'reused') && output.trim() !== '',
  );
  const taskOf = (id: string): string => toInstance(id).task;
  const last = lastTask(
    planned,
    said.map(([id]) => taskOf(id)),
  );
  const found = said.findLast(([id]) => taskOf(id) === last);
  if (found === undefined) return [];
  const [id, { output }] = found;
  return block({ name: id, text: output, command: `gaffer output ${safeLine(runId)}` }, colors);
}

/** A value as people read it: text as it is, anything else as JSON. */
export function outputText(value: JsonValue): string {
  return typeof value === 'string' ? value : JSON.stringify(value, null, 2);
}

function block({ name, text, command }: { name: string; text: string; command: string }, colors: Colors): string[] {
  const lines = safeText(text.trim()).split('\n');
  const isCut = lines.length > mostLines || /… \(\d+ characters\)$/.test(text);
  return [
    '',
    colors.bold(`${safeLine(name)}:`),
    ...lines.slice(0, mostLines).map((line) => `  ${line}`),
    ...(isCut ? [colors.dim(asCalled(`  … \`${command}\` prints all of it`))] : []),
  ];
}
