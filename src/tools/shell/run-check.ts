import type { ShellSettings } from '../../host/sandbox/sandbox.ts';
import { runShell, type ShellResult, type ShellStop } from '../../host/guarded-process.ts';
import { toPlainText } from '../tool-input.ts';
import { prepareShell } from './workspace-shell.ts';

/** A command that says by its exit code whether something is as it should be. */
export interface CheckCommand {
  /** Absolute folder that the sandbox shows. */
  workspace: string;
  /** Where in it the command runs, from there down; '': in it. */
  below?: string;
  command: string;
  timeoutMs: number;
  /** Folders besides that it finds to read. */
  reads?: readonly string[];
  /** As in `ToolCall`. */
  writable?: readonly string[];
}

/** How a check ended. `broken`: it could not run to its end, so it says nothing. `output`: how it ends, for people and models. */
export interface CheckEnd {
  kind: 'green' | 'red' | 'broken';
  /** In words; '' when it is green. */
  reason: string;
  output: string;
  durationMs: number;
}

const limits = { maxProcesses: 256, maxMemoryBytes: 4 * 1024 ** 3 };
const shownOutput = 1500;
// What a shell says of a command that is not there, or is no program.
const noCommand: readonly (number | null)[] = [126, 127];

/** Runs a check in the sandbox of the agents' shell. @throws the signal's reason when aborted */
export async function runCheck(
  settings: ShellSettings,
  { workspace, below = '', command, timeoutMs, reads = [], writable }: CheckCommand,
  signal: AbortSignal,
): Promise<CheckEnd> {
  const begun = performance.now();
  const env = { GAFFER_CHECK_FOLDER: below, CI: '1' };
  const whole = below === '' ? command : `cd -- "$GAFFER_CHECK_FOLDER" || exit 126\n${command}`;
  const prepared = await prepareShell(settings, {
    ...{ workspace, command: whole, env, reads },
    ...(writable && { writable }),
  });
  if ('refusal' in prepared) return { kind: 'broken', reason: prepared.refusal, output: '', durationMs: 0 };
  try {
    const result = await runShell({ ...prepared.run, ...limits, timeoutMs }, signal);
    return { ...verdictOf(result, timeoutMs), output: outputOf(result), durationMs: performance.now() - begun };
  } finally {
    await prepared.cleanUp();
  }
}

function verdictOf({ exitCode, signal, stopped }: ShellResult, timeoutMs: number): Pick<CheckEnd, 'kind' | 'reason'> {
  const stops: Record<ShellStop, string> = {
    timeout: `it took longer than ${Math.round(timeoutMs / 1000)} s`,
    processes: `it started more than ${limits.maxProcesses} processes`,
    memory: 'it used more than 4 GB of memory',
    output: 'it wrote more than 64 MB of output',
  };
  if (stopped !== null) return { kind: 'broken', reason: stops[stopped] };
  if (exitCode === 0) return { kind: 'green', reason: '' };
  if (exitCode === null) return { kind: 'broken', reason: `it was ended by ${signal}` };
  if (noCommand.includes(exitCode)) return { kind: 'broken', reason: `a command is not there (exit code ${exitCode})` };
  return { kind: 'red', reason: `exit code ${exitCode}` };
}

function outputOf({ stdout, stderr }: ShellResult): string {
  const all = [stdout, stderr].map((text) => toPlainText(text).trim()).filter((text) => text !== '');
  return all.join('\n').slice(-shownOutput).toWellFormed();
}
