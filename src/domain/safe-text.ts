/*
 * Everything that a model, a tool, a page or a file said goes through here before it reaches a terminal:
 * a terminal obeys control characters, so text from outside could move the cursor, rewrite lines, set the title,
 * fill the clipboard or answer for the user.
 *
 * 1. Nothing below U+0020 but newline and tab comes out, no DEL, no C1 (U+0080 to U+009F: 8-bit CSI, OSC, DCS).
 * 2. Nothing that reorders or hides text comes out: bidi controls, tag characters, line and paragraph separators.
 * 3. What was replaced stays visible as one character, so that an attack shows.
 */

// oxlint-disable-next-line no-control-regex -- finding control characters is what this is for
const controls = /[\u0000-\u0008\u000B-\u001F\u007F-\u009F]/g;
const hidden = /[\u061C\u180E\u200B\u200E\u200F\u202A-\u202E\u2060-\u206F\uFEFF\uFFF9-\uFFFB]|[\u{E0000}-\u{E007F}]/gu;
const replacement = '\uFFFD';

/** Text from outside, made harmless for a terminal; line breaks and tabs stay. */
export function safeText(text: string): string {
  return text
    .replace(/\p{Cs}/gu, replacement)
    .replace(/\r\n|[\u2028\u2029]/g, '\n')
    .replace(controls, toPicture)
    .replace(hidden, replacement);
}

/** Text from outside as one line: {@link safeText} with every run of white space as one space. */
export function safeLine(text: string): string {
  return safeText(text).replace(/\s+/g, ' ').trim();
}

/**
 * JSON that a terminal only shows: what {@link safeText} would replace is escaped, which JSON allows in texts and nowhere else.
 *
 * It parses to the same value. JSON itself escapes what is below U+0020, but neither DEL nor C1.
 */
export function safeJson(value: unknown, indent?: number): string {
  return JSON.stringify(value, null, indent)
    .replace(controls, toEscape)
    .replace(hidden, toEscape)
    .replace(/[\u2028\u2029]/g, toEscape);
}

function toEscape(text: string): string {
  return Array.from({ length: text.length }, (_, at) => `\\u${text.charCodeAt(at).toString(16).padStart(4, '0')}`).join(
    '',
  );
}

/** C0 and DEL become their Unicode control pictures (ESC is U+241B); C1 has none. */
function toPicture(character: string): string {
  const code = character.codePointAt(0)!;
  if (code < 0x20) return String.fromCodePoint(0x2400 + code);
  return code === 0x7f ? '\u2421' : replacement;
}
