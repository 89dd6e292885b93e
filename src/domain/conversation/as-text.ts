import type { KeptMessage } from './conversation.ts';

/** A message for whoever reads about a conversation that is not theirs; `longest`: characters of each of its blocks. */
export function asText({ role, content }: KeptMessage, longest: number): string {
  const cut = (text: string): string => (text.length > longest ? `${text.slice(0, longest).toWellFormed()}…` : text);
  const parts = content.flatMap((block) => {
    if (block.type === 'text') return cut(block.text);
    if (block.type === 'tool_use') return `(uses ${block.name}: ${cut(JSON.stringify(block.input))})`;
    if (block.type === 'tool_result') return `(result${block.is_error ? ', an error' : ''}: ${cut(block.content)})`;
    return [];
  });
  return `## ${role === 'assistant' ? 'The agent' : 'Its tools, or whoever it works for'}\n${parts.join('\n')}`;
}
