import { readRunner } from '../definition/schema/check-runner.ts';
import type { Diagnostic } from '../definition/source/diagnostic.ts';
import type { SourceDocument, ValuePath } from '../definition/source/source-document.ts';
import type { AgentRunner } from '../domain/coding/agent-runner.ts';
import type { Isolation } from '../domain/coding/isolation.ts';
import { autoModel } from '../domain/money/model-tiers.ts';
import type { AgentFile } from './agent-schema.ts';

/** What an agent file says of a program that does its tasks, and of where they work. */
export interface RunnerOfAgent {
  runner?: AgentRunner;
  isolate?: Isolation;
}

type RunnerKeys = Partial<Pick<AgentFile, 'command' | 'hosts' | 'isolate' | 'model'>>;

/** Reads `runner`, `command`, `hosts` and `isolate` at a path; what is wrong with them is told. */
export function runnerOf(
  document: SourceDocument,
  keys: RunnerKeys,
  found: Diagnostic[],
  at: ValuePath = [],
): RunnerOfAgent {
  const isolate = keys.isolate ?? undefined;
  const place = isolate === undefined ? {} : { isolate };
  const said = readRunner(document, [...at, 'runner'], found);
  if (!said) {
    for (const key of ['command', 'hosts'] as const) {
      if (keys[key] === undefined || keys[key] === null) continue;
      const message = `"${key}" is for an agent that a program runs, and this one has no "runner"`;
      found.push(document.diagnostic([...at, key], { code: 'bad-value', message, on: 'key' }));
    }
    return place;
  }
  const { kind } = said;
  const command = said.command ?? keys.command ?? undefined;
  const problem = problemOf(kind, keys, command);
  if (problem !== null) found.push(document.diagnostic([...at, 'runner'], { code: 'bad-value', ...problem }));
  if (keys.model?.trim() === autoModel) {
    const message = `an agent that ${kind} runs has to name its model: \`auto\` cannot be chosen for it`;
    found.push(document.diagnostic([...at, 'model'], { code: 'bad-value', message }));
  }
  const hosts = keys.hosts ?? undefined;
  return { ...place, runner: { kind, ...(command && { command }), ...(hosts && { hosts }) } };
}

function problemOf(kind: AgentRunner['kind'], keys: RunnerKeys, command: string[] | undefined) {
  if (kind === 'command' && !command) {
    const hint = 'say it as "command: [aider, --yes, --message, \'{prompt}\']"';
    return { message: 'the runner "command" needs the command that it runs', hint };
  }
  if (kind === 'acp' && !command) {
    const message = 'the runner "acp" needs the program that speaks the protocol';
    return { message, hint: 'say it as "runner: acp:PROGRAM ARGUMENT", or with "command"' };
  }
  if (kind !== 'command' && kind !== 'acp' && Array.isArray(keys.command)) {
    return { message: `the runner "${kind}" brings its own command`, hint: 'leave "command" out' };
  }
  return null;
}
