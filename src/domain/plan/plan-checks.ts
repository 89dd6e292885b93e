import type { JsonObject } from '../json.ts';

/** Most that an evaluation may cost whose file says nothing, in USD. */
export const evaluationUsd = 1;

/** What a check looks at, and how. */
export type CheckKind =
  /** The result is JSON that meets a schema. */
  | { kind: 'schema'; schema: JsonObject }
  /** The result's text holds every one of these, letter by letter. */
  | { kind: 'contains'; texts: string[] }
  /** CEL over `result`, `usage` and `inputs`: true or false, or a score from 0 to 100. */
  | { kind: 'expression'; source: string }
  /** A command ends with exit code 0: a task of the evaluation's run. */
  | { kind: 'command' }
  /** An agent gives a score by a rubric: a task of the evaluation's run. */
  | { kind: 'judge' };

/** One thing that is looked at when a run is evaluated. */
export type PlanCheck = CheckKind & {
  /** Unique in its plan; the task of the evaluation's run that does it is called so. */
  name: string;
  /** Task whose result it is about; null: the run as a whole. */
  task: string | null;
  /** How much it counts beside the others. */
  weight: number;
};

/** How runs of a plan are evaluated at their end. */
export interface PlanEvaluation {
  checks: PlanCheck[];
  /** Whether scores count when a model or an agent is chosen for a task; not there: yes. */
  learns?: false;
  /** Key of `Plan.workflows`: the plan whose tasks are the checks that commands and judges do; null: there are none. */
  plan: string | null;
}

/** The run that a run evaluates. */
export interface EvaluatedRun {
  runId: string;
  runKey: string;
  checks: PlanCheck[];
}
