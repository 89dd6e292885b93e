import type { AgentRunner, RunnerKind } from '../../domain/coding/agent-runner.ts';
import { runnerKinds } from '../../domain/coding/agent-runner.ts';
import { nearest } from '../../domain/nearest.ts';
import type { Diagnostic } from '../source/diagnostic.ts';
import { quoted } from '../source/diagnostic.ts';
import type { SourceDocument, ValuePath } from '../source/source-document.ts';

/** What drives an agent through a task where nothing is said: the loop of turns that Gaffer has. */
const builtIn = 'loop';

/** `acp:` and the program that speaks the Agent Client Protocol, with its arguments. */
const acpPattern = /^acp:\s*(\S[^]*)$/;

/** Words for programs that another runner runs. Their work is committed by Gaffer. */
const otherWords: Readonly<Record<string, AgentRunner>> = {
  claude_code: { kind: 'claude' },
  aider: {
    kind: 'command',
    command: ['aider', '--model', 'anthropic/{model}', '--yes', '--no-auto-commits', '--message-file', '{prompt_file}'],
  },
};

/** The runner that stands at a path, as far as one word says it; null: the loop that is built in, or it is wrong, which is told. */
export function readRunner(document: SourceDocument, path: ValuePath, found: Diagnostic[]): AgentRunner | null {
  const value = document.valueAt(path) ?? builtIn;
  if (value === builtIn) return null;
  const word = typeof value === 'string' ? value.trim() : '';
  const command = acpPattern.exec(word)?.[1]?.trim().split(/\s+/);
  if (command) return { kind: 'acp', command };
  if (isKind(word)) return { kind: word };
  if (Object.hasOwn(otherWords, word)) return otherWords[word]!;
  const said = typeof value === 'string' ? quoted(value) : 'that is no word';
  const close = nearest(word, [...runnerKinds, ...Object.keys(otherWords), builtIn]);
  const message = `there is no runner ${said}`;
  const hint = `${close === null ? '' : `did you mean "${close}"? `}There are ${runnerKinds.join(', ')} and aider (acp as "acp:PROGRAM"), and "${builtIn}", the loop that is built in and does its tasks with the tools of Gaffer: leave "runner" out for it`;
  found.push(document.diagnostic(path, { code: 'unknown-runner', message, hint }));
  return null;
}

function isKind(word: string): word is RunnerKind {
  return (runnerKinds as readonly string[]).includes(word);
}
