import type { ContentBlock, Message } from '../domain/conversation/conversation.ts';
import { fromWireName } from '../domain/tool-names.ts';
import type { ScriptedConversation, ScriptedToolResult } from './script.ts';
import type { WireMessage, WireRequest } from './wire-request.ts';
import { blocksOf, plainText } from './wire-request.ts';

/**
 * Reads a request as the conversation that rules look at.
 *
 * The dear parts are read only when a rule asks for them: most rules look at the prompt alone, and benchmarks make thousands of calls.
 */
export function readConversation(request: WireRequest): ScriptedConversation {
  const messages = request.messages.filter(({ role }) => role !== 'system');
  const start = newestPrompt(messages);
  const since = messages.slice(start + 1);
  const memo: { messages?: Message[]; results?: ScriptedToolResult[][] } = {};
  const resultsByMessage = (): ScriptedToolResult[][] => (memo.results ??= readResults(messages, start));
  return {
    get system() {
      return systemOf(request);
    },
    model: request.model,
    tools: (request.tools ?? []).map((tool) => fromWireName(tool.name)),
    prompt: plainText(messages[start]?.content),
    turn: since.filter((message) => message.role === 'assistant').length,
    get messages() {
      return (memo.messages ??= messages.map(toMessage));
    },
    get results() {
      return resultsByMessage().flat();
    },
    get lastResults() {
      const groups = resultsByMessage();
      return groups[groups.length - 1] ?? [];
    },
  };
}

// What is said between turns belongs to it.
function systemOf({ system, messages }: WireRequest): string {
  const between = messages.filter(({ role }) => role === 'system').map(({ content }) => plainText(content));
  return [plainText(system), ...between].filter((text) => text !== '').join('\n');
}

function newestPrompt(messages: WireMessage[]): number {
  for (let index = messages.length - 1; index > 0; index--) {
    const message = messages[index]!;
    if (message.role === 'user' && blocksOf(message.content).some((block) => block.type === 'text')) return index;
  }
  return 0;
}

/** Tool results of each message from `start` on, the last entry being the newest message's. */
function readResults(messages: WireMessage[], start: number): ScriptedToolResult[][] {
  const calls = new Map<string, { name: string; input: ScriptedToolResult['input'] }>();
  const groups: ScriptedToolResult[][] = [];
  // The call that a prompt's own tool results answer stands one message before it.
  const first = Math.max(0, start - 1);
  for (let index = first; index < messages.length; index++) {
    const message = messages[index]!;
    const group: ScriptedToolResult[] = [];
    for (const block of blocksOf(message.content)) {
      if (block.type === 'tool_use')
        calls.set(block.id ?? '', { name: fromWireName(block.name ?? ''), input: block.input ?? {} });
      if (block.type !== 'tool_result' || index < start) continue;
      const call = calls.get(block.tool_use_id ?? '') ?? { name: '', input: {} };
      group.push({ ...call, content: plainText(block.content), isError: block.is_error === true });
    }
    groups.push(group);
  }
  return groups;
}

function toMessage(message: WireMessage): Message {
  const content = blocksOf(message.content).map((block): ContentBlock => {
    if (block.type === 'tool_use') {
      return { type: 'tool_use', id: block.id ?? '', name: fromWireName(block.name ?? ''), input: block.input ?? {} };
    }
    if (block.type === 'tool_result') {
      const result = { tool_use_id: block.tool_use_id ?? '', content: plainText(block.content) };
      return { type: 'tool_result', ...result, ...(block.is_error === true && { is_error: true }) };
    }
    if (block.type === 'thinking') {
      return { type: 'thinking', thinking: block.thinking ?? '', signature: block.signature ?? '' };
    }
    if (block.type === 'redacted_thinking') return { type: 'redacted_thinking', data: block.data ?? '' };
    return { type: 'text', text: block.text ?? '' };
  });
  return { role: message.role === 'assistant' ? 'assistant' : 'user', content };
}
