import type { JsonObject } from '../../domain/json.ts';
import type { SpentLimit } from '../../domain/money/reached-limit.ts';
import type { Approval } from '../../domain/plan/plan.ts';
import type { ToldDecision } from '../../domain/analysis/decisions.ts';
import type { CallRisk } from '../../domain/tools/call-risks.ts';
import type { WaitingEntry } from '../runs.ts';

/** A tool call that waits, as it would run now. */
export interface WaitingCall {
  tool: string;
  input: JsonObject;
  /** In one line, as rules read it. */
  line: string;
  /** Absolute folder that it works in; null: not known. */
  workspace: string | null;
  /** JSON Schema of its input; null: nobody here knows the tool. */
  schema: JsonObject | null;
  risks: CallRisk[];
  /** What it would change of a file, as hunks of a unified diff; `isNew`: there is no such file yet. Null: it changes none, or that is not known here. */
  change: { path: string; patch: string; isNew: boolean } | null;
  /** What the agent was told from outside before it asked, the newest first: it may have made it ask. At most 10. */
  sources: { tool: string; what: string; turn: number }[];
}

/** All that a decision needs. */
export interface WaitingDetail {
  runId: string;
  workflow: string;
  /** Null: it waits no more. */
  entry: WaitingEntry | null;
  /** What came of it; null: it still waits, or ended with its task. */
  decision: ToldDecision | null;
  /** Who asks; null: the run as a whole waits. */
  asker: { task: string; agent: string; context: string; attempt: number } | null;
  call: WaitingCall | null;
  /** The prompt or the result that is asked about, or what a person made of it; at most 100,000 characters. */
  text: string | null;
  /** What the agent said last, at most 4,000 characters; null: nothing. */
  said: string | null;
  /** Who decides, and what happens when nobody does; null: it is no approval, or the run does not answer. */
  approval: Approval | null;
  /** The limit in the way, in the words of the run, with the lowest one with which the next call fits; money in USD. */
  limit: (SpentLimit & { needed: number | null }) | null;
  /** What was decided in this run before, newest first; at most 20. */
  earlier: ToldDecision[];
}
