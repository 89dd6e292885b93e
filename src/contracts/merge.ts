import type { Landing } from '../domain/merge/ride.ts';
import type { OutlineTask } from '../domain/plan/outline.ts';

/** Input of `mergeTrain`. */
export interface MergeTrainInput {
  runKey: string;
  runId: string;
  /** Tasks whose branches go in; null: all that are not in yet. */
  taskIds: string[] | null;
  /** The branch that they go into; null: as the run's plan says. */
  into: string | null;
  /** The run itself starts it, and knows that the work counts. Of what others ask for only work that was accepted goes in. */
  isOwn: boolean;
}

/** What has become of the branch of a task. `waiting`: it could not be brought in now, as `reason` says. */
export interface MergeOutcome {
  taskId: string;
  status: 'merged' | 'conflict' | 'rejected' | 'waiting';
  /** null: it is in. */
  reason: string | null;
  /** The task whose conflict it waits for, as it began from its work; left out: nobody's. */
  behind?: string;
}

/** What a train did, in its order. */
export interface MergeTrainResult {
  outcomes: MergeOutcome[];
}

/** One train: branches of a run that go into one branch of one repository. */
interface TrainRoute {
  runKey: string;
  /** Absolute folder of the repository. */
  repository: string;
  target: string;
}

/** Input of `openTrain`: which branches, and into which branch, as in {@link MergeTrainInput}. */
export type OpenTrainInput = Pick<MergeTrainInput, 'runKey' | 'taskIds' | 'into' | 'isOwn'>;

/** Trains with the tasks of each in the order of the plan, and the task queue of the host that has its repository. */
export interface OpenTrainResult {
  trains: { route: TrainRoute; taskQueue: string; taskIds: string[] }[];
  /** Branches that can go nowhere. */
  outcomes: MergeOutcome[];
}

/** Input of `getInLine`: a train that other runs may be before. */
export type TurnInput = TrainRoute;

/** What `leaveLine` says: ids of runs whose turn it is now. */
export interface LeaveTurnResult {
  next: string[];
}

/** Input of `coupleBranches`. */
export type CoupleInput = TrainRoute & { taskIds: string[] };

/** What can be merged, one after the other; of all others the outcome is told. */
export interface CoupleResult {
  /** Where the target stands; `isNew`: it is made when something goes in. */
  base: string;
  isNew: boolean;
  /** `along`: others whose work comes with it, as it began from theirs. */
  chain: { taskId: string; commit: string; along?: string[] }[];
  /** In conflict with one of the chain, or with the target: as long as others are to go in, nobody knows. */
  later: string[];
  outcomes: MergeOutcome[];
}

/** Input of `gateMerge`. `taskIds`: who is in that commit besides the target. */
export type GateInput = TrainRoute & { commit: string; taskIds: string[] };

/** Input of `landMerge`: the target goes from `base` to the last of the chain. */
export type LandInput = TrainRoute & Pick<CoupleResult, 'base' | 'isNew' | 'chain'>;

/** What came of `landMerge`. `along`: branches that others had begun from, and brought in with theirs. */
export type LandResult = { kind: 'landed'; along: string[] } | Exclude<Landing, { kind: 'landed' }>;

/** Input of `settleBranches`: they do not go in, or not now. */
export type SettleInput = TrainRoute & { taskIds: string[]; status: 'rejected' | 'waiting'; reason: string };

/** Who sees to a conflict: tasks of the run that were added for it; or a person. */
export type SendBackResult = { to: 'author' | 'merger'; added: OutlineTask[] } | { to: 'person'; reason: string };

/** Input of `sendBack`: the branch of a task is in conflict. */
export interface SendBackInput {
  runKey: string;
  taskId: string;
  /** The task that was to resolve it and failed, or which time a person said it was resolved; null: it is sent back for the first time. */
  after: string | null;
}

/** Activities that a merge train is made of. */
export type TrainStep =
  | 'openTrain'
  | 'coupleBranches'
  | 'gateMerge'
  | 'landMerge'
  | 'settleBranches'
  | 'getInLine'
  | 'leaveLine'
  | 'retellEnds';
