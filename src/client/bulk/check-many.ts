import { setImmediate as breathe } from 'node:timers/promises';
import type { OtherInputs } from '../../definition/draft/other-inputs.ts';
import { DefinitionError, type Diagnostic } from '../../definition/source/diagnostic.ts';
import type { StartOptions } from '../start-options.ts';
import type { StartManyOptions } from './many.ts';

/** So many wrong lines are told of at once. */
const mostTold = 20;
const ofInputs = ['missing-input', 'bad-input', 'unknown-input'];
/** How often it is told how many were checked, in ms. */
const tellEveryMs = 1000;

/** How one of them is checked, and who hears how many were. */
interface Checking {
  check: (options: StartOptions) => Promise<{ otherInputs?: OtherInputs }>;
  tell: (checked: number) => void;
}

/**
 * Checks what is to run with the inputs of each line: the definition once, unless more hangs on the inputs than prompts. Ends early once
 * `signal` aborts.
 *
 * @throws DefinitionError that names lines of `eachFile` where their inputs are wrong; as it is where the definition is
 */
export async function checkMany(
  all: readonly StartOptions[],
  { eachFile: file = 'each', signal }: Pick<StartManyOptions, 'eachFile' | 'signal'>,
  { check, tell }: Checking,
): Promise<void> {
  const wrong: Diagnostic[] = [];
  let known: OtherInputs | undefined;
  let toldAt = performance.now();
  for (const [index, options] of all.entries()) {
    const quick = known?.(options.inputs ?? {}) ?? null;
    const isTold = quick?.every(isOfInputs);
    const found = isTold ? quick! : await checkWhole(check, options);
    if (Array.isArray(found))
      wrong.push(...found.map((each) => ({ ...each, file, line: index + 1, column: null, frame: null })));
    else known = found.otherInputs;
    if (wrong.length >= mostTold || signal?.aborted) break;
    if (performance.now() - toldAt < tellEveryMs) continue;
    tell(index + 1);
    await breathe();
    toldAt = performance.now();
  }
  if (wrong.length > 0) throw new DefinitionError(wrong);
}

/** @returns what is wrong with its inputs alone, or what came of it */
async function checkWhole(
  check: Checking['check'],
  options: StartOptions,
): Promise<Diagnostic[] | { otherInputs?: OtherInputs }> {
  try {
    return await check(options);
  } catch (error) {
    if (!(error instanceof DefinitionError) || !error.diagnostics.every(isOfInputs)) throw error;
    return error.diagnostics;
  }
}

function isOfInputs({ code }: Diagnostic): boolean {
  return ofInputs.includes(code);
}
