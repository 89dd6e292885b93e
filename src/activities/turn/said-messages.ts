import type { TurnInput } from '../../contracts/turn.ts';
import type { ToolUseBlock } from '../../domain/conversation/conversation.ts';
import { toolKey } from '../../domain/ids/journal-key.ts';
import { longestMessage } from '../../domain/messages/message.ts';
import { saidMessages, withoutQuotations } from '../../domain/messages/said-messages.ts';
import { agentAtWork } from '../../domain/plan/agent-at-work.ts';
import type { PlanTask } from '../../domain/plan/plan.ts';
import { builtInTools } from '../../domain/tool-names.ts';
import type { StoredMessage } from '../../store/run/conversation.ts';
import { findView } from '../../store/run/conversation.ts';
import { writeMessages } from '../../store/messages/messages.ts';
import type { FrozenRun } from '../base/frozen-run.ts';
import { gateTools } from './gate-tools.ts';
import type { GatedCall } from './gate-tools.ts';
import type { ToolResults } from './tool-result.ts';
import type { Turn, TurnDependencies } from './turn.ts';

/** An answer, and who gave it for which task. */
interface Said {
  input: TurnInput;
  task: PlanTask | undefined;
  turn: Turn;
}

/**
 * The messages that an agent says in its own words (`<AGENT_MESSAGE to="…">`), as calls of the tool that sends them: so they have its rights,
 * rules and journal. Their ids are none that a call of a provider can have. None where the agent does not have that tool.
 */
export async function gateSaid(dependencies: TurnDependencies, run: FrozenRun, said: Said): Promise<GatedCall[]> {
  const { input, task, turn } = said;
  const messages = run.plan.communication ? saidMessages(turn.text, longestMessage) : [];
  if (messages.length === 0) return [];
  const agent = agentAtWork(run.plan, input.agent, task)!;
  const view = await findView(dependencies.store.sql, dependencies.views, turn.head);
  const own = [agent.system, ...(task?.template ?? [task?.prompt ?? '']).filter((part) => typeof part === 'string')];
  const calls = withoutQuotations(messages, { heard: view.flatMap(heardIn), own }).map(
    ({ to, text }, index): ToolUseBlock => ({
      type: 'tool_use',
      id: `said:${index + 1}`,
      name: builtInTools.sendMessage.name,
      input: { to, kind: 'data', text },
    }),
  );
  const gated = await gateTools(dependencies, run, { agent: input.agent, task }, calls);
  return gated.filter(({ tool }) => tool !== undefined);
}

/** Tells an agent, with a later turn, which of the messages that it said were not sent, and why. */
export async function tellUnsent(
  { store }: TurnDependencies,
  run: FrozenRun,
  { input, said, results }: { input: TurnInput; said: readonly GatedCall[]; results: ToolResults },
): Promise<void> {
  const unsent = said.flatMap(({ use, slow }) => {
    const key = toolKey(input, use.id);
    const result = results.get(key);
    const why = slow ? 'Not sent: a rule of this run is about it. Use the tool send_message.' : result?.content;
    if (!slow && !result?.isError) return [];
    const text = `Your message to ${JSON.stringify(use.input['to'])} in <AGENT_MESSAGE> was not sent. ${why ?? ''}`;
    return { id: `unsent/${key}`, to: input.context, from: 'gaffer', text };
  });
  if (unsent.length > 0) await store.transaction((sql) => writeMessages(sql, run.no, unsent));
}

// What others say stands in messages to it, and in results of its tools.
function heardIn({ role, content }: StoredMessage): string[] {
  if (role === 'assistant') return [];
  return content.flatMap((block) => {
    if (block.type === 'text') return block.text;
    return block.type === 'tool_result' ? block.content : [];
  });
}
