import type { AgentRunner } from './agent-runner.ts';

/** Where tasks work: each in a worktree and on a branch of its own, all in the workspace as it is, or each in a copy of it. */
export const isolations = ['worktree', 'shared', 'copy'] as const;

/** One of {@link isolations}. */
export type Isolation = (typeof isolations)[number];

/** What happens when a task without `files_scope` changes what another one has changed. */
export const overlapPolicies = ['go_on', 'wait', 'hand_over'] as const;

/** One of {@link overlapPolicies}. */
export type OverlapPolicy = (typeof overlapPolicies)[number];

/** How the tasks of a run are kept apart. */
export interface PlanIsolation {
  /** What holds where neither task, agent nor phase says it; not there: `worktree` for agents with a runner, `shared` for others. */
  isolate?: Isolation;
  /** Folders of the workspace, from there down, that git does not have and tasks need: `node_modules`. */
  share?: string[];
  /** Not there: `go_on`. */
  onOverlap?: OverlapPolicy;
}

/** How branches of tasks become one. */
export interface PlanMerge {
  /** Branches enter the train when their tasks end; false: they are left, with a report. */
  auto: boolean;
  /** The branch that they go into; null: the one that was checked out when the run began. */
  into: string | null;
  /** Commands that must end with exit code 0 on what was merged, in the sandbox. */
  gates: string[];
  /** How often a conflict goes back to the author of a branch. */
  attempts: number;
  /** Agent that sees to conflicts that their authors could not; not there: a person. */
  merger?: string;
}

/** What is believed of a task's work beyond its agent's word. */
interface TaskChecks {
  /** Commands that must end with exit code 0 in its folder, in the sandbox. */
  commands?: string[];
  /** Whether its files must have changed; not there: nobody looks. */
  expectsChanges?: boolean;
}

/** What an agent says of coding. */
export interface CodingAgent {
  /** The program that does its tasks; not there: our own loop of turns does. */
  runner?: AgentRunner;
  /** Where its tasks work; not there: as their phase or run says. */
  isolate?: Isolation;
}

/** What a task of a Plan says of coding. */
export interface CodingTask {
  /** Where it works; not there: as its agent, phase or run says. */
  isolate?: Isolation;
  /** What is looked at when its agent says that it is done; not there: nothing. */
  checks?: TaskChecks;
  /** Its files are put back to how they were before it when it failed for good; not there: no. */
  restores?: true;
}

/** What a Plan says of coding. */
export interface CodingPlan {
  /** How its tasks are kept apart; not there: as {@link PlanIsolation} says of what is left out. */
  isolation?: PlanIsolation;
  /** How branches of its tasks become one; not there: they are left, with a report. */
  merge?: PlanMerge;
}

/** What `merge` leaves open. */
export const mergeDefaults = { attempts: 2 } as const;
