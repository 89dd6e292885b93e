import { fingerprint } from '../fingerprint.ts';
import { isNamespaced, longestToolName, type ToolName, type ToolTraits } from '../tool-names.ts';

/*
 * M1 A tool of a server is called SERVER.TOOL, which agents and providers write SERVER__TOOL (N2).
 * M2 What a server calls it stays as it is where it can; what cannot stand in a name is replaced, and a hash of the server's own name makes it one of its own.
 * M3 Until a run begins nobody knows which tools a server has: then SERVER.* stands for all of them among the tools that there are, and any
 *    name or glob below it is taken as it is written.
 */

/** Whether a word can begin the names of a server's tools. `mcp` is how assistants begin all of them. */
export function isServerName(name: string): boolean {
  return name.length <= 40 && name.toLowerCase() !== 'mcp' && isNamespaced(`${name}.x`) && !name.includes('.');
}

/** All tools of a server, for whoever checks a definition (M3). What they change, nobody knows. */
export function allToolsOf(server: string): ToolTraits {
  return { name: `${server}.*`, changesFiles: true };
}

/** How agents and rules call a tool of a server (M1, M2). */
export function toToolName(server: string, tool: string): ToolName {
  const plain = `${server}.${tool}`;
  if (isNamespaced(plain) && !tool.includes('.')) return plain;
  const room = longestToolName - `${server}__`.length - 9;
  const word = tool
    .replace(/[^A-Za-z0-9_-]+/g, '-')
    .replace(/_+/g, '_')
    .slice(0, Math.max(room, 0))
    .replace(/^_|_$/g, '');
  return `${server}.${word}${word === '' ? '' : '-'}${fingerprint(tool).slice(0, 8)}`;
}

/** The server that a tool's name or glob is of, if it is one of those that `known` stands for. */
export function serverOf(name: ToolName, known: readonly ToolTraits[]): string | null {
  const [server = '', ...rest] = name.split('.');
  return rest.length > 0 && known.some((tool) => tool.name === `${server}.*`) ? server : null;
}
