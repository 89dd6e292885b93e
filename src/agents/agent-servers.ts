import { mcpFileName, readAgentServers } from '../definition/mcp/mcp-sources.ts';
import type { Diagnostic } from '../definition/source/diagnostic.ts';
import { quoted } from '../definition/source/diagnostic.ts';
import { nearestHint } from '../domain/nearest.ts';
import type { SourceDocument } from '../definition/source/source-document.ts';
import type { McpSource } from '../domain/mcp/mcp-server.ts';
import { allToolsOf, serverOf } from '../domain/mcp/server-names.ts';
import type { ToolTraits } from '../domain/tool-names.ts';

/** What an agent file's `mcpServers` come to: servers that it declares, the tools that there are with theirs, and whose tools it gets without a list. */
export function serversOf(
  document: SourceDocument,
  { tools, found }: { tools: readonly ToolTraits[]; found: Diagnostic[] },
): { declared: { mcp?: McpSource }; known: readonly ToolTraits[]; servers: string[] } {
  const { source, names } = readAgentServers(document, 'mcp_servers', found);
  const own = names.filter(({ isOwn }) => isOwn).map(({ name }) => allToolsOf(name));
  const known = [...tools, ...own];
  const servers: string[] = [];
  for (const { name, path } of names) {
    if (serverOf(`${name}.*`, known) !== null) {
      servers.push(name);
      continue;
    }
    const all = tools.filter((tool) => tool.name.endsWith('.*')).map((tool) => tool.name.slice(0, -2));
    const message = `there is no server of tools ${quoted(name)}: the agent works without it`;
    const hint =
      nearestHint(name, all) ?? `${mcpFileName} declares them, beside the workflow file or where the command stands`;
    found.push(document.diagnostic(path, { code: 'mcp-server', message, hint, severity: 'warning' }));
  }
  return { declared: source ? { mcp: source } : {}, known, servers };
}
