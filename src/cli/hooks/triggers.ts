import { resolve } from 'node:path';
import type { TriggerEntry } from '../../client/hooks/triggers.ts';
import { safeLine } from '../../domain/safe-text.ts';
import { readUserFile } from '../../host/user-file.ts';
import type { CommandContext } from '../base/context.ts';
import { secretIn, withHooks, type HookOptions } from './with-hooks.ts';

interface SecretOptions extends HookOptions {
  /** Name of a variable. */
  secretEnv?: string;
}

/** `gaffer triggers add FILE`. */
export const add = {
  execute(context: CommandContext, [file]: string[], options: SecretOptions & { replace?: boolean }): Promise<number> {
    const source = { text: readUserFile(resolve(context.cwd, file!)), file: file! };
    const secret = secretIn(context, options.secretEnv);
    return withHooks(context, options, {
      work: ({ triggers }) => triggers.add({ source, secret, replaces: options.replace }),
      print: (entry) => [...toLines(entry), secretLine(entry, options.secretEnv)],
    });
  },
};

/** What becomes of its secret: one that was given stays where it came from. */
function secretLine({ name, secret }: { name: string; secret: string | null }, given: string | undefined): string {
  if (secret !== null)
    return given === undefined ? `Secret, shown here alone: ${secret}` : `Its secret is that of ${safeLine(given)}.`;
  const way = `\`gaffer triggers rotate ${safeLine(name)} --secret-env ${safeLine(given ?? 'VARIABLE')}\` gives it another`;
  return `It keeps the secret that it has${given === undefined ? '' : `, not that of ${safeLine(given)}: ${way}`}.`;
}

/** `gaffer triggers list`. */
export const list = {
  execute: (context: CommandContext, _args: string[], options: HookOptions): Promise<number> =>
    withHooks(context, options, {
      work: ({ triggers }) => triggers.list(),
      print: (all) => (all.length === 0 ? ['No triggers: `gaffer triggers add FILE` adds one.'] : all.flatMap(toLines)),
    }),
};

/** `gaffer triggers show NAME`. */
export const show = {
  execute: (context: CommandContext, [name]: string[], options: HookOptions): Promise<number> =>
    withHooks(context, options, {
      work: ({ triggers }) => triggers.show(name!),
      print: (entry) => [...toLines(entry), '', ...entry.source.trimEnd().split('\n').map(safeLine)],
    }),
};

/** `gaffer triggers rm NAME`. */
export const remove = {
  execute: (context: CommandContext, [name]: string[], options: HookOptions): Promise<number> =>
    withHooks(context, options, {
      async work({ triggers }) {
        await triggers.remove(name!);
        return { removed: name! };
      },
      print: ({ removed }) => [`${safeLine(removed)} is removed; its runs stay.`],
    }),
};

/** `gaffer triggers rotate NAME`. */
export const rotate = {
  execute(context: CommandContext, [name]: string[], options: SecretOptions): Promise<number> {
    const secret = secretIn(context, options.secretEnv);
    return withHooks(context, options, {
      work: ({ triggers }) => triggers.rotate(name!, secret),
      print: (entry) => [secretLine(entry, options.secretEnv), 'The one before it holds beside it for a day.'],
    });
  },
};

/** `gaffer triggers pause NAME`. */
export const pause = {
  execute: (context: CommandContext, [name]: string[], options: HookOptions): Promise<number> =>
    withHooks(context, options, { work: ({ triggers }) => triggers.setActive(name!, false), print: toLines }),
};

/** `gaffer triggers resume NAME`. */
export const resume = {
  execute: (context: CommandContext, [name]: string[], options: HookOptions): Promise<number> =>
    withHooks(context, options, { work: ({ triggers }) => triggers.setActive(name!, true), print: toLines }),
};

function toLines({ name, state, path, scheme, mapping }: TriggerEntry): string[] {
  const facts = [name, state, `POST ${path}`, scheme.kind, `starts ${mapping.workflow}`];
  return [safeLine(facts.join(' · '))];
}
