import { NotTrustedError } from '../../config/trust-store.ts';
import { safeLine } from '../../domain/safe-text.ts';
import { askYesNo } from '../options/ask.ts';
import { asCalled } from '../base/called-as.ts';
import { grantTrust } from './grant-trust.ts';
import { processTerminal } from '../base/terminal.ts';
import { asFlags } from '../base/as-flags.ts';
import { shownLines } from './shown-lines.ts';

/**
 * Whether an error was that nobody had trusted something, and a person at this terminal now does. Then it can be tried again.
 *
 * In a pipe, in CI and under `--yes` nobody is asked: who wrote the command could not know what the file says today.
 */
export async function isGranted(error: unknown, options: Record<string, unknown>): Promise<boolean> {
  if (!(error instanceof NotTrustedError)) return false;
  if (options['yes'] === true || options['json'] === true || !processTerminal().canAsk) return false;
  if (error.shown !== null) process.stderr.write(`${shownLines(error.shown).join('\n')}\n`);
  process.stderr.write(asCalled(`${safeLine(asFlags(error.asks))} Look at it first.\n`));
  if (!(await askYesNo(`Trust ${safeLine(error.thing.path)} as it is now?`))) return false;
  grantTrust(error.thing);
  return true;
}
