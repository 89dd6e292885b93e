import { readFileSync } from 'node:fs';
import { Ajv, type ValidateFunction } from 'ajv';
import { expect } from 'vitest';

const file = new URL('../../../schema/output.schema.json', import.meta.url);
const agentVerbs = /^(?:list|show|find)$/;
const compiled = new Map<string, ValidateFunction>();

/**
 * Checks that what a command line with `--json` printed is what schema/output.schema.json says of its verb: no other key, either.
 *
 * @returns what of the schema it was; null: it printed no JSON
 */
export function expectDocumented(args: readonly string[], stdout: string): string | null {
  if (!args.includes('--json') || stdout === '') return null;
  const printed: unknown = JSON.parse(stdout);
  const isError = typeof printed === 'object' && printed !== null && 'error' in printed;
  const verb = isError
    ? 'error'
    : ['issues', 'baseline', 'schedule', 'keys', 'webhooks', 'triggers'].includes(args[0]!) ||
        (args[0] === 'agents' && agentVerbs.test(args[1]!))
      ? args.slice(0, 2).join(' ')
      : args[0]!;
  const validate = shapeOf(verb);
  validate(printed);
  expect(validate.errors ?? [], `${args.join(' ')} printed ${stdout}`).toEqual([]);
  return verb;
}

function shapeOf(verb: string): ValidateFunction {
  const known = compiled.get(verb);
  if (known) return known;
  const { definitions } = JSON.parse(readFileSync(file, 'utf8')) as { definitions: Record<string, object> };
  if (!definitions[verb]) throw new Error(`schema/output.schema.json says nothing of gaffer ${verb}`);
  const validate = new Ajv({ strict: false, validateFormats: false }).compile(
    closed({ ...definitions[verb], definitions }) as object,
  );
  compiled.set(verb, validate);
  return validate;
}

// Readers are promised that keys may come; a test wants each of them documented.
function closed(schema: unknown): unknown {
  if (Array.isArray(schema)) return schema.map(closed);
  if (typeof schema !== 'object' || schema === null) return schema;
  const inner = Object.fromEntries(Object.entries(schema).map(([key, value]) => [key, closed(value)]));
  return 'properties' in schema && !('additionalProperties' in schema)
    ? { ...inner, additionalProperties: false }
    : inner;
}
