import { isCancellation } from '@temporalio/workflow';
import { toRequestId } from '../../domain/ids/request-id.ts';
import type { CallToolInput, SlowToolCall } from '../../contracts/turn.ts';
import type { WaitAnswer } from '../../contracts/waiting.ts';
import type { RunLink } from './run-link.ts';
import type { AgentTaskInput } from '../../contracts/agent-task.ts';
import type { JsonObject, JsonValue } from '../../domain/json.ts';
import { toSummary } from '../base/cosmetics.ts';
import { callTool } from '../base/activity-proxies.ts';

/**
 * Sees to the tools of a turn side by side: runs them, asks people first, waits for answers to blockers.
 *
 * @returns fingerprints of all results, joined; empty when there are none
 */
export async function runTools(
  input: AgentTaskInput,
  link: RunLink,
  { turn, head, tools }: { turn: number; head: string; tools: readonly SlowToolCall[] },
): Promise<string> {
  const { runKey, taskId, attempt, epoch, agent, context } = input;
  const results = await Promise.all(
    tools.map(async (tool) => {
      const call = { runKey, taskId, attempt, turn, epoch, agent, context, head, toolUseId: tool.id, approved: null };
      try {
        const cleared = { ...call, ...(await clear(link, call, tool)) };
        const summary = toSummary(link.titleOf({ text: `${agent} · ${tool.summary}`, isFirst: false }));
        const options = { taskQueue: input.workspaceQueue, summary };
        return await link.busy(() => callTool.executeWithOptions(options, [cleared]));
      } catch (error) {
        if (isCancellation(error)) throw error;
        // The journal has no result for it, so the model will be told that the outcome is unknown.
        return { ok: false, fingerprint: 'lost' };
      }
    }),
  );
  return results.map((result) => result.fingerprint).join();
}

// What changes about a call before it runs: an answer instead of a run, or another input.
async function clear(
  link: RunLink,
  { taskId, attempt, turn }: CallToolInput,
  { id: toolUseId, gate, summary, detail, approval, line }: SlowToolCall,
): Promise<Pick<CallToolInput, 'answer' | 'input' | 'approved'>> {
  if (gate === 'run') return {};
  if (gate === 'deny') return deny(`The policy of this run forbids this call: ${summary}`);
  const id = toRequestId({ kind: gate === 'ask' ? 'tool' : 'blocker', taskId, attempt, turn, toolUseId });
  const cause = gate === 'ask' ? ('approval' as const) : ('blocker' as const);
  const answer = await link.wait({ id, taskId, cause, what: summary, detail, approval });
  if (gate !== 'ask') return { answer: toAnswer(answer) };
  const approved = approval && { approval, ...(line !== undefined && { line }) };
  return { ...decided(answer), ...(approved && { approved }) };
}

function decided({ outcome, text, by, edit }: WaitAnswer): Pick<CallToolInput, 'answer' | 'input'> {
  if (outcome === 'approved') return isJsonObject(edit) ? { input: edit } : {};
  return deny(`${by} did not allow this call${text ? `: ${text}` : '.'}`);
}

function toAnswer({ text, by, head }: WaitAnswer): NonNullable<CallToolInput['answer']> {
  return { content: head ? '' : `${by} answers: ${text}`, isError: false, ...(head && { head }) };
}

function deny(content: string): { answer: { content: string; isError: boolean } } {
  return { answer: { content, isError: true } };
}

function isJsonObject(value: JsonValue | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
