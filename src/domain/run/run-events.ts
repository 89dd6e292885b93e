import type { CodingEventBody } from '../coding/coding-events.ts';
import type { Grade } from '../grades.ts';
import type { JsonObject } from '../json.ts';
import type { Complexity } from '../complexity.ts';
import type { MessageKind } from '../messages/message.ts';
import type { ReachedLimit, SpentLimit } from '../money/reached-limit.ts';
import type { UsageSide } from '../money/usage.ts';
import type { RunPriority } from '../run-priority.ts';
import type { ChangedLimits } from './changed-limits.ts';
import type { RunResult, RunSummary, TaskStatus } from './run-result.ts';

/** How the files (and all else) are that a result looked at which is taken over: as they were, changed since, or nobody looked. */
export type ReusedFiles = 'same' | 'changed' | 'unknown';

/** What a task or a run waits for; `crew`: another agent of the run. */
export type WaitCause = 'approval' | 'blocker' | 'budget' | 'provider' | 'paused' | 'crew';

/** What happened, before it has a number. `key` is unique per run, so that a retry adds nothing. */
export type RunEventDraft = RunEventBody & { key: string };

/** One numbered line of a run's story. `seq` begins at 1 and has no gaps; `at` is ISO 8601. */
export type RunEvent = RunEventBody & { seq: number; at: string };

/** Every kind of event and its fields. `duration` in ms; `limit` and `changed` are left out by earlier versions. */
export type RunEventBody =
  | CodingEventBody
  | { type: 'workflow:start'; taskCount: number; name: string }
  /** `dependsOn`: what a task waits for that was added while the run lived; left out: nothing, or it stands in the plan. `chosen`: why it has its agent, where nobody named one. */
  | {
      type: 'task:added';
      taskId: string;
      phase: string | null;
      agentName: string;
      context: string;
      dependsOn?: string[];
      chosen?: string;
    }
  | { type: 'phase:start'; phase: string; index: number; mode: 'sequential' | 'parallel'; taskCount: number }
  | { type: 'phase:complete'; phase: string; index: number; duration: number }
  /** A member of the pool does it; `track`: that it belongs to. */
  | { type: 'task:assigned'; taskId: string; member: string; track?: string }
  | { type: 'task:start'; taskId: string; agentName: string; description: string; attempt: number }
  | {
      type: 'agent:invoke';
      taskId: string;
      agentName: string;
      model: string;
      maxTokens: number;
      turn: number;
      /** In an attempt's first turn, where the plan leaves the model open: for how hard the work was held, and why this model. */
      chosen?: { complexity: Complexity; reason: string };
    }
  | {
      type: 'agent:answer';
      taskId: string;
      agentName: string;
      turn: number;
      tokensUsed: number;
      costUsd: number;
      preview: string;
      calls: number;
      /** Sides of its bill that the provider did not tell: they are billed as they were reserved. */
      estimated?: UsageSide[];
      /** Nobody said what its model costs: `costUsd` is 0, and it was not free. */
      isUncounted?: true;
    }
  /** A call that ended without an answer, and what the provider had counted of it: it is paid, and asked again where that makes sense. */
  | {
      type: 'agent:broken';
      taskId: string;
      agentName: string;
      turn: number;
      tokensUsed: number;
      costUsd: number;
      error: string;
      estimated?: UsageSide[];
      isUncounted?: true;
    }
  | { type: 'tool:call'; taskId: string; tool: string; toolUseId: string; preview: string }
  | {
      type: 'tool:result';
      taskId: string;
      tool: string;
      toolUseId: string;
      success: boolean;
      preview: string;
      /** It did not run: a rule or a person forbade it. */
      isRefused?: true;
    }
  | {
      type: 'task:complete';
      taskId: string;
      agentName: string;
      success: boolean;
      /** How the task stands now; `waiting`: its result is asked about. Events of older runs do not say it. */
      status?: TaskStatus;
      duration: number;
      tokensUsed: number;
      costUsd: number;
      turns: number;
    }
  | { type: 'task:error'; taskId: string; error: string; attempt: number; willRetry: boolean }
  | { type: 'task:skipped'; taskId: string; reason: string; byCondition?: boolean }
  | { type: 'task:reused'; taskId: string; agentName: string; from: string; files?: ReusedFiles }
  /** How many items a `for_each` has: known before the first of them begins. */
  | { type: 'task:expanded'; group: string; width: number }
  | { type: 'task:waiting'; taskId: string; cause: WaitCause; detail: string; limit?: ReachedLimit }
  | { type: 'task:resumed'; taskId: string }
  | { type: 'wave:start' | 'wave:complete'; wave: number; taskCount: number }
  /** `to`: a conversation, or `*` for all. `kind` and `replyTo` (a question) are told of messages between agents. */
  | {
      type: 'message:sent';
      messageId: string;
      from: string;
      to: string;
      preview: string;
      kind?: MessageKind;
      replyTo?: string;
    }
  | { type: 'message:delivered'; messageId: string; taskId: string; to: string }
  /** So many messages of a conversation are no longer sent; what stands for them was written by `model`; left out: it is put together of how each begins. */
  | {
      type: 'context:pruned';
      taskId: string;
      agentName: string;
      turn: number;
      context: string;
      messages: number;
      model?: string;
    }
  /** Notes that a turn was told of other agents, by the ids of their tasks; `leftOut`: how many bear less on its task. */
  | {
      type: 'context:notes';
      taskId: string;
      agentName: string;
      turn: number;
      context: string;
      notes: string[];
      leftOut: number;
      tokens: number;
    }
  | { type: 'blocker:raised'; blockerId: string; taskId: string; agentName: string; detail: string; asks: string }
  | { type: 'blocker:resolved'; blockerId: string; taskId: string; by: string; answer: string }
  | {
      type: 'approval:requested';
      approvalId: string;
      taskId: string;
      /** What is asked for, in one line: `bash git push`, `start of task deploy`. */
      what: string;
      /** The literal call, prompt or result that is asked about. */
      detail: string;
      by: string[];
      needed: number;
      /** ISO 8601; null: none. */
      deadline: string | null;
    }
  | { type: 'approval:reminder' | 'approval:escalated'; approvalId: string; taskId: string; by: string[] }
  | {
      type: 'approval:decided';
      approvalId: string;
      taskId: string;
      decision: 'approve' | 'reject';
      by: string;
      comment: string;
      edited: boolean;
      /** What is asked about from now on, after an edit: approvals before it no longer count. */
      now?: { what: string; detail: string };
    }
  | { type: 'approval:expired'; approvalId: string; taskId: string; outcome: 'halt' | 'deny' | 'approve' }
  | {
      type: 'checkpoint:saved';
      checkpoint: string;
      after: string;
      taskCount: number;
      snapshot: string | null;
      /** Of workspaces of tasks, by what the tasks say of them. */ snapshots?: Record<string, string>;
    }
  | { type: 'checkpoint:error'; checkpoint: string; after: string; error: string }
  | { type: 'compensation:start'; taskId: string; taskEnded: boolean; what: string }
  | { type: 'compensation:complete'; taskId: string }
  | { type: 'compensation:error'; taskId: string; error: string }
  | { type: 'run:paused'; state: 'pausing' | 'paused'; by: string; reason: string }
  | { type: 'run:waiting'; cause: WaitCause; detail: string; limit?: ReachedLimit }
  | { type: 'run:resumed'; by: string }
  | { type: 'run:limits'; by: string; detail: string; changed?: ChangedLimits }
  /** `task`: whose priority it is; left out: the run's. */
  | { type: 'run:priority'; by: string; priority: RunPriority; task?: string }
  | {
      type: 'issue:created' | 'issue:claimed' | 'issue:blocked' | 'issue:unblocked' | 'issue:closed';
      taskId: string;
      issue: string;
      title: string;
      actor: string;
      detail: string;
    }
  /** An agent wrote a key of the shared state; `detail`: how the value begins. */
  | { type: 'state:set'; taskId: string; stateKey: string; version: number; actor: string; detail: string }
  | { type: 'budget:warning'; detail: string; spentUsd: number; limitUsd: number; limit?: SpentLimit }
  | { type: 'budget:exceeded'; detail: string; spentUsd: number; limitUsd: number; limit?: ReachedLimit }
  /** A line that a script wrote, or about tools of servers that agents do not get. */
  | { type: 'run:log'; text: string }
  | { type: 'run:cancelled'; reason: string }
  /** What a run did was undone after its end, which is another one now. Comes behind the last event of a run that had one. */
  | { type: 'run:rolled-back'; status: RunResult['status']; reason: string | null; summary: RunSummary }
  /** Branches that were left at a run's end were brought in since: how it stands now. Comes behind the last event. */
  | { type: 'run:merged'; status: RunResult['status']; reason: string | null; summary: RunSummary }
  /** A run was evaluated by another one, `by`; `score` 0 to 100. Told in both: behind the last event of the one that was evaluated. */
  | { type: 'run:evaluated'; run: string; by: string; grade: Grade; score: number }
  | { type: 'workflow:complete'; summary: RunSummary; status: RunResult['status'] }
  | { type: 'workflow:results'; status: RunResult['status']; reason: string | null; tasks: JsonObject }
  | { type: 'workflow:error'; reason: string };

/** The event of that type, or of one of those types. */
export type EventOf<Type extends RunEventBody['type']> = RunEvent & { type: Type };

/** Ends every `switch` over events: it compiles only when each type has its case. What comes here is of a later version. */
export function ofLaterVersion<Result>(_event: never, otherwise: Result): Result {
  return otherwise;
}

/** Kinds of event that can be a run's last. */
export function isLastEvent(event: { type: RunEventBody['type'] }): boolean {
  return event.type === 'workflow:results' || event.type === 'workflow:error';
}
