import type { Draft, DraftTask } from '../draft/draft.ts';
import { keysAt } from '../schema/known-keys.ts';
import { missingKey } from '../schema/schema-errors.ts';
import type { Diagnostic } from '../source/diagnostic.ts';
import type { SourceDocument } from '../source/source-document.ts';

/** Whose tasks may be something else than a prompt: those of a file may be anything; those that are added by people, a call of a tool. */
export type WorkRules = 'file' | 'person' | 'agent';

const ofAgents = ['profile', 'prompt', 'context_name', 'context', 'model', 'max_tokens', 'decompose', 'output'];
const refusedKeys = {
  workflow: [...ofAgents, 'tool', 'input', 'compensate'],
  tool: [...ofAgents, 'inputs', 'limits'],
} as const;
const hints: Readonly<Record<string, string>> = {
  compensate: 'what undoes it is said in its own file, task by task',
  input: 'values for a workflow are its "inputs"',
  inputs: 'values for a tool are its "input"',
};

/** That each task says what is to be done in one way, and has no keys of another one. */
export function checkWork(document: SourceDocument, draft: Draft, rules: WorkRules): Diagnostic[] {
  return draft.tasks.flatMap((task) => checkTask(document, task, rules));
}

function checkTask(document: SourceDocument, { path, keys, work }: DraftTask, rules: WorkRules): Diagnostic[] {
  const report = (key: string, message: string, hint: string | null): Diagnostic =>
    document.diagnostic([...path, key], { code: 'wrong-key', message, hint, on: 'key' });
  if (work === null) {
    const alone = ['inputs', 'input'].filter((key) => Object.hasOwn(keys, key));
    const found = alone.map((key) => {
      const owner = key === 'inputs' ? 'workflow' : 'tool';
      return report(
        key,
        `"${key}" belongs to a task with "${owner}"`,
        'in a prompt, values are written where they are meant',
      );
    });
    return Object.hasOwn(keys, 'prompt') ? found : [...missingKey(document, [...path, 'prompt'], { keysAt }), ...found];
  }
  const found = refusedKeys[work]
    .filter((key) => Object.hasOwn(keys, key))
    .map((key) => report(key, `a task with "${work}" has no "${key}"`, hints[key] ?? 'leave it out'));
  const isAllowed = rules === 'file' || (rules === 'person' && work === 'tool');
  if (isAllowed) return found;
  const why =
    rules === 'agent'
      ? 'an agent gives work to agents'
      : 'its plan is made with that of the run, so it stands in the workflow file';
  return [
    ...found,
    report(work, `a task with "${work}" cannot be added here: ${why}`, 'write what is to be done as a "prompt"'),
  ];
}
