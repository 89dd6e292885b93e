import { isCancellation } from '@temporalio/workflow';
import { toRequestId } from '../../domain/ids/request-id.ts';
import type { Approval } from '../../domain/plan/plan.ts';
import { planDefaults } from '../../domain/plan/plan.ts';
import type { CallToolInput, CallToolResult, SlowToolCall } from '../../contracts/turn.ts';
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
        const make = (made: CallToolInput) => callUntilDone(link, { tool, cleared: made, options });
        return await answering(link, cleared, { tool, make });
      } catch (error) {
        if (isCancellation(error)) throw error;
        // The journal has no result for it, so the model will be told that the outcome is unknown.
        return { ok: false, fingerprint: 'lost' };
      }
    }),
  );
  return results.map((result) => result.fingerprint).join();
}

// What waits for another agent looks in our database alone, so on any host; and again whenever it is woken.
async function callUntilDone(
  link: RunLink,
  {
    tool,
    cleared,
    options,
  }: { tool: SlowToolCall; cleared: CallToolInput; options: { taskQueue: string; summary: string } },
): Promise<CallToolResult> {
  let { waits } = tool;
  for (let seen = 0; ;) {
    if (waits) seen = await link.stand(waits, seen);
    const at = waits ? { summary: options.summary } : options;
    const result = await link.busy(() => callTool.executeWithOptions({ ...at, ...link.turn?.() }, [cleared]));
    if (result.begins) await link.begin(result.begins);
    if (!result.waits) return result;
    // It may wait for something else now, of which nobody has counted the words yet.
    if (result.waits.key !== waits?.key) seen = 0;
    ({ waits } = result);
  }
}

const mostQuestions = 10;

// A call that asks a person something in its middle is made again with the answer, until it comes to its end.
async function answering(
  link: RunLink,
  call: CallToolInput,
  { tool, make }: { tool: SlowToolCall; make: (call: CallToolInput) => Promise<CallToolResult> },
): Promise<CallToolResult> {
  let result = await make(call);
  for (let count = 1; result.asks; count++) {
    const { asks: question } = result;
    if (count > mostQuestions) return make({ ...call, ...deny(`It asked more than ${mostQuestions} questions.`) });
    const { taskId, attempt, turn } = call;
    const id = toRequestId({ kind: 'question', taskId, attempt, turn, toolUseId: `${tool.id}/${count}` });
    const { what, detail, kind } = question;
    const asked =
      kind === 'agree'
        ? { cause: 'approval' as const, approval: anybody }
        : { cause: 'blocker' as const, approval: null, asksPerson: true as const };
    const { outcome, text, by } = await link.wait({ id, taskId, what, detail, ...asked });
    result = await make({ ...call, answered: { question, answer: { outcome, text, by } } });
  }
  return result;
}

const anybody: Approval = { by: [], ...planDefaults.approval };

// What changes about a call before it runs: an answer instead of a run, or another input.
async function clear(
  link: RunLink,
  { taskId, attempt, turn }: CallToolInput,
  { id: toolUseId, gate, summary, detail, approval, line }: SlowToolCall,
): Promise<Pick<CallToolInput, 'answer' | 'input' | 'approved'>> {
  if (gate === 'run' || gate === 'wait') return {};
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
