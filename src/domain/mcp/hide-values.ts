import { variablesOf } from './expand-variables.ts';
import type { McpTransport } from './mcp-server.ts';

/** What is shorter is no secret, and is part of too many words. */
const shortest = 4;

/** A text about a server in which the values that it got are `${NAME}` again, as they stand and as addresses, JSON and lines of errors have them. */
export function hideValues(
  text: string,
  transport: McpTransport,
  env: Readonly<Record<string, string | undefined>>,
): string {
  const forms = variablesOf(transport)
    .flatMap((name) => formsOf(env[name] ?? '').map((form) => ({ form, name })))
    // The longest that fits, so that no rest of it is left.
    .toSorted((one, other) => other.form.length - one.form.length);
  if (forms.length === 0) return text;
  const found = new RegExp(forms.map(({ form }) => `(${form.replace(/[$()*+.?[\\\]^{|}]/g, '\\$&')})`).join('|'), 'gi');
  return text.replace(found, (_whole, ...groups: unknown[]) => {
    const at = groups.findIndex((group) => group !== undefined);
    return `\${${forms[at]!.name}}`;
  });
}

function formsOf(value: string): string[] {
  const whole = value.toWellFormed();
  // What is told on one line has none of the breaks between.
  const parts = [whole, whole.trim(), ...whole.split(/[\s\p{C}]+/u)];
  const inJson = (part: string): string => JSON.stringify(part).slice(1, -1);
  const forms = parts.flatMap((part) => [part, encodeURI(part), encodeURIComponent(part), inJson(part)]);
  return [...new Set(forms)].filter((form) => form.length >= shortest);
}
