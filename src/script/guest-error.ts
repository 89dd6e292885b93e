import { placeOf } from './place-of.ts';
import type { ScriptEnd, ScriptFailure } from './script-host.ts';

/** What a script's globals tell of an error. */
export interface GuestError {
  kind: ScriptFailure;
  name: string;
  message: string;
  stack: string;
}

// Longer ones would be a script's way of filling histories.
const messageCharacters = 4000;
const nameCharacters = 100;

/** The end of a run by an error; `files`: of its scripts, by the word that stands in stacks. `file`: where nobody knows a place. */
export function endBy(error: GuestError, files: ReadonlyMap<string, string>, file: string): ScriptEnd {
  const place = placeOf(error.stack, files);
  return {
    status: 'failed',
    kind: error.kind,
    name: error.name.slice(0, nameCharacters),
    message: error.message.slice(0, messageCharacters),
    line: place?.line ?? null,
    column: place?.column ?? null,
    file: place?.file ?? file,
  };
}
