import { NotTrustedError } from '../../config/trust-store.ts';
import { DefinitionError } from '../../definition/source/diagnostic.ts';
import { safeLine } from '../../domain/safe-text.ts';
import { asCalled } from '../base/called-as.ts';
import type { Loader } from '../tree/options.ts';
import { isGranted } from './ask-trust.ts';

/**
 * How a command can be done all the same: as somebody now trusts what it asked for, or without a file that it does not need.
 *
 * @param isLoaded whether its settings had been read when it failed
 *
 * @returns the command to perform; null: there is no way
 */
export async function otherWay(
  error: unknown,
  load: Loader,
  { options, isLoaded }: { options: Record<string, unknown>; isLoaded: boolean },
): Promise<Loader | null> {
  const file = isLoaded ? null : fileOf(error);
  const command = file === null ? null : await load();
  const without = (ignored: object): Loader => {
    const why = safeLine((error as Error).message.split('\n')[0]!);
    process.stderr.write(asCalled(`gaffer: goes on without ${file}: ${why}\n`));
    return async () => ({ ...command!, ...ignored });
  };
  // Nobody is asked to trust what is not needed.
  if (file === 'gaffer.yaml' && !command?.asksModels) return without({ ignoresProjectFile: true });
  if (await isGranted(error, options)) return load;
  if (file === '.env' && command?.goesWithoutDotEnv) return without({ ignoresDotEnv: true });
  return null;
}

/** Which of the files that settings are read from an error is about. */
function fileOf(error: unknown): '.env' | 'gaffer.yaml' | null {
  if (error instanceof DefinitionError) return 'gaffer.yaml';
  if (!(error instanceof NotTrustedError)) return null;
  return error.thing.kind === 'project' ? 'gaffer.yaml' : error.thing.kind === 'env' ? '.env' : null;
}
