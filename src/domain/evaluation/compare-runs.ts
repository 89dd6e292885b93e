import { totalTokens } from '../money/usage.ts';
import type { Agent, Plan, PlanTask } from '../plan/plan.ts';
import { agentAtWork } from '../plan/agent-at-work.ts';
import type { RunResult, TaskResult } from '../run/run-result.ts';
import type { JsonValue } from '../json.ts';
import type { Recommendation } from './recommendation.ts';

/** A run that has ended, with what it was to do. */
export interface RunToCompare {
  result: RunResult;
  plan: Plan;
}

/** A number of both runs; null: there was none in that run. */
export interface Both<Value> {
  one: Value | null;
  other: Value | null;
}

/** A task of two runs side by side. Times in ms, money in USD. */
export interface ComparedTask {
  task: string;
  status: Both<string>;
  /** 0 to 100, as an evaluation says it; null: nobody evaluated the run. */
  score: Both<number>;
  costUsd: Both<number>;
  tokens: Both<number>;
  durationMs: Both<number>;
  turns: Both<number>;
  /** What the task had that it had not in the other run: `prompt`, `model`, `agent`, `system`, `tools`, `output`. */
  differs: string[];
}

/** Two runs side by side. */
export interface ComparedRuns {
  runs: { one: string; other: string };
  workflow: Both<string>;
  status: Both<string>;
  score: Both<number>;
  costUsd: Both<number>;
  tokens: Both<number>;
  durationMs: Both<number>;
  /** Names of inputs whose values differ. */
  inputs: string[];
  tasks: ComparedTask[];
  /** What the evaluations of all runs of the workflow say about what these two were asked differently. */
  recommendations: Recommendation[];
}

/** Scores of a run: of all, and by its tasks. */
export interface Scores {
  score: number | null;
  tasks: Record<string, number | null>;
}

/** Puts two runs side by side: what came out, what it took, and what they were asked differently. */
export function compareRuns(
  one: RunToCompare & { scores: Scores },
  other: RunToCompare & { scores: Scores },
): Omit<ComparedRuns, 'recommendations'> {
  const both = <Value>(of: (run: typeof one) => Value | null): Both<Value> => ({ one: of(one), other: of(other) });
  const ids = [...new Set([...Object.keys(one.result.tasks), ...Object.keys(other.result.tasks)])];
  return {
    runs: { one: one.result.runId, other: other.result.runId },
    workflow: both(({ result }) => result.workflow),
    status: both(({ result }) => result.status),
    score: both(({ scores }) => scores.score),
    costUsd: both(({ result }) => result.summary.costUsd),
    tokens: both(({ result }) => result.summary.totalTokens),
    durationMs: both(({ result }) => result.summary.totalDuration),
    inputs: differingKeys(one.plan.inputs, other.plan.inputs),
    tasks: ids.map((id) => compareTask(id, one, other)),
  };
}

function compareTask(
  id: string,
  one: RunToCompare & { scores: Scores },
  other: RunToCompare & { scores: Scores },
): ComparedTask {
  const both = <Value>(of: (task: TaskResult) => Value): Both<Value> => ({
    one: valueOf(one.result.tasks[id], of),
    other: valueOf(other.result.tasks[id], of),
  });
  return {
    task: id,
    status: both(({ status }) => status),
    score: { one: one.scores.tasks[id] ?? null, other: other.scores.tasks[id] ?? null },
    costUsd: both(({ costUsd }) => costUsd),
    tokens: both(({ usage }) => totalTokens(usage)),
    durationMs: both(({ durationMs }) => durationMs),
    turns: both(({ turns }) => turns),
    differs: differencesOf(id, one.plan, other.plan),
  };
}

function valueOf<Value>(task: TaskResult | undefined, of: (task: TaskResult) => Value): Value | null {
  return task ? of(task) : null;
}

function differencesOf(id: string, one: Plan, other: Plan): string[] {
  const [first, second] = [askedOf(id, one), askedOf(id, other)];
  return first && second ? differingKeys(first, second) : [];
}

/** What is asked of whoever does a task, by the words that people use for it; null: the plan has no such task. */
export function askedOf(id: string, plan: Plan): Record<string, JsonValue> | null {
  const task = plan.tasks.find((each) => each.id === id);
  if (!task) return null;
  const agent = agentAtWork(plan, task.agent, task);
  return {
    prompt: task.prompt,
    output: task.output,
    agent: task.agent,
    ...(agent && agentParts(agent)),
    ...limitsOf(task),
  };
}

function agentParts({ model, provider, system, tools, maxTokens, maxTurns }: Agent): Record<string, JsonValue> {
  return {
    model: provider === undefined ? model : `${provider} ${model}`,
    system,
    tools,
    limits: [maxTokens, maxTurns],
  };
}

function limitsOf({ dependsOn, when }: PlanTask): Record<string, JsonValue> {
  return { dependencies: dependsOn.map(({ task, on }) => `${task} ${on}`), condition: when };
}

function differingKeys(one: Record<string, JsonValue>, other: Record<string, JsonValue>): string[] {
  const keys = [...new Set([...Object.keys(one), ...Object.keys(other)])];
  return keys.filter((key) => JSON.stringify(one[key]) !== JSON.stringify(other[key]));
}
