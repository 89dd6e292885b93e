/** What a native file reads as an expression, or warns of as one that lacks its `$` (see bare-braces.ts). */
const expressions = /\$\{\{|\{\{\s*[A-Za-z_][\w-]*(?:[.[][^{}]*)?\s*\}\}/g;

/** A text for a native file that stands for itself, whatever looks like an expression in it. */
export function literalText(text: string): string {
  return text.replace(expressions, (written) =>
    written.startsWith('$') ? `$${written}` : `\${{ ${JSON.stringify(written)} }}`,
  );
}
