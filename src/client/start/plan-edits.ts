import { resolve } from 'node:path';
import type { JsonValue } from '../../domain/json.ts';
import { chooseModel, knownModelNames, modelNameOf, resolveModel, tableFacts } from '../../domain/money/model-table.ts';
import { isAuto } from '../../domain/money/model-tiers.ts';
import type { Plan } from '../../domain/plan/plan.ts';
import type { PlanLimits } from '../../domain/plan/plan-limits.ts';
import { UsageError } from '../../domain/errors.ts';
import { readUserFile } from '../../host/user-file.ts';

/*
 * `set` of a fork: changes of a plan that is already frozen. Its prompts hold the inputs' values, so a changed input
 * reaches only what the run itself evaluates; the file has to be read again for the rest, and then we say so.
 */

const example = 'prompt.TASK=TEXT, model.AGENT=NAME, input.NAME=VALUE, limits.usd=10';

/** Changes by what they change: `prompt.TASK`, `model.AGENT`, `input.NAME` or `limits.NAME`. */
export type PlanEdits = Readonly<Record<string, string>>;

/** One change. */
export interface PlanEdit {
  kind: string;
  name: string;
  value: string;
}

/** Edits that cannot be made, each with why. */
export class PlanEditError extends UsageError {
  /** `edit`: as {@link PlanEdits} has it. */
  readonly wrong: readonly { edit: string; message: string }[];
  constructor(wrong: readonly { edit: string; message: string }[]) {
    super(wrong.map(({ message }) => message).join('\n'));
    this.wrong = wrong;
  }
}

/** Reads `kind.name=value` of a command line; `@FILE` as a value is that file's text. @throws UsageError naming the edit */
export function readEdits(edits: readonly string[], cwd: string): PlanEdits {
  const read = edits.map((edit) => {
    const [, name, given] = /^([^=]+)=([\s\S]*)$/.exec(edit) ?? [];
    if (name === undefined || !isEditName(name)) throw noEdit(edit);
    return [name, given!.startsWith('@') ? readUserFile(resolve(cwd, given!.slice(1))) : given!] as const;
  });
  return Object.fromEntries(read);
}

/** Changes one by one. @throws UsageError naming what cannot be changed */
export function toEdits(edits: PlanEdits): PlanEdit[] {
  const read = Object.entries(edits).map(([path, value]) => {
    const [, kind, name] = editName.exec(path) ?? [];
    return { path, edit: kind === undefined ? null : { kind, name: name!, value } };
  });
  const strange = read.filter(({ edit }) => edit === null);
  if (strange.length > 0)
    throw new PlanEditError(strange.map(({ path }) => ({ edit: path, message: noEdit(path).message })));
  return read.flatMap(({ edit }) => edit ?? []);
}

const editName = /^(prompt|model|input|inputs|limits|limit)\.([^=]+)$/;

const isEditName = (name: string): boolean => editName.test(name);

function noEdit(edit: string): UsageError {
  return new UsageError(`\`set\` "${edit}": give one of ${example}.`);
}

/** The plan with edits applied. @throws PlanEditError naming each edit that cannot be made, with the nearest name */
export async function editPlan(plan: Plan, edits: readonly PlanEdit[]): Promise<Plan> {
  const edited = structuredClone(plan);
  const wrong: { edit: string; message: string }[] = [];
  for (const edit of edits) {
    try {
      await apply(edited, edit);
    } catch (error) {
      if (!(error instanceof UsageError)) throw error;
      wrong.push({ edit: `${edit.kind}.${edit.name}`, message: error.message });
    }
  }
  if (wrong.length > 0) throw new PlanEditError(wrong);
  return edited;
}

async function apply(plan: Plan, { kind, name, value }: PlanEdit): Promise<void> {
  if (kind === 'prompt') await setPrompt(plan, name, value);
  else if (kind === 'model') await setModel(plan, name, value);
  else if (kind.startsWith('input')) await setInput(plan, name, value);
  else await setLimit(plan, name, value);
}

async function setPrompt(plan: Plan, id: string, value: string): Promise<void> {
  const task = plan.tasks.find((each) => each.id === id);
  if (!task)
    throw await unknown(
      'prompt',
      id,
      plan.tasks.map((each) => each.id),
    );
  if (value.trim() === '') throw new UsageError(`\`set\` prompt.${id}: the prompt is empty.`);
  const { readPrompt } = await import('./prompt-edit.ts');
  delete task.written;
  Object.assign(task, readPrompt(plan, task, value));
}

async function setModel(plan: Plan, name: string, value: string): Promise<void> {
  const agent = Object.hasOwn(plan.agents, name) ? plan.agents[name] : undefined;
  if (!agent) throw await unknown('model', name, Object.keys(plan.agents));
  const choice = chooseModel(value);
  const modelName = modelNameOf(choice);
  if (isAuto(choice) && plan.tiers) {
    delete agent.provider;
    agent.model = choice.model;
    return;
  }
  // A plan keeps the prices that it was made with.
  const isKept = plan.models !== undefined && Object.hasOwn(plan.models, modelName);
  if (!resolveModel(value) && !isKept) {
    const { nearestHint } = await import('../../domain/nearest.ts');
    const hint = nearestHint(value, knownModelNames) ?? `known are: ${knownModelNames.join(', ')}`;
    throw new UsageError(`\`set\` model.${name}: unknown model "${value}"; ${hint}`);
  }
  delete agent.provider;
  Object.assign(agent, choice);
  const facts = tableFacts(choice.model);
  if (plan.models && facts && !isKept) plan.models[modelName] = facts;
  const most = plan.models?.[modelName]?.maxOutput ?? facts?.maxOutput ?? Infinity;
  agent.maxTokens = Math.min(agent.maxTokens, most);
}

async function setInput(plan: Plan, name: string, value: string): Promise<void> {
  if (!Object.hasOwn(plan.inputs, name)) throw await unknown('input', name, Object.keys(plan.inputs));
  const { inputs } = plan;
  if (!(await isReadLate(plan, name))) {
    throw new UsageError(
      `\`set\` input.${name}: its value already stands in the prompts. \`gaffer run FILE --reuse RUN --input ${name}=…\` reads the file again and reuses what stays the same.`,
    );
  }
  inputs[name] = await readValue(name, inputs[name]!, value);
}

/** Whether a new value of an input reaches the run: expressions are what it evaluates; plain text of a prompt has the old value in it already. */
export async function isReadLate({ tasks }: Pick<Plan, 'tasks'>, name: string): Promise<boolean> {
  const { toShortName } = await import('../../domain/expressions/expression.ts');
  const words = `${escaped(name)}|${escaped(toShortName(name))}`;
  return new RegExp(String.raw`\binputs\s*(\.\s*(${words})\b|\[)`).test(
    JSON.stringify(tasks.map(({ prompt: _prompt, written: _written, ...task }) => task)),
  );
}

/** The plan keeps no types of inputs, so the value that stands there tells it. @throws UsageError */
async function readValue(name: string, before: JsonValue, value: string): Promise<JsonValue> {
  const { readInput } = await import('../../definition/draft/input-values.ts');
  if (before === null) {
    // It was optional and not given, so it may be of any type.
    const read = (['boolean', 'number'] as const).map((type) => readInput(name, value, { type }));
    const fitting = read.find((each) => 'value' in each);
    if (fitting) return fitting.value;
  }
  const read = readInput(name, value, { type: typeOf(before) });
  if ('value' in read) return read.value;
  throw new UsageError(`\`set\` input.${name}: ${read.problem}`);
}

/** The type that an input's value tells, as a declaration names it. */
export function typeOf(value: JsonValue) {
  if (Array.isArray(value)) return 'array';
  if (typeof value === 'object' && value !== null) return 'object';
  return typeof value === 'boolean' ? 'boolean' : typeof value === 'number' ? 'number' : 'string';
}

/** Limits that can be changed, by their names in a file. */
const limitNames = {
  usd: 'usd',
  tokens: 'tokens',
  max_parallel: 'maxParallel',
  usd_per_minute: 'usdPerMinute',
  timeout: 'timeoutMs',
  on_exceeded: 'onExceeded',
} as const satisfies Record<string, keyof PlanLimits>;

const isLimitName = (name: string): name is keyof typeof limitNames => Object.hasOwn(limitNames, name);

async function setLimit(plan: Plan, name: string, value: string): Promise<void> {
  if (!isLimitName(name)) throw await unknown('limits', name, Object.keys(limitNames));
  const { checkLimits, toPlanLimits } = await import('../../definition/build/plan-limits.ts');
  const isText = name === 'timeout' || name === 'on_exceeded' || value.trim() === '' || Number.isNaN(Number(value));
  const { limits, diagnostics } = checkLimits({ [name]: isText ? value : Number(value) });
  const [wrong] = diagnostics;
  if (wrong) {
    const hint = wrong.hint === null ? '' : `; ${wrong.hint}`;
    throw new UsageError(`\`set\` limits.${name} "${value}": ${wrong.message}${hint}`);
  }
  const key = limitNames[name];
  plan.limits = { ...plan.limits, [key]: toPlanLimits(limits, {})[key] };
}

async function unknown(kind: string, name: string, known: readonly string[]): Promise<UsageError> {
  const { nearestHint } = await import('../../domain/nearest.ts');
  const what = { prompt: 'task', model: 'agent', input: 'input', limits: 'limit' }[kind] ?? kind;
  const hint = nearestHint(name, known);
  return new UsageError(`\`set\` ${kind}.${name}: there is no ${what} "${name}"${hint ? `; ${hint}` : ''}`);
}

function escaped(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`);
}
