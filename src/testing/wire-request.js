/** A message's or tool result's content as blocks. */
export function blocksOf(content) {
    if (content === undefined)
        return [];
    return typeof content === 'string' ? [{ type: 'text', text: content }] : content;
}
/** All text of a content, blocks joined by newlines. */
export function plainText(content) {
    if (typeof content === 'string')
        return content;
    if (content?.length === 1)
        return content[0].text ?? '';
    return blocksOf(content)
        .filter((block) => block.type === 'text')
        .map((block) => block.text ?? '')
        .join('\n');
}
/**
 * What the real API would refuse about a request, in its words; null when nothing.
 *
 * Checked here so that a conversation which only the scripted model would take fails in the first test.
 */
export function complaintAbout(request) {
    if (typeof request.model !== 'string')
        return 'model: Field required';
    if (!Array.isArray(request.messages))
        return 'messages: Field required';
    if (request.messages.length === 0)
        return 'messages: at least one message is required';
    if (request.messages[0].role !== 'user')
        return 'messages: first message must use the "user" role';
    return complaintAboutMessages(request.messages) ?? complaintAboutBreakpoints(request);
}
function complaintAboutMessages(messages) {
    let open = new Set();
    for (const [index, message] of messages.entries()) {
        const at = `messages.${index}`;
        if (message.role !== 'user' && message.role !== 'assistant')
            return `${at}.role: '${message.role}' is not supported`;
        if (message.content.length === 0)
            return `${at}: all messages must have non-empty content`;
        const asked = new Set();
        for (const block of blocksOf(message.content)) {
            if (block.type === 'text' && !block.text?.trim())
                return `${at}: text content blocks must contain non-whitespace text`;
            if (block.type === 'tool_use')
                asked.add(block.id ?? '');
            if (block.type === 'tool_result' && !open.delete(block.tool_use_id ?? '')) {
                return `${at}: unexpected \`tool_use_id\` found in \`tool_result\` blocks: ${block.tool_use_id}`;
            }
        }
        if (open.size > 0) {
            const ids = [...open].join(', ');
            return `${at}: \`tool_use\` ids were found without \`tool_result\` blocks immediately after: ${ids}`;
        }
        open = asked;
    }
    if (open.size > 0)
        return `messages: \`tool_use\` ids without \`tool_result\` blocks: ${[...open].join(', ')}`;
    return null;
}
function complaintAboutBreakpoints(request) {
    let count = (request.tools ?? []).filter((tool) => tool.cache_control).length;
    const contents = [request.system ?? '', ...request.messages.map((message) => message.content)];
    for (const content of contents) {
        if (typeof content !== 'string')
            count += content.filter((block) => block.cache_control).length;
    }
    return count > 4 ? `A maximum of 4 blocks with cache_control may be provided. Found ${count}.` : null;
}
//# sourceMappingURL=wire-request.js.map