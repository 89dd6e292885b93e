import { readFileSync, statSync } from 'node:fs';
import { extname } from 'node:path';
import { pathToFileURL } from 'node:url';
import { UsageError } from '../../domain/errors.ts';
import { safeLine } from '../../domain/safe-text.ts';
import { isScriptText } from '../../definition/source/script-text.ts';
import type { BuiltTemplate } from '../../definition/build-template.ts';

const largest = 1024 * 1024;

/** Whether a file is a module with a template: JavaScript or TypeScript that says `defineTemplate`. Looks at its text only. */
export function isTemplateModule(file: string): boolean {
  if (!/^\.[cm]?[jt]s$/.test(extname(file).toLowerCase())) return false;
  const about = statSync(file, { throwIfNoEntry: false });
  if (about?.isFile() !== true || about.size > largest) return false;
  const text = readFileSync(file, 'utf8');
  return text.includes('defineTemplate') && !isScriptText(text);
}

/**
 * The template that a module exports, whatever it calls it.
 *
 * It is code that runs as whoever runs this: so it is loaded only when it was trusted as it is. What it imports is not looked at.
 *
 * @throws NotTrustedError unless it was trusted; UsageError when it cannot be loaded or exports none, or several
 */
export async function loadTemplateModule(file: string): Promise<BuiltTemplate> {
  const { fileToTrust, NotTrustedError, openTrustStore } = await import('../../config/trust-store.ts');
  const thing = fileToTrust('template', file, readFileSync(file, 'utf8'));
  if (!openTrustStore().holds(thing))
    throw new NotTrustedError(
      thing,
      `${thing.path} is code that would run with all of your rights, to say which tasks there are.`,
    );
  const module = await import(pathToFileURL(thing.path).href).catch((error: unknown) => {
    const reason = error instanceof Error ? error.message : String(error);
    const wayOut = /\.[cm]?ts$/.test(file) ? ' Node 22.18 or newer reads TypeScript; an older one wants .mjs.' : '';
    throw new UsageError(`the template ${file} cannot be loaded: ${safeLine(reason)}.${wayOut}`, { cause: error });
  });
  const found = [...new Set(Object.values(module as object))].filter(isTemplate);
  if (found.length === 1) return found[0]!;
  const count = found.length === 0 ? 'no template' : 'more than one template';
  throw new UsageError(`${file} exports ${count}: export const NAME = defineTemplate({ id, parameters, buildTasks }).`);
}

function isTemplate(value: unknown): value is BuiltTemplate {
  const { id, buildTasks } = (value ?? {}) as { id?: unknown; buildTasks?: unknown };
  return typeof id === 'string' && typeof buildTasks === 'function';
}
