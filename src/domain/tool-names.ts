/** The tools that an agent can be given. */
export const toolNames = ['issue', 'filesystem', 'bash', 'web'] as const;

/** Name of a built-in tool. */
export type ToolName = (typeof toolNames)[number];

/** Whether a word names a built-in tool. */
export function isToolName(word: string): word is ToolName {
  return (toolNames as readonly string[]).includes(word);
}
