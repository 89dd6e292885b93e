import type { RunResult } from '../../domain/run/run-result.ts';
import { safeLine, safeText } from '../../domain/safe-text.ts';
import { asCalled } from '../base/called-as.ts';
import type { Colors } from '../base/terminal.ts';

/** Lines of an output that stand below a summary. */
const mostLines = 15;

/** What the last task of a result said that succeeded: what somebody ran the crew for. Empty: nothing did. */
export function outputLines({ runId, tasks }: RunResult, colors: Colors): string[] {
  const said = Object.entries(tasks).findLast(
    ([, { status, output }]) => (status === 'succeeded' || status === 'reused') && output.trim() !== '',
  );
  if (said === undefined) return [];
  const [id, { output }] = said;
  const lines = safeText(output.trim()).split('\n');
  const isCut = lines.length > mostLines || /… \(\d+ characters\)$/.test(output);
  return [
    '',
    colors.bold(`${safeLine(id)}:`),
    ...lines.slice(0, mostLines).map((line) => `  ${line}`),
    ...(isCut ? [colors.dim(asCalled(`  … \`gaffer output ${safeLine(runId)}\` prints all of it`))] : []),
  ];
}
