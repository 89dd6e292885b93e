/*
 * Both sides are hostile: the schema comes from a workflow file, the answer from a model.
 *
 * O1 Compiling and checking run under one limit of CPU that also ends a regular expression (`pattern`) that would never end. A machine
 *    that is busy or stands still is not a schema that takes long.
 * O2 Nothing is fetched: a `$ref` to elsewhere is a schema that cannot be used.
 */
import { createRequire } from 'node:module';
import { createContext, Script } from 'node:vm';
import type { Ajv2020, ErrorObject } from 'ajv/dist/2020.js';
import type { JsonObject, JsonValue } from '../domain/json.ts';
import { parseOutput } from '../domain/plan/output-note.ts';
import { startCpuClock } from '../host/cpu-clock.ts';

// Most definitions have no schema, and a command that starts a run would wait for 84 files. It is loaded before the clock of O1 runs.
const library = createRequire(import.meta.url);
const ajv2020 = () => (library('ajv/dist/2020.js') as { Ajv2020: typeof Ajv2020 }).Ajv2020;

const maxSchemaCharacters = 100_000;
const maxAnswerCharacters = 1_000_000;
const limitMs = 2000;
// Longer than the limit, so that on a quiet machine the first try is the last.
const firstTryMs = 2500;
const maxProblems = 8;

/** A schema that nothing can be checked against: the workflow file is wrong, not the answer. */
export class OutputSchemaError extends Error {
  override readonly name = 'OutputSchemaError';
}

/**
 * What is wrong with an answer that should be JSON for a schema, in words for the model; null: nothing.
 *
 * @throws OutputSchemaError
 */
export function checkOutput(schema: JsonObject, text: string): string | null {
  if (text.length > maxAnswerCharacters) return `The answer is longer than ${maxAnswerCharacters} characters.`;
  const value = parseOutput(text, schema);
  if (value === undefined) {
    return 'The answer is not JSON. It must be one JSON value and nothing else.';
  }
  const problem = schemaMisfit(schema, value);
  return problem === null ? null : `The answer is JSON but does not meet the schema:\n${problem}`;
}

/** What of a value does not meet a schema, in lines for the model; null: nothing. @throws OutputSchemaError */
export function schemaMisfit(schema: JsonObject, value: JsonValue): string | null {
  const errors = validate(schema, value);
  if (errors.length === 0) return null;
  const lines = errors.slice(0, maxProblems).map(toLine);
  const more = errors.length > maxProblems ? [`- and ${errors.length - maxProblems} more`] : [];
  return [...lines, ...more].join('\n');
}

/** Why nothing can be checked against a schema; null: something can. */
export function outputSchemaProblem(schema: JsonObject): string | null {
  try {
    const Ajv = ajv2020();
    bounded(() => compile(Ajv, schema));
    return null;
  } catch (error) {
    if (error instanceof OutputSchemaError) return error.message;
    throw error;
  }
}

function validate(schema: JsonObject, value: JsonValue): Partial<ErrorObject>[] {
  const Ajv = ajv2020();
  return bounded(() => {
    const check = compile(Ajv, schema);
    return check(value) ? [] : (check.errors ?? []);
  });
}

function compile(Ajv: ReturnType<typeof ajv2020>, schema: JsonObject) {
  if (JSON.stringify(schema).length > maxSchemaCharacters) throw new Error('it is longer than 100 kB');
  // A draft that is named would have to be loaded; ours reads what all of the later ones share.
  const { $schema: _draft, ...plain } = schema;
  const ajv = new Ajv({ allErrors: true, strict: false, validateFormats: false, logger: false, inlineRefs: false });
  return ajv.compile(plain);
}

// O1: the limit of a script holds for everything that it calls, whichever realm it comes from. It is one of time: a try that did not get
// its CPU within it is not held against the schema, and gets twice the time.
function bounded<Result>(work: () => Result): Result {
  for (let timeout = firstTryMs; ; timeout *= 2) {
    const used = startCpuClock();
    try {
      return new Script('work()').runInContext(createContext({ work }), { timeout }) as Result;
    } catch (error) {
      const { code, message } = error as { code?: string; message: string };
      const isTimeOver = code === 'ERR_SCRIPT_EXECUTION_TIMEOUT';
      if (isTimeOver && used() < limitMs) continue;
      const reason = isTimeOver ? `checking takes more than ${limitMs / 1000} s` : message;
      throw new OutputSchemaError(`the output schema cannot be used: ${reason}`, { cause: error });
    }
  }
}

function toLine({ instancePath = '', message = '', params = {} }: Partial<ErrorObject>): string {
  const known = params as { additionalProperty?: string; allowedValues?: unknown[]; allowedValue?: unknown };
  const detail =
    known.additionalProperty !== undefined
      ? ` (${shorten(known.additionalProperty)})`
      : known.allowedValues
        ? `: ${shorten(JSON.stringify(known.allowedValues))}`
        : known.allowedValue !== undefined
          ? `: ${shorten(JSON.stringify(known.allowedValue))}`
          : '';
  return `- ${shorten(instancePath) || 'the whole'}: ${shorten(message)}${detail}`;
}

function shorten(text: string): string {
  return text.length > 200 ? `${text.slice(0, 199)}…` : text;
}
