import { createHash } from 'node:crypto';
import { blocksOf } from './wire-request.js';
const charactersPerToken = 4;
/**
 * Counts a request's input tokens and remembers its cached prefixes.
 *
 * A token for every four characters of tools, system prompt and messages, rounded up once. Up to the furthest `cache_control` breakpoint
 * whose prefix an earlier request also marked, tokens are read from the cache; from there to the last breakpoint they are written; the rest
 * is plain input. Entries never expire.
 */
export class PromptCache {
    entries = new Set();
    /** Usage of this request's input. With `remember` false it leaves no trace, as a refused or counted request does. */
    read(request, remember) {
        const { total, breakpoints } = measure(request);
        let read = 0;
        let last = 0;
        for (const { key, characters } of breakpoints) {
            last = characters;
            if (this.entries.has(key))
                read = characters;
            else if (remember)
                this.entries.add(key);
        }
        return {
            inputTokens: toTokens(total) - toTokens(last),
            cacheReadTokens: toTokens(read),
            cacheWriteTokens: toTokens(last) - toTokens(read),
        };
    }
}
/** Tokens of so many characters. */
export function toTokens(characters) {
    return Math.ceil(characters / charactersPerToken);
}
function measure(request) {
    const hash = createHash('sha1').update(request.model);
    const breakpoints = [];
    let total = 0;
    const add = (text, marked) => {
        total += text.length;
        // Every part ends with a character that text rarely holds, so that moving a border changes the prefix.
        hash.update(text).update('\0');
        if (marked)
            breakpoints.push({ key: hash.copy().digest('base64'), characters: total });
    };
    for (const { cache_control: marker, ...tool } of request.tools ?? [])
        add(JSON.stringify(tool), Boolean(marker));
    for (const block of blocksOf(request.system))
        add(block.text ?? '', Boolean(block.cache_control));
    for (const message of request.messages) {
        for (const block of blocksOf(message.content))
            add(textOfBlock(block), Boolean(block.cache_control));
    }
    return { total, breakpoints };
}
function textOfBlock(block) {
    if (block.type === 'text')
        return block.text ?? '';
    if (block.type === 'tool_use')
        return `${block.name}${JSON.stringify(block.input)}`;
    return typeof block.content === 'string' ? block.content : JSON.stringify(block.content ?? '');
}
//# sourceMappingURL=prompt-cache.js.map