import type { JsonObject } from '../../domain/json.ts';
import { isNamespaced, longestToolName } from '../../domain/tool-names.ts';
import type { OwnTool } from '../../domain/tools/own-tool.ts';
import { keepHead } from '../../host/output-limit.ts';
import { toLine, toPlainText } from '../tool-input.ts';
import type { SlowTool, ToolCall, ToolOutput } from '../tool.ts';

/** How JSON is checked against a schema of somebody else's. */
export interface SchemaCheck {
  /** Why nothing can be checked against it; null: something can. */
  schemaProblem: (schema: JsonObject) => string | null;
  /** What is wrong with a value, in words; null: nothing. */
  valueProblem: (schema: JsonObject, value: JsonObject) => string | null;
}

const effects = ['pure', 'idempotent', 'once'];

/** What keeps something from being a tool, each with its way out; empty: nothing. */
export function ownToolProblems(tool: Partial<Record<keyof OwnTool, unknown>>, check: SchemaCheck): string[] {
  const { name, description, input, effect, run } = tool;
  const problems: string[] = [];
  if (typeof name !== 'string' || !isNamespaced(name))
    problems.push(
      `its \`name\` must be NAMESPACE.NAME, such as "acme.greet", of letters, digits, "-" and single "_", with at most ${longestToolName} characters`,
    );
  if (typeof description !== 'string' || description.trim() === '')
    problems.push('its `description` must say what it does: that is all that a model knows of it');
  if (!isSchema(input))
    problems.push('its `input` must be a JSON Schema of an object: { type: "object", properties: { … } }');
  else {
    const problem = check.schemaProblem(input);
    if (problem !== null) problems.push(`its \`input\` is no JSON Schema: ${problem}`);
  }
  if (!effects.includes(effect as string))
    problems.push(
      'its `effect` must be "pure" (none), "idempotent" (may be repeated) or "once" (never repeated after a crash)',
    );
  if (typeof run !== 'function') problems.push('its `run` must be a function: async run(input, call) { … }');
  return problems;
}

function isSchema(input: unknown): input is JsonObject {
  return typeof input === 'object' && input !== null && (input as { type?: unknown }).type === 'object';
}

/** A tool of somebody's own as Gaffer calls it. What it throws, and an input that its schema does not allow, go back to the model. */
export function toTool(own: OwnTool, { valueProblem }: SchemaCheck): SlowTool {
  const { name, description, effect } = own;
  // As it is now: what changes it later would change what was checked.
  const schema = structuredClone(own.input);
  const problemOf = (input: JsonObject): string | null => {
    const problem = valueProblem(schema, input);
    return problem === null ? null : toPlainText(`Bad input. ${problem}`).slice(0, 2000);
  };
  return {
    name,
    kind: 'slow',
    changesFiles: effect !== 'pure',
    definition: { name, description, input_schema: schema },
    problemOf,
    effectOf: (input) => (problemOf(input) === null ? effect : 'pure'),
    describe: (input) => toLine(name, ...Object.values(input)),
    async run(input, call, signal) {
      const problem = problemOf(input);
      if (problem !== null) return { content: problem, isError: true };
      signal.throwIfAborted();
      return orAborted(answerOf(own, input, toOwnCall(call, signal)), signal);
    },
  };
}

function toOwnCall({ runKey, runId, taskId, agent, workspace, callKey }: ToolCall, signal: AbortSignal) {
  return { runId, taskId, agent, workspace, idempotencyKey: `${runKey}/${callKey}`, signal };
}

async function answerOf(own: OwnTool, input: JsonObject, call: ReturnType<typeof toOwnCall>): Promise<ToolOutput> {
  let value: unknown;
  try {
    value = await own.run(structuredClone(input), call);
  } catch (error) {
    const text = error instanceof Error ? error.message || error.name : String(error);
    return { content: bounded(`${own.name} failed: ${text}`), isError: true };
  }
  try {
    return { content: bounded(toText(value)) };
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    return { content: bounded(`${own.name} did it, but what it returned is no JSON: ${reason}`), isError: true };
  }
}

function toText(value: unknown): string {
  if (typeof value === 'string') return value === '' ? '(no text)' : value;
  return (JSON.stringify(value) as string | undefined) ?? 'done';
}

const bounded = (text: string): string => keepHead(toPlainText(text), 'The tool gives no more.');

// Code that does not heed the signal must not hold up a cancel.
async function orAborted<Result>(work: Promise<Result>, signal: AbortSignal): Promise<Result> {
  let abort = (): void => undefined;
  const aborted = new Promise<never>((_resolve, reject) => {
    abort = () => reject(signal.reason as Error);
    signal.addEventListener('abort', abort, { once: true });
  });
  try {
    const result = await Promise.race([work, aborted]);
    signal.throwIfAborted();
    return result;
  } finally {
    signal.removeEventListener('abort', abort);
  }
}
