import { fromWireName, isNamespaced } from '../../domain/tool-names.ts';
import { nearest, nearestHint } from '../../domain/nearest.ts';

/** What to do about the name of a tool that is not known; null: nothing can be said. */
export function toolHint(word: string, known: readonly string[]): string | null {
  if (!isNamespaced(fromWireName(word)) || nearest(word, known) !== null) return nearestHint(word, known);
  return 'tools of your own are known with --tools MODULE (a program: `tools`), those of servers by .mcp.json';
}
