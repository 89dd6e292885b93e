import { evaluateExpression, ExpressionError, Work } from '../../domain/expressions/expression.ts';
import type { JsonValue } from '../../domain/json.ts';
import { isScriptPlan, scriptTaskId } from '../../domain/plan/scripts.ts';
import type { RunResult } from '../../domain/run/run-result.ts';
import type { Sql } from '../../store/database/sql.ts';
import { loadOutputs } from '../../store/task/task-outputs.ts';
import type { TaskFacts } from '../../store/task/task-facts.ts';
import { createTaskFacts } from '../../store/task/task-facts.ts';
import { buildScope, namedWithoutResult } from '../../store/task/task-scope.ts';
import type { FrozenRun } from '../base/frozen-run.ts';

/** Most that all outputs of a run have together, in characters of JSON: they are loaded wherever its result is. */
const mostCharacters = 500_000;
/** How many tasks a reason names. */
const mostNamed = 3;

type Outputs = Pick<RunResult, 'outputs' | 'outputErrors'>;

/**
 * What a run's `outputs` give now that its tasks are over. One that has no value is null, with the reason: it never costs the run its end.
 */
export async function evaluateOutputs(sql: Sql, run: FrozenRun): Promise<Outputs> {
  const { no, board, digests, plan } = run;
  if (!plan.outputs) return {};
  if (isScriptPlan(plan)) return returned(sql, no, plan.outputs);
  const facts = createTaskFacts(sql, { no, board, digests });
  // One measure for all: a hundred outputs must not take a hundred times what one may.
  const work = new Work();
  const outputs: [string, JsonValue][] = [];
  const errors: [string, string][] = [];
  let left = mostCharacters;
  for (const [name, source] of Object.entries(plan.outputs)) {
    const { value, error } = await evaluateOne(run, facts, { source, work, left });
    outputs.push([name, value]);
    if (error === null) left -= JSON.stringify(value).length;
    else errors.push([name, error]);
  }
  const outputErrors = errors.length > 0 && { outputErrors: Object.fromEntries(errors) };
  return { outputs: Object.fromEntries(outputs), ...outputErrors };
}

// What a script returned is the value as it is, also where that is nothing.
async function returned(sql: Sql, no: number, names: Record<string, string>): Promise<Outputs> {
  const [script] = await loadOutputs(sql, no, [scriptTaskId]);
  const isDone = script?.status === 'succeeded';
  const each = <Value>(value: Value) => Object.fromEntries(Object.keys(names).map((name) => [name, value]));
  if (isDone) return { outputs: each(script.value ?? null) };
  return { outputs: each(null), outputErrors: each(`the script ${stateText(script?.status)}`) };
}

async function evaluateOne(
  run: FrozenRun,
  facts: TaskFacts,
  { source, work, left }: { source: string; work: Work; left: number },
): Promise<{ value: JsonValue; error: string | null }> {
  try {
    const scope = await buildScope(run, facts, { sources: [source], local: {} });
    const value = evaluateExpression(source, scope, work);
    if (value === null) return { value, error: await whyMissing(run, facts, source, 'its expression gives null') };
    const { length } = JSON.stringify(value);
    if (length <= left) return { value, error: null };
    const error = `its value has ${length} characters, and all outputs together have at most ${mostCharacters}`;
    return { value: null, error };
  } catch (error) {
    if (!(error instanceof ExpressionError)) throw error;
    return {
      value: null,
      error: await whyMissing(run, facts, source, `its expression fails: ${error.message.slice(0, 300)}`),
    };
  }
}

// A task without a result says more than what its absence made of the expression.
async function whyMissing(run: FrozenRun, facts: TaskFacts, source: string, otherwise: string): Promise<string> {
  const missing = await namedWithoutResult(run, facts, source);
  if (missing.length === 0) return otherwise;
  const named = missing.slice(0, mostNamed).map(({ id, fact }) => `task "${id}" ${stateText(fact?.status)}`);
  const more = missing.length - named.length;
  return named.join(', ') + (more > 0 ? ` and ${more} more have no result` : '');
}

function stateText(status: string | undefined): string {
  if (status === 'failed') return 'failed';
  if (status === 'compensated') return 'was undone';
  return status === 'skipped' || status === 'cancelled' ? `was ${status}` : 'did not end';
}
