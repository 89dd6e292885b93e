/*
 * A file with servers is a stranger's until somebody looked at it: it says which programs are started, where requests go, and which
 * variables of this machine they get. It is trusted by what it says of servers, as the plan has it: nothing else of the plan is believed.
 */
import type { McpSource } from '../domain/mcp/mcp-server.ts';
import { serverLines } from '../domain/mcp/server-lines.ts';
import { serversIn } from '../domain/mcp/read-servers.ts';
import { plural } from '../domain/format.ts';
import type { Plan } from '../domain/plan/plan.ts';
import { readJsonFile } from '../host/json-file.ts';
import { isShippedExample } from '../host/package/shipped.ts';
import { NotTrustedError, openTrustStore, sha256, type TrustedThing } from './trust-store.ts';

/** What a file says of servers, as something to trust. */
export function serversToTrust({ file, text }: McpSource): TrustedThing {
  return { kind: 'mcp', path: file, hash: sha256(text) };
}

/** What the servers of a file are, for whoever decides about it. */
export function serverText(source: McpSource): string {
  return [...serversIn(source).values()].flatMap(serverLines).join('\n');
}

/** Whether somebody at this machine allowed what a file says of servers; what Gaffer's own examples say counts as allowed. */
export function isTrustedSource(source: McpSource): boolean {
  return openTrustStore().holds(serversToTrust(source)) || isOfExample(source);
}

// A plan only says where it was taken from.
function isOfExample({ file, text }: McpSource): boolean {
  if (!isShippedExample(file)) return false;
  const { mcpServers } = (readJsonFile(file) ?? {}) as { mcpServers?: unknown };
  return JSON.stringify({ mcpServers }, null, 2) === text;
}

/**
 * Whether somebody allowed all files whose servers a plan's agents may use, those of its nested workflows included.
 *
 * @throws NotTrustedError about the first that nobody did; it shows what its servers are
 */
export function checkServers({ mcp, workflows = {} }: Pick<Plan, 'mcp' | 'workflows'>): void {
  for (const source of mcp?.sources ?? []) {
    if (isTrustedSource(source)) continue;
    const count = plural(serversIn(source).size, 'server');
    const asks = `${source.file} names ${count} of tools that nobody has trusted as it is: programs are started for agents, or addresses asked, with the variables that it names.`;
    throw new NotTrustedError(serversToTrust(source), asks, serverText(source));
  }
  for (const nested of Object.values(workflows)) checkServers(nested);
}
