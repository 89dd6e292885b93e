/** The tools that an agent can be given. */
export const toolNames = ['issue', 'filesystem', 'bash', 'web'];
/** Whether a word names a built-in tool. */
export function isToolName(word) {
    return toolNames.includes(word);
}
/** Tools whose whole effect lies in our own database: they may run as local activities (design section 3). */
export const quickTools = ['issue'];
//# sourceMappingURL=tool-names.js.map