import { script } from '../../../examples/foreman-worker/script.ts';
import type { Agent } from '../../../src/domain/plan/plan.ts';
import type { JsonObject } from '../../../src/domain/json.ts';
import { readConversation } from '../../../src/testing/conversation.ts';
import type { ScriptedAnswer } from '../../../src/testing/script.ts';
import type { WireBlock, WireMessage } from '../../../src/testing/wire-request.ts';

/** What a tool gives back in a test. */
export interface ToolReply {
  content: string;
  isError?: boolean;
}

/** One tool call of an agent. */
export type RunTool = (name: string, input: JsonObject) => Promise<ToolReply> | ToolReply;

const mostTurns = 60;

/** What the example's rules answer to a conversation; undefined when no rule applies. */
export function answerOf(agent: Agent, messages: WireMessage[]): ScriptedAnswer | undefined {
  const tools = agent.tools.map((name) => ({ name }));
  const conversation = readConversation({
    model: agent.model,
    max_tokens: 1000,
    system: agent.system,
    tools,
    messages,
  });
  return script.rules.find((rule) => rule.when(conversation))?.answer(conversation);
}

/** Plays one task to its end, as `agentTask` does: answer, tools, answer … Adds to `messages`. @returns the last text */
export async function play(agent: Agent, messages: WireMessage[], prompt: string, run: RunTool): Promise<string> {
  messages.push({ role: 'user', content: [{ type: 'text', text: prompt }] });
  for (let turn = 0; turn < mostTurns; turn++) {
    const answer = answerOf(agent, messages);
    if (!answer) throw new Error(`no rule answers: ${prompt}`);
    const uses = (answer.tools ?? []).map(({ name, input }, index): WireBlock => {
      return { type: 'tool_use', id: `use_${messages.length}_${index}`, name, input };
    });
    messages.push({ role: 'assistant', content: [{ type: 'text', text: answer.text ?? '' }, ...uses] });
    if (uses.length === 0) return answer.text ?? '';
    messages.push({ role: 'user', content: await Promise.all(uses.map((use) => toResult(use, run))) });
  }
  throw new Error(`no end after ${mostTurns} turns: ${prompt}`);
}

async function toResult(use: WireBlock, run: RunTool): Promise<WireBlock> {
  const { content, isError } = await run(use.name!, use.input!);
  return { type: 'tool_result', tool_use_id: use.id!, content, ...(isError && { is_error: true }) };
}
