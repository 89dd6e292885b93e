/*
 * A run as recommendations see it: how each task was scored, what it cost, and what was asked of whom, in a form that says quickly whether two
 * runs were asked the same.
 */
import { toPromptText } from '../expressions/expression.ts';
import type { JsonObject, JsonValue } from '../json.ts';
import type { Plan, PlanTask } from '../plan/plan.ts';
import { askedOf } from './compare-runs.ts';
import type { Evaluation, TaskEvaluation } from './evaluation.ts';
import { hasPassed } from './observation.ts';

/** A task of a run that did its work there and that checks scored. `score` 0 to 100, money in USD. */
export interface TriedTask {
  score: number;
  passed: boolean;
  costUsd: number;
  agent: string;
  /** By name; where it was chosen, those that did it last. */
  model: string;
  /** Stands for what was asked, by the words of `gaffer compare`: equal where that was the same. */
  asked: Record<string, number>;
  /** The same of all tasks that it depends on, in one. */
  before: Record<string, number>;
}

/** A run that has ended and was evaluated. `case`: hash of its inputs; `at`: when it began, ISO 8601. */
export interface TriedRun {
  run: string;
  case: string;
  at: string;
  tasks: Record<string, TriedTask>;
}

/** What is stored of such a run; `models`: those that were chosen, by task. */
export interface StoredTrial {
  run: string;
  case: string;
  at: string;
  plan: Plan;
  evaluation: Pick<Evaluation, 'tasks'>;
  models: Record<string, string>;
}

/** Puts runs into that form; numbers are the same for the same text among all that one function was given. */
export function createTrials(): (stored: StoredTrial) => TriedRun {
  const known = new Map<string, number>();
  const numberOf = (value: JsonValue | undefined): number => {
    const text = JSON.stringify(value) ?? '';
    const found = known.get(text) ?? known.size;
    known.set(text, found);
    return found;
  };
  return ({ run, case: name, at, plan, evaluation, models }) => {
    const asked = new Map(plan.tasks.map((task) => [task.id, askedInCase(task, plan)]));
    const tasks = Object.entries(evaluation.tasks).flatMap(([id, task]): [string, TriedTask][] => {
      const own = asked.get(id);
      if (task.score === null || !own || !wasTried(task)) return [];
      const model = models[id] ?? toPromptText(own['model'] ?? '');
      const before = Object.fromEntries(tasksBefore(id, plan).map((each) => [each, numberOf(asked.get(each)!)]));
      const { score, costUsd, agent } = task;
      const parts = Object.entries({ ...own, model }).map(([word, value]) => [word, numberOf(value)] as const);
      const facts = { score, costUsd, agent, model, passed: task.status === 'succeeded' && hasPassed({ score }) };
      return [[id, { ...facts, asked: Object.fromEntries(parts), before }]];
    });
    return { run, case: name, at, tasks: Object.fromEntries(tasks) };
  };
}

// What no check looked at was judged by nobody. What was taken over, whole or in part, says nothing anew, and cost nothing there.
function wasTried({ checks, status, attempts, executions }: TaskEvaluation): boolean {
  return checks.some(({ score }) => score !== null) && status !== 'reused' && attempts >= executions;
}

// Inputs are filled into prompts before the start: of two cases that were asked the same, only their values differ.
function askedInCase(task: PlanTask, plan: Plan): JsonObject {
  return { ...askedOf(task.id, plan)!, prompt: task.written ?? task.prompt };
}

function tasksBefore(id: string, plan: Plan): string[] {
  const found = new Set<string>();
  const visit = (of: string): void => {
    const own = plan.tasks.find((each) => each.id === of);
    if (!own) return;
    const phase = own.afterPhase ?? -1;
    const earlier = plan.tasks.filter((each) => each.phase !== null && each.phase <= phase);
    for (const each of [...own.dependsOn.map(({ task }) => task), ...earlier.map((task) => task.id)]) {
      if (found.has(each)) continue;
      found.add(each);
      visit(each);
    }
  };
  visit(id);
  return plan.tasks.map((task) => task.id).filter((each) => found.has(each));
}
