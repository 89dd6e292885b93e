import { fromWireName, isNamespaced, toWireName } from '../../domain/tool-names.ts';
import { nearest, nearestHint } from '../../domain/nearest.ts';

/** What to do about the name or glob of a tool that is not known; null: nothing can be said. Names of servers' tools are told as people write them. */
export function toolHint(word: string, known: readonly string[]): string | null {
  const [space = '', ...rest] = fromWireName(word).split('.');
  const servers = known.filter((name) => name.endsWith('.*')).map((name) => name.slice(0, -2));
  const server = rest.length > 0 ? nearest(space, servers) : null;
  if (server !== null) return `did you mean "${toWireName([server, ...rest].join('.'))}"?`;
  const names = known.map((name) => (name.endsWith('.*') ? toWireName(name) : name));
  if (!isOfNamespace(word) || nearest(word, names) !== null) return nearestHint(word, names);
  return 'tools of your own are known with --tools MODULE (a program: `tools`), those of servers by .mcp.json';
}

/** Whether a word is a name in a namespace, or a glob over such names. */
export function isOfNamespace(word: string): boolean {
  return isNamespaced(fromWireName(word).replace(/[*?]+/g, 'x'));
}
