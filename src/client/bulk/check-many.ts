import { DefinitionError, type Diagnostic } from '../../definition/source/diagnostic.ts';
import type { StartOptions } from '../start-options.ts';

/** So many wrong lines are told of at once. */
const mostTold = 20;
const ofInputs = ['missing-input', 'bad-input', 'unknown-input'];

/**
 * Checks what is to run with the inputs of each line.
 *
 * @param check checks one of them
 * @throws DefinitionError that names lines of `file` where their inputs are wrong; as it is where the definition is
 */
export async function checkMany(
  all: readonly StartOptions[],
  file: string,
  check: (options: StartOptions) => Promise<unknown>,
): Promise<void> {
  const wrong: Diagnostic[] = [];
  for (const [index, options] of all.entries()) {
    try {
      await check(options);
    } catch (error) {
      if (!(error instanceof DefinitionError)) throw error;
      if (!error.diagnostics.every(({ code }) => ofInputs.includes(code))) throw error;
      wrong.push(...error.diagnostics.map((each) => ({ ...each, file, line: index + 1, column: null, frame: null })));
      if (wrong.length >= mostTold) break;
    }
  }
  if (wrong.length > 0) throw new DefinitionError(wrong);
}
