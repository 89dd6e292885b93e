import type { Run } from '../../src/client/index.ts';
import type { OrchestrateInput } from '../../src/contracts/orchestrate-input.ts';
import type { Plan } from '../../src/domain/plan/plan.ts';
import type { Rule } from '../../src/testing/index.ts';

/** One small run whose histories are kept. */
export interface Scenario {
  name: string;
  /** What runs: a plan, or a raw input that is refused before there is one. */
  plan?: Plan;
  input?: OrchestrateInput;
  rules: Rule[];
  /** Goes on as new after so many events: its last execution is kept. */
  moveAfterEvents?: number;
  /** Of it (`''`) and of these tasks the first execution is kept, too. */
  firsts?: readonly string[];
  /** It starts so much later, before all others. */
  startsInMs?: number;
  /** What is done to the run while it lives. */
  during?: (run: Run) => Promise<void>;
  /** Brings the run into a state; its history is kept as it is then, in flight, and the run is cancelled. */
  until?: (run: Run) => Promise<void>;
  /** Its workspace is a git repository of its own, with one commit of these files. */
  repository?: Readonly<Record<string, string>>;
  /** Tasks whose child workflow is kept too: `one`, `one~2`; or a merge train: `merge/train`. */
  children?: string[];
  /** Ids of runs that it starts and that go on by themselves; their histories are kept too, when they have ended. */
  beside?: string[];
}
