import { readFileSync, realpathSync, statSync } from 'node:fs';
import { resolve } from 'node:path';
import { UsageError } from '../../domain/errors.ts';
import { safeLine } from '../../domain/safe-text.ts';
import type { WorkerSettings } from '../../workers/settings.ts';

/*
 * U1 A module with tools is code of ours from then on: it never lies where agents of the run can write, nor does a link on the way to it.
 * U2 Who names it on a command line believes it. Who goes on with a run has only the run's word: it must be what was named then.
 */

/** The tools of modules, once none of them lies where agents can write (U1). @throws UsageError */
export async function openTools(
  modules: readonly string[],
  folders: readonly string[],
): Promise<NonNullable<WorkerSettings['tools']>> {
  if (modules.length === 0) return [];
  const [{ loadTools }, check] = await Promise.all([import('../../tools/own/load-tools.ts'), schemaCheck()]);
  await checkPlaces(modules, folders);
  return loadTools(modules.map(toFile), check);
}

/** Tools of a program, checked as those of a module are. @throws UsageError with everything that is wrong with them */
export async function toolsOf(given: readonly unknown[]): Promise<NonNullable<WorkerSettings['tools']>> {
  if (given.length === 0) return [];
  const [{ checkedTools }, check] = await Promise.all([import('../../tools/own/load-tools.ts'), schemaCheck()]);
  return checkedTools(
    given.map((own) => ({ own, from: 'tools' })),
    check,
  );
}

/** Refuses modules that agents working in these folders could write (U1). @throws UsageError */
export async function checkPlaces(modules: readonly string[], folders: readonly string[]): Promise<void> {
  if (modules.length === 0) return;
  const { placeProblem } = await import('../../tools/own/module-place.ts');
  for (const module of modules) {
    const problem = placeProblem(module, folders);
    if (problem !== null) throw new UsageError(`--tools: ${safeLine(problem)}.`);
  }
}

/** Absolute paths of modules that somebody named. @throws UsageError when one is not there */
export function namedModules(cwd: string, named: readonly string[] = []): string[] {
  return [...new Set(named.map((name) => resolve(cwd, name)))].map((path) => {
    toFile(path);
    return path;
  });
}

function toFile(path: string): string {
  if (statSync(path, { throwIfNoEntry: false })?.isFile() === true) return realpathSync(path);
  throw new UsageError(
    `--tools ${safeLine(path)}: there is no such file. Name a module that exports tools: --tools ../tools.mjs`,
  );
}

/** Notes that the user named these modules, so that runs can be gone on with by them (U2). */
export async function believeTools(modules: readonly string[]): Promise<void> {
  if (modules.length === 0) return;
  const { openTrustStore } = await import('../../config/trust-store.ts');
  const store = openTrustStore();
  for (const thing of await thingsOf(modules)) if (!store.holds(thing)) store.grant(thing);
}

/** Looks at modules again that a run was started with, before it goes on with them (U2). @throws NotTrustedError, UsageError */
export async function checkToolsAgain(modules: readonly string[] = []): Promise<void> {
  if (modules.length === 0) return;
  const { NotTrustedError, openTrustStore } = await import('../../config/trust-store.ts');
  const store = openTrustStore();
  const foreign = (await thingsOf(modules)).find((thing) => !store.holds(thing));
  if (!foreign) return;
  const asks = `${foreign.path} is code that would run with all of your rights, as tools of this run, and is not what was named when a run began.`;
  throw new NotTrustedError(foreign, asks);
}

async function thingsOf(modules: readonly string[]) {
  const { fileToTrust } = await import('../../config/trust-store.ts');
  return modules.map((path) => fileToTrust('tools', path, readFileSync(toFile(path), 'utf8')));
}

async function schemaCheck() {
  const { outputSchemaProblem, schemaMisfit } = await import('../../models/check-output.ts');
  return { schemaProblem: outputSchemaProblem, valueProblem: schemaMisfit };
}
