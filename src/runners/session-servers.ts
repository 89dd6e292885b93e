/*
 * Servers of tools for a program of others live where it lives: it starts those that are processes itself, in its sandbox, and reaches others
 * by its own ways out. So they get nothing that the program itself may not have: no variable of the worker's, no network but its hosts, no
 * folder besides. A server that wants more is for agents of ours, whose worker stands between.
 */
import { isAllowedTarget } from '../host/contain/allowed-hosts.ts';
import { variablesOf } from '../domain/mcp/expand-variables.ts';
import type { McpServer } from '../domain/mcp/mcp-server.ts';
import { serversIn } from '../domain/mcp/read-servers.ts';
import type { Agent, Plan } from '../domain/plan/plan.ts';
import { findCommand } from './find-program.ts';
import type { Runner, RunnerSearch, SessionServer } from './runner.ts';

/** The servers of an agent's session, and folders that their programs need to be able to read. */
export interface SessionServers {
  servers: SessionServer[];
  reads: string[];
}

/** The servers that an agent has tools of, as its program is told of them; or why it cannot have them, in words with the way out. */
export function serversFor(
  { mcp }: Pick<Plan, 'mcp'>,
  { tools, runner: of }: Agent,
  { runner, env }: { runner: Pick<Runner, 'kind' | 'takesServers'>; env: RunnerSearch['env'] },
): SessionServers | string {
  const known = new Map((mcp?.sources ?? []).flatMap((source) => [...serversIn(source)]));
  const named = new Set(tools.map((tool) => tool.slice(0, Math.max(0, tool.indexOf('.')))));
  const all: SessionServers = { servers: [], reads: [] };
  for (const server of [...named].flatMap((name) => known.get(name) ?? [])) {
    const found = runner.takesServers
      ? toSessionServer(server, { env, hosts: of?.hosts ?? [] })
      : `${runner.kind} takes no servers of tools`;
    if (typeof found === 'string')
      return `its server ${server.name} is not for a program of others: ${found}. Leave its tools out of \`tools\`, or leave \`runner\` out`;
    all.servers.push(found.server);
    all.reads.push(...found.reads);
  }
  return all;
}

function toSessionServer(
  { name, transport, network, reads }: McpServer,
  { env, hosts }: { env: RunnerSearch['env']; hosts: readonly string[] },
): { server: SessionServer; reads: readonly string[] } | string {
  const variables = variablesOf(transport);
  if (variables.length > 0) return `it would read ${variables.join(', ')} of the worker's environment`;
  if (transport.kind === 'http') {
    const { url, headers } = transport;
    const { hostname, port, protocol } = new URL(url);
    const target = { host: hostname, port: Number(port || (protocol === 'https:' ? 443 : 80)) };
    if (!isAllowedTarget(hosts, target)) return `${hostname} is none of the agent's \`hosts\``;
    return { server: { name, url, headers }, reads: [] };
  }
  if (network) return 'it wants the network';
  if (reads.length > 0) return `it wants to read ${reads.join(', ')}`;
  const { command, args, env: variablesGiven } = transport;
  const program = findCommand(command, { env, avoid: [] });
  if (!program) return `its program ${command} is not there, or not in folders that nobody else can write to`;
  const [first = command, ...before] = program.argv;
  const server = { name, command: first, args: [...before, ...args], env: variablesGiven };
  return { server, reads: program.reads };
}
