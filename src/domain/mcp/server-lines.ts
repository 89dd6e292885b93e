import { variablesIn } from './expand-variables.ts';
import type { McpServer } from './mcp-server.ts';

/** A server for people who decide about it, in lines: what is started or asked, with which variables, and what it may reach. Not yet made safe for a terminal. */
export function serverLines(server: McpServer): string[] {
  const { name, transport, network, reads, effects } = server;
  const what =
    transport.kind === 'stdio'
      ? `starts ${[transport.command, ...transport.args].map((word) => JSON.stringify(word)).join(' ')}`
      : `asks ${transport.url}`;
  const reach =
    transport.kind === 'stdio'
      ? `in the sandbox, ${network ? 'with network' : 'without network'}`
      : network
        ? 'also where that address is not public'
        : 'at a public address only';
  const variables = variablesOf(server);
  const said = Object.entries(effects).map(([tool, effect]) => `${tool}: ${effect}`);
  return [
    `${name}: ${what}`,
    `  ${reach}`,
    ...(reads.length > 0 ? [`  reads ${reads.join(', ')}`] : []),
    ...(variables.length > 0 ? [`  gets the variables ${variables.join(', ')}`] : []),
    ...(said.length > 0 ? [`  effects: ${said.join(', ')}`] : []),
  ];
}

/** Names of the worker's variables that a server gets. */
function variablesOf({ transport }: McpServer): string[] {
  const texts =
    transport.kind === 'stdio'
      ? [transport.command, ...transport.args, ...Object.values(transport.env)]
      : [transport.url, ...Object.values(transport.headers)];
  return [...new Set(texts.flatMap(variablesIn))];
}
