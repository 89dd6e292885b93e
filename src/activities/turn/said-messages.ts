import type { TurnInput } from '../../contracts/turn.ts';
import type { KeptMessage, ToolUseBlock } from '../../domain/conversation/conversation.ts';
import { toolKey } from '../../domain/ids/journal-key.ts';
import { longestMessage } from '../../domain/messages/message.ts';
import type { SaidMessage } from '../../domain/messages/said-messages.ts';
import { saidMessages } from '../../domain/messages/said-messages.ts';
import { partQuotations } from '../../domain/messages/said-quotations.ts';
import { agentAtWork } from '../../domain/plan/agent-at-work.ts';
import type { PlanTask } from '../../domain/plan/plan.ts';
import { builtInTools } from '../../domain/tool-names.ts';
import { findWhole } from '../../store/run/conversation.ts';
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
 *
 * @returns also those that it only quotes
 */
export async function gateSaid(
  dependencies: TurnDependencies,
  run: FrozenRun,
  said: Said,
): Promise<{ calls: GatedCall[]; quoted: SaidMessage[] }> {
  const { input, task, turn } = said;
  const messages = run.plan.communication ? saidMessages(turn.text, longestMessage) : [];
  if (messages.length === 0) return { calls: [], quoted: [] };
  // What was read stays read, also where the view no longer has it.
  const heard = (await findWhole(dependencies.store.sql, turn.head)).flatMap(heardIn);
  const { meant, quoted } = partQuotations(messages, { heard, own: writtenFor(run, input, task) });
  const uses = meant.map(({ to, text }, index): ToolUseBlock => ({
    type: 'tool_use',
    id: `said:${index + 1}`,
    name: builtInTools.sendMessage.name,
    input: { to, kind: 'data', text },
  }));
  const gated = await gateTools(dependencies, run, { input, task }, uses);
  const hasTool = run.plan.agents[input.agent]?.tools.includes(builtInTools.sendMessage.name) ?? false;
  return { calls: gated.filter(({ tool }) => tool !== undefined), quoted: hasTool ? quoted : [] };
}

// The prompt of a task that was added is a model's.
function writtenFor({ plan }: FrozenRun, { agent }: TurnInput, task: PlanTask | undefined): string[] {
  const { system } = agentAtWork(plan, agent, task)!;
  const planned = plan.tasks.find(({ id }) => id === task?.id);
  return [system, ...(planned?.template ?? [planned?.prompt ?? '']).filter((part) => typeof part === 'string')];
}

/** Tells an agent, with a later turn, which of the messages that it said were not sent, and why. @returns whether there are any */
export async function tellUnsent(
  { store }: TurnDependencies,
  run: FrozenRun,
  { input, said, results }: { input: TurnInput; said: Awaited<ReturnType<typeof gateSaid>>; results: ToolResults },
): Promise<boolean> {
  const toMessage = (id: string, to: unknown, why: string) => {
    const text = `Your message to ${JSON.stringify(to)} in <AGENT_MESSAGE> was not sent. ${why}`;
    return { id: `unsent/${toolKey(input, id)}`, to: input.context, from: 'gaffer', text };
  };
  const quoted = said.quoted.map(({ to }, index) => toMessage(`quoted:${index + 1}`, to, quotationText));
  const refused = said.calls.flatMap(({ use, slow }) => {
    const result = results.get(toolKey(input, use.id));
    const why = slow ? 'Not sent: a rule of this run is about it. Use the tool send_message.' : result?.content;
    if (!slow && !result?.isError) return [];
    return toMessage(use.id, use.input['to'], why ?? '');
  });
  const unsent = [...quoted, ...refused];
  if (unsent.length > 0) await store.transaction((sql) => writeMessages(sql, run.no, unsent));
  return unsent.length > 0;
}

const quotationText =
  'You were told or have read its words with such a tag, so it counts as a quotation. If you mean it, use the tool send_message.';

// Of its own answers only what its provider found for it, and what another model summed up.
function heardIn({ role, content }: KeptMessage): string[] {
  return content.flatMap((block) => {
    if (role === 'user' || block.type === 'foreign') return textsIn(block);
    return block.type === 'trimmed' && block.gist?.by !== undefined ? block.gist.text : [];
  });
}

function textsIn(value: unknown): string[] {
  if (typeof value === 'string') return [value];
  return typeof value === 'object' && value !== null ? Object.values(value).flatMap(textsIn) : [];
}
