import type { WireBlock, WireMessage } from '../wire-request.ts';

/** Adds a block to the message that a side is at: what one side says in a row is one message to rules. */
export function addBlock(messages: WireMessage[], role: 'user' | 'assistant', block: WireBlock): void {
  const last = messages.at(-1);
  if (last?.role === role) (last.content as WireBlock[]).push(block);
  else messages.push({ role, content: [block] });
}

/** A tool's result, which says in words only that the tool failed. */
export function toResult(id: string, output: string): WireBlock {
  const isError = output.startsWith('Error: ');
  const content = isError ? output.slice('Error: '.length) : output;
  return { type: 'tool_result', tool_use_id: id, content, ...(isError && { is_error: true }) };
}
