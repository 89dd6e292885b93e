import { builtInTools } from '../../domain/tool-names.ts';
import { NotBegunError } from '../../domain/tools/not-begun-error.ts';
import { z } from 'zod';
import { keepHead } from '../../host/output-limit.ts';
import type { ShellSettings } from '../../host/sandbox/sandbox.ts';
import { runShell } from '../../host/guarded-process.ts';
import type { ShellResult, ShellStop } from '../../host/guarded-process.ts';
import { createInputFormat, inputProblem, toLine, toPlainText } from '../tool-input.ts';
import type { SlowTool } from '../tool.ts';
import { prepareShell } from './workspace-shell.ts';

const defaultSeconds = 120;
const maxSeconds = 600;
const maxProcesses = 256;
const maxMemoryBytes = 4 * 1024 ** 3;

const description = `Runs a shell command in the workspace and returns its exit code and output.
There is no network, no terminal and no input; files outside of the workspace are not there or read-only; /tmp is empty each time.
Nothing goes on running when the command ends. Longer output is shortened in the middle.`;

const format = createInputFormat(
  z.strictObject({
    command: z
      .string()
      .min(1)
      .max(50_000)
      .refine((text) => !text.includes('\0'), { error: 'contains a NUL character' }),
    timeout_seconds: z
      .int()
      .min(1)
      .max(maxSeconds)
      .optional()
      .describe(`${defaultSeconds} unless given, at most ${maxSeconds}`),
  }),
);

const stops: Record<ShellStop, string> = {
  timeout: 'it took longer than its time limit',
  processes: `it started more than ${maxProcesses} processes`,
  memory: 'it used more than 4 GB of memory',
  output: 'it wrote more than 64 MB of output',
};

/** The tool for shell commands. A command that fails, or is stopped by a limit, is an error with its output. */
export function createBashTool(settings: ShellSettings): SlowTool {
  return {
    ...builtInTools.bash,
    kind: 'slow',
    definition: { name: 'bash', description, input_schema: format.jsonSchema },
    problemOf: (input) => inputProblem(format, input),
    effectOf: (input) => (format.parse(input).ok && settings.sandbox !== 'refused' ? 'once' : 'pure'),
    describe: (input) => toLine('bash', input['command']),
    async run(input, call, signal) {
      const parsed = format.parse(input);
      if (!parsed.ok) return { content: parsed.message, isError: true };
      const { command, timeout_seconds: seconds = defaultSeconds } = parsed.value;
      signal.throwIfAborted();
      const { workspace, leadsTo, writable } = call;
      const place = { workspace, leadsTo, ...(writable && { writable }) };
      const prepared = await prepareShell(settings, { ...place, command }).catch((error: unknown) => {
        throw new NotBegunError(error);
      });
      if ('refusal' in prepared) return { content: prepared.refusal, isError: true };
      const limits = { timeoutMs: seconds * 1000, maxProcesses, maxMemoryBytes };
      const ended = runShell({ ...prepared.run, ...limits }, signal).then(render, (error: unknown) => {
        signal.throwIfAborted();
        return { content: `The command could not be started: ${(error as Error).message}`, isError: true };
      });
      const note = await ended.then(
        () => prepared.cleanUp(),
        () => prepared.cleanUp(),
      );
      const rendered = await ended;
      return note === null ? rendered : { ...rendered, content: `${rendered.content}\n${toPlainText(note)}` };
    },
  };
}

function render(result: ShellResult) {
  const end = result.exitCode === null ? `ended by ${result.signal}` : `exit code ${result.exitCode}`;
  const head = result.stopped === null ? end : `stopped: ${stops[result.stopped]}`;
  const parts = [head];
  if (result.stdout !== '') parts.push(`stdout:\n${toPlainText(result.stdout).trimEnd()}`);
  if (result.stderr !== '') parts.push(`stderr:\n${toPlainText(result.stderr).trimEnd()}`);
  if (result.mayGoOn) parts.push('note: what it started may still be at work: it came again as often as it was ended.');
  const content = keepHead(parts.join('\n'), 'Write it to a file and read parts of it.');
  return result.exitCode === 0 && result.stopped === null ? { content } : { content, isError: true };
}
