/** All text of a message, blocks joined by newlines. */
export function textOf(message) {
    return message.content
        .filter((block) => block.type === 'text')
        .map((block) => block.text)
        .join('\n');
}
/** The tool requests of a message, in order. */
export function toolUsesOf(message) {
    return message.content.filter((block) => block.type === 'tool_use');
}
//# sourceMappingURL=conversation.js.map