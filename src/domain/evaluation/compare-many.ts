/*
 * Two to four runs side by side. A task is the same as another run's where it has its id; where no other run has that id, where it asks the
 * same of the same agent.
 */
import type { JsonValue } from '../json.ts';
import { criticalPath, type CriticalPath } from '../plan/critical-path.ts';
import type { Plan } from '../plan/plan.ts';
import { toInstance } from '../ids/execution-id.ts';
import { askedOf } from './compare-runs.ts';

/** What came of a task in one run. Times in ms, money in USD. */
export interface ComparedCell {
  id: string;
  status: string;
  agent: string;
  model: string | null;
  costUsd: number;
  tokens: number;
  durationMs: number;
  turns: number;
  attempts: number;
  /** 0 to 100; null: nobody evaluated it. */
  score: number | null;
  error: string | null;
  /** Says whether what came out is the same: equal texts have equal ones. Null: nothing came out. */
  outputHash: string | null;
}

/** One run of a comparison. */
export interface RunInComparison {
  plan: Plan;
  /** In the order in which they stand in the run. */
  tasks: ComparedCell[];
}

/** A task in all runs; a run that has none has null. */
export interface ComparedRow {
  task: string;
  cells: (ComparedCell | null)[];
  /** What it was asked otherwise than in the first run that has it, and `result`, `status` or `output` where that differs; `missing`: not all runs have it. */
  differs: string[];
}

/** Something of what runs were to do, where they are not the same; a run that has none has null. */
export interface PlanDifference {
  what: string;
  values: (string | null)[];
}

/** What tasks of a run were asked, each looked up once: plans have thousands. */
function createAsked({ plan }: RunInComparison): (id: string) => Record<string, JsonValue> | null {
  const tasks = new Map(plan.tasks.map((task) => [task.id, task]));
  return (id) => {
    const task = tasks.get(toInstance(id).task);
    return task ? askedOf(task.id, { ...plan, tasks: [task] }) : null;
  };
}

type Asked = readonly ((id: string) => Record<string, JsonValue> | null)[];

/** Rows of all runs: those that differ first, then in the order of the runs. */
export function alignTasks(runs: readonly RunInComparison[]): ComparedRow[] {
  const rows = new Map<string, (ComparedCell | null)[]>();
  const empty = (): (ComparedCell | null)[] => runs.map(() => null);
  for (const [at, { tasks }] of runs.entries()) {
    for (const cell of tasks) {
      const row = rows.get(cell.id) ?? empty();
      row[at] = cell;
      rows.set(cell.id, row);
    }
  }
  const asked = runs.map(createAsked);
  joinRenamed(rows, asked);
  const all = [...rows].map(([task, cells]): ComparedRow => ({ task, cells, differs: differencesOf(cells, asked) }));
  return [...all.filter(({ differs }) => differs.length > 0), ...all.filter(({ differs }) => differs.length === 0)];
}

/** A task that one run alone has stands beside one that another run alone has, where both were asked the same. */
function joinRenamed(rows: Map<string, (ComparedCell | null)[]>, askedIn: Asked): void {
  const byContent = new Map<string, string>();
  for (const [task, cells] of rows) {
    const at = cells.findIndex((cell) => cell !== null);
    if (cells.filter((cell) => cell !== null).length > 1) continue;
    const asked = askedIn[at]!(task);
    if (!asked) continue;
    const content = JSON.stringify([asked['prompt'], asked['agent'], toInstance(task).item]);
    const before = byContent.get(content);
    const other = before === undefined ? undefined : rows.get(before)!;
    if (other && other[at] === null) {
      other[at] = cells[at]!;
      rows.delete(task);
    } else byContent.set(content, task);
  }
}

function differencesOf(cells: readonly (ComparedCell | null)[], askedIn: Asked): string[] {
  const found = cells.flatMap((cell, at) => (cell ? [{ cell, asked: askedIn[at]!(cell.id) ?? {} }] : []));
  const asked = found.map((each) => each.asked);
  const words = [...new Set(asked.flatMap((each) => Object.keys(each)))].filter((key) =>
    areOther(asked.map((each) => each[key])),
  );
  const came = (['status', 'outputHash'] as const).filter((key) =>
    areOther(found.map(({ cell }) => statusFree(cell[key]))),
  );
  return [
    ...(found.length < cells.length ? ['missing'] : []),
    ...words.map((word) => (word === 'output' ? 'schema' : word)),
    ...came.map((key) => (key === 'outputHash' ? 'output' : key)),
  ];
}

// A result that was taken over is the one that succeeded.
function statusFree(value: string | null): string | null {
  return value === 'reused' ? 'succeeded' : value;
}

function areOther([first, ...rest]: readonly (JsonValue | undefined)[]): boolean {
  const isText = typeof first === 'string';
  return rest.some((each) => each !== first && (isText || JSON.stringify(each) !== JSON.stringify(first)));
}

/** The longest way through a run, by what its tasks took: what it could not have been quicker than. */
export function pathOf({ plan, tasks }: RunInComparison): CriticalPath {
  const weights = new Map<string, number>();
  for (const { id, durationMs, status } of tasks) {
    const { task } = toInstance(id);
    // A result that was taken over took no time here.
    weights.set(task, Math.max(weights.get(task) ?? 0, status === 'reused' ? 0 : durationMs));
  }
  const begun = plan.tasks.map((task) => [task.id, weights.get(task.id) ?? 0] as const);
  return criticalPath(plan.tasks, new Map(begun));
}

const longestValue = 2000;

/** What runs were to do otherwise, besides what their tasks were asked: inputs, limits, models and instructions of agents, and the rest of their settings. */
export function planDifferences(plans: readonly Plan[]): PlanDifference[] {
  const parts = plans.map(partsOf);
  const keys = [...new Set(parts.flatMap((each) => Object.keys(each)))];
  return keys.flatMap((what): PlanDifference[] => {
    const values = parts.map((each) => (each[what] === undefined ? null : shown(each[what])));
    return new Set(values).size > 1 ? [{ what, values }] : [];
  });
}

function shown(value: JsonValue): string {
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  return text.length > longestValue ? `${text.slice(0, longestValue).toWellFormed()}…` : text;
}

function partsOf(plan: Plan): Record<string, JsonValue> {
  const { inputs, limits, agents, policy, context, workspace, onFailure, name } = plan;
  const ofAgents = Object.values(agents).flatMap((agent) => [
    [
      `agents.${agent.name}.model`,
      agent.provider === undefined ? agent.model : `${agent.provider} ${agent.model}`,
    ] as const,
    [`agents.${agent.name}.instructions`, agent.system] as const,
    [`agents.${agent.name}.tools`, agent.tools] as const,
  ]);
  return {
    ...{ workflow: name, workspace, 'on failure': onFailure },
    ...prefixed('inputs', inputs),
    ...prefixed('limits', limits as unknown as Record<string, JsonValue>),
    ...Object.fromEntries(ofAgents),
    policy: policy as unknown as JsonValue,
    context: context as unknown as JsonValue,
  };
}

function prefixed(prefix: string, values: Readonly<Record<string, JsonValue>>): Record<string, JsonValue> {
  return Object.fromEntries(Object.entries(values).map(([key, value]) => [`${prefix}.${key}`, value]));
}
