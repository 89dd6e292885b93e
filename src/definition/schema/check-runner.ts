import type { Diagnostic } from '../source/diagnostic.ts';
import { quoted } from '../source/diagnostic.ts';
import type { SourceDocument, ValuePath } from '../source/source-document.ts';

/** What drives an agent through a task where nothing is said, and all that there is: the loop of turns that Gaffer has. */
const builtIn = 'loop';

/** Why what stands at a path cannot drive an agent; nothing: it can, or nothing stands there. */
export function checkRunner(document: SourceDocument, path: ValuePath): Diagnostic[] {
  const value = document.valueAt(path) ?? builtIn;
  if (value === builtIn) return [];
  const said = typeof value === 'string' ? quoted(value) : 'that is no word';
  const message = `there is no runner ${said}: real coding programs cannot be run yet, every agent runs in the loop that is built in ("${builtIn}")`;
  const hint = 'leave "runner" out: the agent then does its tasks with the tools of Gaffer, whatever it is called';
  return [document.diagnostic(path, { code: 'unknown-runner', message, hint })];
}
