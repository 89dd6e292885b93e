import type { JsonObject } from './json.ts';
import type { RunResult, RunSummary } from './run-result.ts';

/** What happened, before it has a number. `key` is unique per run, so that a retry adds nothing. */
export type RunEventDraft = RunEventBody & { key: string };

/** One numbered line of a run's story. `seq` begins at 1 and has no gaps; `at` is ISO 8601. */
export type RunEvent = RunEventBody & { seq: number; at: string };

/** Every kind of event and its fields (design section 9). `duration` in ms. */
export type RunEventBody =
  | { type: 'workflow:start'; taskCount: number; name: string }
  | { type: 'task:added'; taskId: string; phase: string | null; agentName: string; context: string }
  | { type: 'phase:start'; phase: string; index: number; mode: 'sequential' | 'parallel'; taskCount: number }
  | { type: 'phase:complete'; phase: string; index: number; duration: number }
  | { type: 'task:start'; taskId: string; agentName: string; description: string; attempt: number }
  | { type: 'agent:invoke'; taskId: string; agentName: string; model: string; maxTokens: number; turn: number }
  | {
      type: 'agent:answer';
      taskId: string;
      agentName: string;
      turn: number;
      tokensUsed: number;
      costUsd: number;
      preview: string;
      calls: number;
    }
  | { type: 'tool:call'; taskId: string; tool: string; toolUseId: string; preview: string }
  | { type: 'tool:result'; taskId: string; tool: string; toolUseId: string; success: boolean; preview: string }
  | {
      type: 'task:complete';
      taskId: string;
      agentName: string;
      success: boolean;
      duration: number;
      tokensUsed: number;
      costUsd: number;
      turns: number;
    }
  | { type: 'task:error'; taskId: string; error: string; attempt: number; willRetry: boolean }
  | { type: 'task:skipped'; taskId: string; reason: string }
  | {
      type: 'issue:created' | 'issue:claimed' | 'issue:blocked' | 'issue:unblocked' | 'issue:closed';
      taskId: string;
      issue: string;
      title: string;
      actor: string;
      detail: string;
    }
  | { type: 'budget:warning' | 'budget:exceeded'; detail: string; spentUsd: number; limitUsd: number }
  | { type: 'run:cancelled'; reason: string }
  | { type: 'workflow:complete'; summary: RunSummary; status: RunResult['status'] }
  | { type: 'workflow:results'; status: RunResult['status']; reason: string | null; tasks: JsonObject }
  | { type: 'workflow:error'; reason: string };

/** Kinds of event that can be a run's last. */
export function isLastEvent(event: { type: RunEventBody['type'] }): boolean {
  return event.type === 'workflow:results' || event.type === 'workflow:error';
}
