import { existsSync, readFileSync, realpathSync, statSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import type { Config } from '../../config/config.ts';
import type { Plan } from '../../domain/plan/plan.ts';
import { safeLine } from '../../domain/safe-text.ts';
import { shellWord } from '../../domain/shell-word.ts';
import { isInside } from '../../host/key-folders.ts';
import { wishFor } from './model.ts';
import { shippedExamples } from './shipped-examples.ts';

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
  if (isShipped(path) || (await trustOf(path)).isHeld) return { script: path, note: null };
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
  if (script === null || !isFile(script) || isShipped(script)) return;
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

/** Whether it came with Gaffer: that is covered while commands run, like all of our code (host/believed.ts). */
function isShipped(path: string): boolean {
  const examples = shippedExamples();
  return existsSync(examples) && isInside(realpathSync(path), realpathSync(examples));
}

function isFile(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isFile() === true;
}
