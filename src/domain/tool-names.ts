/** The tools that an agent can be given. */
export const toolNames = ['issue', 'filesystem', 'bash', 'web', 'report_blocker', 'plan_tasks'] as const;

/** Name of a built-in tool. */
export type ToolName = (typeof toolNames)[number];

/** Those that can change files of the workspace. */
export const fileTools: readonly ToolName[] = ['filesystem', 'bash'];

/** What an agent gets that names no tools, or all: what it works with. Adding tasks is given by name, or by `decompose`. */
export const defaultTools: readonly ToolName[] = ['issue', 'filesystem', 'bash', 'web'];

/** Whether a word names a built-in tool. */
export function isToolName(word: string): word is ToolName {
  return (toolNames as readonly string[]).includes(word);
}
