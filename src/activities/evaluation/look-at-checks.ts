import type { Work } from '../../domain/expressions/expression.ts';
import { evaluateExpression, ExpressionError, toPromptText } from '../../domain/expressions/expression.ts';
import type { JsonObject, JsonValue } from '../../domain/json.ts';
import type { CheckResult, TaskMeasures } from '../../domain/evaluation/evaluation.ts';
import { toScore } from '../../domain/evaluation/score.ts';
import type { PlanCheck } from '../../domain/plan/plan-checks.ts';
import { preview } from '../../domain/fingerprint.ts';
import { parseOutput } from '../../domain/plan/output-note.ts';
import { OutputSchemaError, schemaMisfit } from '../../models/check-output.ts';

/** What came of a look: a score from 0 to 100, or null where nobody could look. */
export type Look = Pick<CheckResult, 'score' | 'detail'>;

/** What checks that need nobody look at. */
export interface Looked {
  /** `status`, `summary`, `output` of a task; of the run `status`, `reason`, `outputs` and `tasks`. */
  result: JsonObject;
  /** Outputs of its members, one by one; of what has none the one output. */
  outputs: JsonValue[];
  usage: JsonObject;
  inputs: JsonObject;
}

/** Most members of a `for_each` that a check looks at, one by one. */
const mostMembers = 200;

/** Looks at a result without asking anybody. @returns null where a command or a judge has to look */
export function lookAt(check: PlanCheck, looked: Looked, work: Work): Look | null {
  switch (check.kind) {
    case 'schema':
      return met(check.schema, looked.outputs);
    case 'contains':
      return ofEach(
        looked.outputs,
        (output) => missingIn(check.texts, output),
        `it contains ${quotedTexts(check.texts)}`,
      );
    case 'expression':
      return evaluated(check.source, looked, work);
    default:
      return null;
  }
}

/** What a task took, as expressions see it. */
export function usageOf(measures: TaskMeasures): JsonObject {
  const { agent: _agent, executions: _executions, succeeded: _succeeded, ...usage } = measures;
  return usage;
}

// The share of members that are right; why the first one is not.
function ofEach(outputs: readonly JsonValue[], problemOf: (output: JsonValue) => string | null, good: string): Look {
  const some = outputs.slice(0, mostMembers);
  const problems = some.map(problemOf);
  const wrong = problems.filter((problem) => problem !== null);
  if (some.length === 0) return { score: null, detail: 'there is no result to look at' };
  const score = toScore((100 * (some.length - wrong.length)) / some.length);
  if (wrong.length === 0) return { score, detail: preview(good, 300) };
  const of = some.length > 1 ? `${wrong.length} of ${some.length}: ` : '';
  return { score, detail: preview(of + wrong[0]!, 300) };
}

// One that takes too long takes it once, not for every member.
function met(schema: JsonObject, outputs: readonly JsonValue[]): Look {
  try {
    const problemOf = (output: JsonValue): string | null =>
      schemaMisfit(schema, typeof output === 'string' ? (parseOutput(output, schema) ?? output) : output);
    return ofEach(outputs, problemOf, 'it meets the schema');
  } catch (error) {
    if (!(error instanceof OutputSchemaError)) throw error;
    return { score: 0, detail: preview(error.message, 300) };
  }
}

function missingIn(texts: readonly string[], output: JsonValue): string | null {
  const whole = toPromptText(output);
  const missing = texts.filter((text) => !whole.includes(text));
  return missing.length === 0 ? null : `it does not contain ${quotedTexts(missing)}`;
}

function quotedTexts(texts: readonly string[]): string {
  return texts.map((text) => JSON.stringify(text)).join(', ');
}

function evaluated(source: string, { result, usage, inputs }: Looked, work: Work): Look {
  try {
    const value = evaluateExpression(source, { result, usage, inputs }, work);
    if (typeof value === 'boolean')
      return { score: value ? 100 : 0, detail: value ? 'true' : `false: ${preview(source, 250)}` };
    if (typeof value === 'number') return { score: toScore(value), detail: `gives ${value}` };
    return { score: 0, detail: 'gives neither true or false nor a number' };
  } catch (error) {
    if (!(error instanceof ExpressionError)) throw error;
    return { score: 0, detail: preview(`cannot be evaluated: ${error.message}`, 300) };
  }
}
