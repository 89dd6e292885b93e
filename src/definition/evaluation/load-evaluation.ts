import type { JsonObject, JsonValue } from '../../domain/json.ts';
import type { PlanCheck } from '../../domain/plan/plan-checks.ts';
import { evaluationUsd } from '../../domain/plan/plan-checks.ts';
import type { Agent, Plan } from '../../domain/plan/plan.ts';
import { type Draft, folderIn } from '../draft/draft.ts';
import type { PlanTexts } from '../draft/texts.ts';
import { literalText } from '../formats/literal-text.ts';
import { hashOfPlan } from '../nested/hash-of-plan.ts';
import { toMilliseconds } from '../../domain/duration.ts';
import { evaluationLimitsSchema } from '../schema/schema-evaluation.ts';
import type { Diagnostic } from '../source/diagnostic.ts';
import { DefinitionError } from '../source/diagnostic.ts';
import type { SourceDocument } from '../source/source-document.ts';
import { isJsonObject } from '../source/source-document.ts';
import type { CheckSchema } from '../check/check-output-schema.ts';
import { checkChecks, nameOfCheck } from './check-checks.ts';
import { judgePrompt, verdictSchema } from './judge-prompt.ts';

/** How runs of a definition are evaluated, and everything that is wrong with that. */
export interface LoadedEvaluation {
  evaluate?: NonNullable<Plan['evaluate']>;
  /** The plan of checks that commands and judges do, by its hash. */
  plans: Record<string, Plan>;
  diagnostics: Diagnostic[];
}

/** What it is read with. */
export interface EvaluationContext {
  draft: Draft;
  texts: PlanTexts;
  /** Ids of the definition's tasks, in the order of the draft. */
  ids: readonly string[];
  checkSchema?: CheckSchema | undefined;
  /** Reads a native definition as the one around it is read. @throws DefinitionError */
  load: (value: JsonObject) => Plan;
}

/** Reads `evaluate`: its checks, and those of them that are tasks of the evaluating run as a plan of their own. */
export function loadEvaluation(document: SourceDocument, context: EvaluationContext): LoadedEvaluation {
  const { draft } = context;
  if (draft.evaluate === null) return { plans: {}, diagnostics: [] };
  const diagnostics = checkChecks(document, context);
  const checks = draft.evaluate.checks.map((keys, index) => toCheck(keys, index, context.texts));
  const works = draft.evaluate.checks.flatMap((keys, index) => {
    const task = toTask(keys, index, context);
    return task ? [{ index, task }] : [];
  });
  const loaded = works.length === 0 ? null : loadWorks(document, works, context);
  if (loaded && 'found' in loaded) return { plans: {}, diagnostics: [...diagnostics, ...loaded.found] };
  const hash = loaded && hashOfPlan(loaded.plan);
  return {
    evaluate: { checks, plan: hash, ...(draft.evaluate.keys['learn'] === false && { learns: false }) },
    plans: loaded ? { [hash!]: loaded.plan } : {},
    diagnostics,
  };
}

interface Work {
  /** Of its check. */
  index: number;
  task: JsonObject;
}

function loadWorks(
  document: SourceDocument,
  works: readonly Work[],
  { draft, load }: EvaluationContext,
): { plan: Plan } | { found: Diagnostic[] } {
  const { limits } = draft.evaluate!.keys;
  // What is wrong with them is told of the file.
  const given = evaluationLimitsSchema.safeParse(limits).success ? limits : undefined;
  const [models, tiers] = [document.valueAt(['models']), document.valueAt(['tiers'])];
  try {
    const plan = load({
      name: 'evaluation',
      ...(given !== undefined && { limits: given }),
      ...(models !== undefined && { models }),
      ...(tiers !== undefined && { tiers }),
      tasks: works.map(({ task }) => task),
    });
    const hasUsd = isJsonObject(given) && given['usd'] !== undefined;
    // A judge looks at what stands in its task, and at nothing else.
    const agents = Object.entries(plan.agents).map(([name, agent]): [string, Agent] => [name, { ...agent, tools: [] }]);
    const limits = hasUsd ? plan.limits : { ...plan.limits, usd: evaluationUsd };
    return { plan: { ...plan, limits, agents: Object.fromEntries(agents) } };
  } catch (error) {
    if (!(error instanceof DefinitionError)) throw error;
    return { found: error.diagnostics.map((each) => asOwn(document, each, works)) };
  }
}

// What is wrong with a task that was made of a check is wrong with the check.
function asOwn(document: SourceDocument, found: Diagnostic, works: readonly Work[]): Diagnostic {
  const { code, message, hint, severity } = found;
  const [, at, key] = /^tasks(?:\[|\.)(\d+)\]?(?:\.(\w+))?/.exec(found.path) ?? [];
  const check = at === undefined ? undefined : works[Number(at)];
  const path = check === undefined ? ['evaluate'] : ['evaluate', 'checks', check.index, ...placeOf(key)];
  return document.diagnostic(path, { code, message, hint, severity });
}

function placeOf(key: string | undefined): string[] {
  if (key === 'profile' || key === 'model') return ['judge', key];
  return key === 'prompt' ? ['judge'] : key === 'tool' || key === 'input' ? ['command'] : [];
}

function toCheck(keys: JsonObject, index: number, texts: PlanTexts): PlanCheck {
  const { task, weight } = keys;
  const about = {
    name: nameOfCheck(keys, index),
    task: typeof task === 'string' ? task : null,
    weight: typeof weight === 'number' ? weight : 1,
  };
  const { schema, contains } = keys;
  if (isJsonObject(schema)) return { ...about, kind: 'schema', schema };
  if (contains !== undefined) {
    return { ...about, kind: 'contains', texts: (Array.isArray(contains) ? contains : [contains]) as string[] };
  }
  const source = texts.sourceAt(['evaluate', 'checks', index, 'expression']);
  if (source !== null) return { ...about, kind: 'expression', source };
  return { ...about, kind: keys['command'] === undefined ? 'judge' : 'command' };
}

/** The task of the evaluating run that a check is; null: it is none, or none can be made of it. */
function toTask(keys: JsonObject, index: number, { texts, draft, ids }: EvaluationContext): JsonObject | null {
  const { command, judge, timeout } = keys;
  const id = nameOfCheck(keys, index);
  if (typeof command === 'string' && command.includes('${{')) return null;
  if (typeof command === 'string') {
    const seconds = typeof timeout === 'string' ? toMilliseconds(timeout) : null;
    const input = { command, ...(seconds !== null && { timeout_seconds: Math.ceil(seconds / 1000) }) };
    const folder = folderIn(draft.tasks[ids.findIndex((each) => each === keys['task'])]?.keys['workspace']);
    return { id, tool: 'bash', input, ...(folder !== null && { workspace: folder }) };
  }
  const path = ['evaluate', 'checks', index, 'judge', ...(isJsonObject(judge) ? ['rubric'] : [])];
  const rubric = texts.textAt(path).text;
  if (judge === undefined || rubric.trim() === '') return null;
  const { profile = 'judge', model } = (isJsonObject(judge) ? judge : {}) as Record<string, JsonValue>;
  return {
    ...{ id, profile, ...(model !== undefined && { model }) },
    ...{ prompt: literalText(judgePrompt(rubric)), output: verdictSchema },
    ...(timeout !== undefined && { timeout }),
  };
}
