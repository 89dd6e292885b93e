/** Short hash of a text (FNV-1a over 53 bits): tells equal steps from different ones, nothing more. */
export function fingerprint(text) {
    let high = 0x811c9dc5;
    let low = 0x01000193;
    for (let index = 0; index < text.length; index++) {
        const code = text.charCodeAt(index);
        high = Math.imul(high ^ code, 0x01000193) >>> 0;
        low = Math.imul(low ^ code, 0x85ebca6b) >>> 0;
    }
    return high.toString(36) + low.toString(36);
}
/** The first `length` characters of a text on one line; cut ones end in `…`. */
export function preview(text, length) {
    const line = text.replace(/\s+/g, ' ').trim();
    return line.length > length ? `${line.slice(0, length - 1).toWellFormed()}…` : line;
}
//# sourceMappingURL=fingerprint.js.map