import { resolve } from 'node:path';
import { withDescendants } from '../domain/descendants.ts';
import type { ExpressionReference } from '../domain/expression.ts';
import { knownModelNames, resolveModel } from '../domain/model-table.ts';
import type { Plan, PlanLimits, PlanTask, Template } from '../domain/plan.ts';
import { UsageError } from './fail.ts';
import { readUserFile } from './run-options.ts';

/*
 * `--set` of `gaffer fork`: changes of a plan that is already frozen. Its prompts hold the inputs' values, so a changed input
 * reaches only what the run itself evaluates; the file has to be read again for the rest, and then we say so.
 */

const example = 'prompt.TASK=TEXT, model.AGENT=NAME, input.NAME=VALUE, limits.usd=10';

/** The plan with edits `kind.name=value` applied. @throws UsageError naming the edit and the nearest name */
export async function editPlan(plan: Plan, edits: readonly string[], cwd: string): Promise<Plan> {
  const edited = structuredClone(plan);
  for (const edit of edits) {
    const [, kind, name, given] = /^(prompt|model|input|inputs|limits|limit)\.([^=]+)=([\s\S]*)$/.exec(edit) ?? [];
    if (kind === undefined) throw new UsageError(`--set "${edit}": give one of ${example}.`);
    const value = given!.startsWith('@') ? readUserFile(resolve(cwd, given!.slice(1))) : given!;
    if (kind === 'prompt') await setPrompt(edited, name!, value);
    else if (kind === 'model') await setModel(edited, name!, value);
    else if (kind.startsWith('input')) await setInput(edited, name!, value);
    else await setLimit(edited, name!, value);
  }
  return edited;
}

async function setPrompt(plan: Plan, id: string, value: string): Promise<void> {
  const task = plan.tasks.find((each) => each.id === id);
  if (!task)
    throw await unknown(
      'prompt',
      id,
      plan.tasks.map((each) => each.id),
    );
  if (value.trim() === '') throw new UsageError(`--set prompt.${id}: the prompt is empty.`);
  task.prompt = value;
  task.template = value.includes('${{') ? await toTemplate(plan, task, value) : null;
}

async function toTemplate(plan: Plan, task: PlanTask, text: string): Promise<Template> {
  const { parseExpression, toShortName } = await import('../domain/expression.ts');
  const pieces = text.split(/\$\{\{([\s\S]*?)\}\}/);
  return pieces.flatMap((piece, index): Template => {
    if (index % 2 === 0) return piece === '' ? [] : [piece];
    const { problem, references } = parseExpression(piece.trim());
    const wrong =
      problem?.message ?? references.map((each) => problemOf(each, { plan, task, toShortName })).find((each) => each);
    if (wrong) throw new UsageError(`--set prompt.${task.id}: \${{${piece}}}: ${wrong}`);
    return [{ expression: piece.trim() }];
  });
}

/** Why a name has no value when the task starts; null: it has one. */
function problemOf(
  { root, member }: ExpressionReference,
  { plan, task, toShortName }: { plan: Plan; task: PlanTask; toShortName: (name: string) => string },
): string | null {
  if (root !== 'tasks' || member === null) return null;
  const named = plan.tasks.find(({ id }) => id === member) ?? plan.tasks.find(({ id }) => toShortName(id) === member);
  if (!named) return `there is no task "${member}"`;
  // In a loop, what came last time around is there.
  const isLoop = task.phase !== null && named.phase === task.phase && Boolean(plan.phases[task.phase]!.repeat);
  const isOwn = named.id === task.id;
  if (isLoop || (isOwn ? task.repeat !== null : withDescendants(plan, named.id).includes(task.id))) return null;
  return `the result of "${named.id}" may not be there yet: "${task.id}" does not wait for it`;
}

async function setModel(plan: Plan, name: string, value: string): Promise<void> {
  const agent = Object.hasOwn(plan.agents, name) ? plan.agents[name] : undefined;
  if (!agent) throw await unknown('model', name, Object.keys(plan.agents));
  const model = resolveModel(value);
  if (model === undefined) {
    const { nearestHint } = await import('../definition/nearest.ts');
    throw new UsageError(`--set model.${name}: unknown model "${value}"; ${nearestHint(value, knownModelNames) ?? ''}`);
  }
  agent.model = model;
}

async function setInput(plan: Plan, name: string, value: string): Promise<void> {
  if (!Object.hasOwn(plan.inputs, name)) throw await unknown('input', name, Object.keys(plan.inputs));
  const { inputs, ...rest } = plan;
  // Expressions are what the run evaluates; plain text of a prompt has the old value in it already.
  const isEvaluated = new RegExp(String.raw`\binputs\s*(\.\s*${escaped(name)}\b|\[)`).test(
    JSON.stringify(rest.tasks.map(({ prompt: _prompt, ...task }) => task)),
  );
  if (!isEvaluated) {
    throw new UsageError(
      `--set input.${name}: its value already stands in the prompts. \`gaffer run FILE --reuse RUN --input ${name}=…\` reads the file again and reuses what stays the same.`,
    );
  }
  inputs[name] = typeof inputs[name] === 'string' ? value : parsed(value);
}

function parsed(value: string): Plan['inputs'][string] {
  try {
    return JSON.parse(value) as Plan['inputs'][string];
  } catch {
    return value;
  }
}

const limitNames = {
  usd: 'usd',
  tokens: 'tokens',
  max_parallel: 'maxParallel',
  usd_per_minute: 'usdPerMinute',
} as const;

async function setLimit(plan: Plan, name: string, value: string): Promise<void> {
  const { limits } = plan;
  if (name === 'timeout') {
    const { toMilliseconds } = await import('../definition/duration.ts');
    const ms = toMilliseconds(value);
    if (ms === null) throw new UsageError(`--set limits.timeout "${value}": give a time such as 30m or 2h.`);
    limits.timeoutMs = ms;
  } else if (name === 'on_exceeded') {
    if (value !== 'pause' && value !== 'fail') throw new UsageError('--set limits.on_exceeded: give pause or fail.');
    limits.onExceeded = value;
  } else {
    if (!Object.hasOwn(limitNames, name)) {
      throw await unknown('limits', name, [...Object.keys(limitNames), 'timeout', 'on_exceeded']);
    }
    const key: keyof PlanLimits = limitNames[name as keyof typeof limitNames];
    const number = Number(value);
    if (!(number > 0) || !Number.isFinite(number)) {
      throw new UsageError(`--set limits.${name} "${value}": give a number above 0.`);
    }
    limits[key] = number;
  }
}

async function unknown(kind: string, name: string, known: readonly string[]): Promise<UsageError> {
  const { nearestHint } = await import('../definition/nearest.ts');
  const what = { prompt: 'task', model: 'agent', input: 'input', limits: 'limit' }[kind] ?? kind;
  const hint = nearestHint(name, known);
  return new UsageError(`--set ${kind}.${name}: there is no ${what} "${name}"${hint ? `; ${hint}` : ''}`);
}

function escaped(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`);
}
