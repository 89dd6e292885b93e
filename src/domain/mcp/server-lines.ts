import { variablesOf, variablesShown } from './expand-variables.ts';
import type { McpServer } from './mcp-server.ts';

/** A server for people who decide about it, in lines: what is started or asked, with which variables, and what it may reach. Not yet made safe for a terminal. */
export function serverLines(server: McpServer): string[] {
  const { name, transport, network, findsWorkspace, reads, effects } = server;
  const what =
    transport.kind === 'stdio'
      ? `starts ${[transport.command, ...transport.args].map((word) => JSON.stringify(word)).join(' ')}`
      : `asks ${transport.url}`;
  const reach =
    transport.kind === 'stdio'
      ? `in the sandbox, ${network ? 'with' : 'without'} network, ${findsWorkspace ? 'in' : 'without'} the workspace`
      : network
        ? 'also where that address is not public'
        : 'at a public address only';
  const variables = variablesOf(transport);
  const shown = variablesShown(transport);
  const said = Object.entries(effects).map(([tool, effect]) => `${tool}: ${effect}`);
  return [
    `${name}: ${what}`,
    `  ${reach}`,
    ...(reads.length > 0 ? [`  reads ${reads.join(', ')}`] : []),
    ...(variables.length > 0 ? [`  gets the variables ${variables.join(', ')}`] : []),
    ...(shown.length > 0
      ? [
          `  shows ${shown.join(', ')} to every account of the machine, as arguments are seen there: a secret belongs in "env"`,
        ]
      : []),
    ...(said.length > 0 ? [`  effects: ${said.join(', ')}`] : []),
  ];
}
