import type { McpServer, McpSource } from '../../domain/mcp/mcp-server.ts';
import { serversIn } from '../../domain/mcp/read-servers.ts';
import type { Agent, Plan } from '../../domain/plan/plan.ts';
import type { ToolName } from '../../domain/tool-names.ts';
import { UsageError } from '../../domain/errors.ts';

/**
 * A plan with the servers that some of its tools come from, and with no others; a plan that needs none stays as it is.
 *
 * @param files best first
 * @throws UsageError when two servers have one name
 */
export function withServers(plan: Plan, files: readonly McpSource[]): Plan {
  const own = Object.values(plan.agents).flatMap(({ mcp }) => mcp ?? []);
  if (own.length === 0 && files.length === 0) return plan;
  const asked = new Set(toolsIn(plan).map((name) => name.split('.')[0]!));
  const candidates = [...own, ...files].map((source) => ({ source, servers: serversIn(source) }));
  const used = new Map<string, { server: McpServer; source: McpSource }>();
  for (const { source, servers } of candidates) {
    for (const [name, server] of servers) {
      if (!asked.has(name)) continue;
      const first = used.get(name);
      if (!first) used.set(name, { server, source });
      else if (own.includes(first.source)) refuseOther(first, { server, source });
    }
  }
  const agents = Object.fromEntries(Object.entries(plan.agents).map(([name, agent]) => [name, withoutServers(agent)]));
  const bare = { ...plan, agents };
  if (used.size === 0) return bare;
  return { ...bare, mcp: { sources: [...new Set([...used.values()].map(({ source }) => source))] } };
}

/** Names and globs of all tools that a plan's agents and tasks may call. */
function toolsIn({ agents, tasks }: Plan): ToolName[] {
  return [
    ...Object.values(agents).flatMap(({ tools }) => tools),
    ...tasks.flatMap(({ work, compensate }) => [
      ...(work?.kind === 'tool' ? [work.tool] : []),
      ...(compensate?.kind === 'tool' ? [compensate.tool] : []),
    ]),
  ];
}

// One name means one server in a run: which agent calls it says nothing.
function refuseOther(
  first: { server: McpServer; source: McpSource },
  other: { server: McpServer; source: McpSource },
): void {
  if (JSON.stringify(first.server) === JSON.stringify(other.server)) return;
  const { name } = first.server;
  throw new UsageError(
    `two servers of tools are called "${name}": that of ${first.source.file} and that of ${other.source.file}. Rename one of them.`,
  );
}

function withoutServers(agent: Agent): Agent {
  const { mcp, ...rest } = agent;
  return mcp ? rest : agent;
}
