import { cut } from './cut.ts';
import type { AgentCall, AgentReply } from './script-host.ts';

// Longer ones than people write.
const titleCharacters = 300;
const nameCharacters = 100;

/** A call with its words no longer than people write them: each is carried as long as the run lives. */
export function bounded(call: AgentCall): AgentCall {
  const { label, phase, agentType, model } = call;
  const orNull = (text: string | null, most: number): string | null => (text === null ? null : cut(text, most));
  return {
    ...call,
    ...{ label: cut(label, titleCharacters), phase: orNull(phase, titleCharacters) },
    ...{ agentType: orNull(agentType, nameCharacters), model: orNull(model, nameCharacters) },
  };
}

/** An agent's reply as a script is handed it. */
export function toSettled(reply: AgentReply): { as: 'content' | 'error'; content: unknown } {
  if (reply.kind === 'text') return { as: 'content', content: reply.text };
  if (reply.kind === 'value') return { as: 'content', content: reply.value };
  if (reply.kind === 'none') return { as: 'content', content: null };
  return { as: 'error', content: { kind: reply.about ?? 'throw', name: 'Error', message: reply.message, stack: '' } };
}
