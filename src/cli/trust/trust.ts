import { openTrustStore, type TrustedThing } from '../../config/trust-store.ts';
import { safeLine } from '../../domain/safe-text.ts';
import { toJson, type CommandContext } from '../base/context.ts';
import { asCalled } from '../base/called-as.ts';
import { exitCodes } from '../base/exit-codes.ts';
import { grantTrust, thingAt, waitingForTrust } from './grant-trust.ts';
import { shownLines } from './shown-lines.ts';

/** It has to work while these are what nobody trusts yet. */
export const ignoresDotEnv = true;
export const ignoresProjectFile = true;

/** `gaffer trust [FILE]`: trusts a file as it is now, or lists what is trusted and what in this folder asks for it. */
export async function execute(
  { cwd, terminal }: CommandContext,
  [file]: string[],
  options: { json?: boolean },
): Promise<number> {
  if (file !== undefined) {
    const { thing, shown } = thingAt(cwd, file);
    if (shown !== null && !options.json) terminal.out(`${shownLines(shown).join('\n')}\n\n`);
    grantTrust(thing);
    terminal.out(options.json ? toJson(thing) : `Trusted as it is now: ${line(thing)}\n`);
    return exitCodes.succeeded;
  }
  const trusted = openTrustStore().list();
  const waiting = await waitingForTrust(cwd);
  if (options.json) {
    terminal.out(toJson({ trusted, waiting: waiting.map(({ thing, message }) => ({ ...thing, message })) }));
    return exitCodes.succeeded;
  }
  terminal.out(
    trusted.length === 0 ? 'Nothing is trusted yet.\n' : trusted.map((thing) => `${line(thing)}\n`).join(''),
  );
  for (const { message } of waiting) terminal.out(asCalled(`\nNot trusted: ${safeLine(message)}\n`));
  return exitCodes.succeeded;
}

function line({ kind, path, hash }: TrustedThing): string {
  return `${kind.padEnd(9)} ${safeLine(path)}  sha256 ${hash.slice(0, 12)}`;
}
