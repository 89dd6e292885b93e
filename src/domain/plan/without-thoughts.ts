/** An answer without what stands in tags for thoughts (`<think>…</think>`); with one that is never closed, as it is. */
export function withoutThoughts(text: string): string {
  const parts: string[] = [];
  let depth = 0;
  let from = 0;
  for (const { index, 0: tag } of text.matchAll(/<\/?(?:think|thinking|thought|reasoning|scratchpad)>/gi)) {
    if (depth === 0) parts.push(text.slice(from, index));
    depth = Math.max(0, depth + (tag.startsWith('</') ? -1 : 1));
    from = index + tag.length;
  }
  return depth === 0 ? [...parts, text.slice(from)].join('') : text;
}
