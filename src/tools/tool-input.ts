import { z } from 'zod';
import type { JsonObject } from '../domain/json.ts';

/** What a tool understood of an input; `message` tells the model what was expected. */
type ParsedInput<Value> = { ok: true; value: Value } | { ok: false; message: string };

/** A tool's input: what the model is told, and the check of what it says. */
export interface InputFormat<Value> {
  jsonSchema: JsonObject;
  parse(input: JsonObject): ParsedInput<Value>;
}

/**
 * Makes both sides of a tool's input from one flat schema: models' APIs take no unions at the top.
 *
 * `needs` names, by action, the fields that are optional in the schema but needed there.
 */
export function createInputFormat<Schema extends z.ZodObject>(
  schema: Schema,
  needs: Record<string, readonly string[]> = {},
): InputFormat<z.output<Schema>> {
  const { $schema: _, ...jsonSchema } = z.toJSONSchema(schema, { io: 'input' }) as JsonObject;
  return {
    jsonSchema: jsonSchema as JsonObject,
    parse(input) {
      const result = schema.safeParse(input, { error: inWords });
      if (!result.success) return { ok: false, message: `Bad input. ${explain(result.error)}` };
      const action = (result.data as { action?: string }).action ?? '';
      const missing = (needs[action] ?? []).filter((name) => (result.data as JsonObject)[name] === undefined);
      if (missing.length === 0) return { ok: true, value: result.data };
      return { ok: false, message: `Bad input. The action ${action} needs ${missing.join(' and ')}.` };
    },
  };
}

/** What is wrong with an input, in words; null: nothing. */
export function inputProblem(format: InputFormat<unknown>, input: JsonObject): string | null {
  const parsed = format.parse(input);
  return parsed.ok ? null : parsed.message;
}

// What may be anything has to be there all the same.
function inWords({ code, expected, input }: z.core.$ZodRawIssue): string | undefined {
  return code === 'invalid_type' && expected === 'nonoptional' && input === undefined ? 'it is missing' : undefined;
}

function explain(error: z.ZodError): string {
  const lines = error.issues.slice(0, 10).map((issue) => {
    const path = issue.path.map(String).join('.');
    return path === '' ? `${issue.message}.` : `${path.slice(0, 100)}: ${issue.message}.`;
  });
  return toPlainText(lines.join(' ')).slice(0, 2000);
}

// PostgreSQL keeps neither NUL nor halves of surrogate pairs, and both would fail the whole transaction.
const storable = (text: string): string => Buffer.from(text.replaceAll('\0', ''), 'utf8').toString('utf8');

/** Text of at most `max` characters that the database can keep. */
export function storableText(max: number): z.ZodType<string, string> {
  return z.string().max(max).overwrite(storable);
}

/** Text without terminal escapes, control and bidirectional characters; line breaks and tabs stay. */
export function toPlainText(text: string): string {
  return (
    storable(text)
      // First whole sequences (OSC and the like with their payload, then CSI), then whatever is left of them.
      .replace(/\u001B[\]P^_X][^\u0007\u001B\u009C]{0,4096}(?:\u0007|\u001B\\|\u009C)?/g, '')
      .replace(/(?:\u001B\[|\u009B)[0-?]{0,64}[ -/]{0,16}[@-~]?/g, '')
      .replace(/\r\n/g, '\n')
      // oxlint-disable-next-line no-control-regex -- that is what it is for
      .replace(/[\u0000-\u0008\u000B-\u001F\u007F-\u009F\u200E\u200F\u061C\u202A-\u202E\u2066-\u2069]/g, '')
  );
}

/** A tool's line for people: plain text without line breaks, at most 120 characters. */
export function toLine(...words: unknown[]): string {
  const text = words
    .filter((word) => ['string', 'number', 'boolean'].includes(typeof word))
    .map((word) => String(word).slice(0, 400))
    .join(' ');
  const plain = toPlainText(text)
    .replace(/[\s\u2028\u2029]+/g, ' ')
    .trim();
  const shortened = plain.length <= 120 ? plain : `${plain.slice(0, 119)}…`;
  return storable(shortened.replace(/[\uD800-\uDBFF](?=…?$)/, ''));
}
