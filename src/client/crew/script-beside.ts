import { readFileSync, statSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import type { Config } from '../../config/config.ts';
import type { Plan } from '../../domain/plan/plan.ts';
import { safeLine } from '../../domain/safe-text.ts';
import { shellWord } from '../../domain/shell-word.ts';
import { isShippedExample } from '../../host/package/shipped.ts';
import { wishFor } from './model.ts';

/** Name of the module that answers for a workflow file's agents where there is no key. */
export const scriptName = 'script.mjs';

/** What lies beside a workflow file: code, and so taken only if it is believed. */
export interface ScriptBeside {
  /** The module's path; null: none is taken. */
  script: string | null;
  /** What is to be said of one that is not taken. */
  note: string | null;
}

/**
 * The scripted model's rules beside a workflow file, for runs without a key that name none.
 *
 * It comes with the file and may be a stranger's, or an agent's: so it is one of our own examples, or what the user trusted as it is.
 */
export async function scriptBeside(
  config: Config,
  { cwd, file, plan }: { cwd: string; file: string; plan: Plan },
): Promise<ScriptBeside> {
  const path = join(dirname(resolve(cwd, file)), scriptName);
  if (wishFor(config, null, plan).model !== 'scripted' || !isFile(path)) return { script: null, note: null };
  if (isShippedExample(path) || (await trustOf(path)).isHeld) return { script: path, note: null };
  const word = shellWord(relative(cwd, path) || path);
  const note = `${safeLine(path)} is not trusted, so it does not answer: \`script\` ${word} takes it once, \`gaffer trust ${word}\` as long as it stays as it is.`;
  return { script: null, note };
}

/**
 * Looks at a script again that a run was started with, before it goes on with it: what was trusted may have changed since.
 *
 * @throws NotTrustedError
 */
export async function checkScriptAgain(script: string | null): Promise<void> {
  if (script === null || !isFile(script) || isShippedExample(script)) return;
  const { isHeld, wasHeld, thing } = await trustOf(script);
  // One that nobody trusted was named by whoever started the run.
  if (isHeld || !wasHeld) return;
  const { NotTrustedError } = await import('../../config/trust-store.ts');
  throw new NotTrustedError(thing, `${thing.path} is no longer what was trusted.`);
}

async function trustOf(path: string) {
  const { fileToTrust, openTrustStore } = await import('../../config/trust-store.ts');
  const thing = fileToTrust('script', path, readFileSync(path, 'utf8'));
  const notes = openTrustStore();
  const wasHeld = notes.list().some((note) => note.kind === 'script' && note.path === thing.path);
  return { thing, isHeld: notes.holds(thing), wasHeld };
}

function isFile(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isFile() === true;
}
