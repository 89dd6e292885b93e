import type { ToolResultBlock } from '../../domain/conversation/conversation.ts';
import type { JsonObject } from '../../domain/json.ts';
import { toWireName } from '../../domain/tool-names.ts';
import type { ModelRequest, ToolDefinition } from '../model.ts';
import { isStrictAlready, toStrictSchema } from './strict-schema.ts';

/** What either wire is told of a tool. */
export function functionOf(
  { name, description, input_schema: schema }: ToolDefinition,
  mayBeStrict: boolean,
): JsonObject {
  const strict = mayBeStrict ? toStrictSchema(schema) : null;
  return {
    ...{ name: toWireName(name), description, parameters: strict ?? schema },
    // Where it is left out, the Responses API means yes.
    ...(mayBeStrict && { strict: strict !== null }),
  };
}

/** How an answer is held to its schema; null: nothing holds it but its prompt. */
export function formatOf({ output }: ModelRequest): JsonObject | null {
  const schema = output && isStrictAlready(output) ? toStrictSchema(output) : null;
  return schema && { name: 'output', schema, strict: true };
}

/** A tool's result as one text: these wires have no other word for one that failed. */
export function resultText({ content, is_error: isError }: ToolResultBlock): string {
  return isError ? `${failed}${content}` : content;
}

/** How the result of a tool that failed begins. */
const failed = 'Error: ';
