import { freezeTools, serversAsked } from '../../definition/mcp/freeze-tools.ts';
import type { Cassette } from '../../domain/cassette/cassette.ts';
import type { OfferedTool } from '../../domain/mcp/mcp-server.ts';
import type { Plan } from '../../domain/plan/plan.ts';
import { fromWireName, type ToolName } from '../../domain/tool-names.ts';

/**
 * The plan with the tools that its agents had of its servers when a cassette was recorded, so that no server has to be asked. What they said of
 * themselves no cassette has, and no request is compared by it. A tool that is named and was not there is taken as well: requests differ then.
 */
export function freezeFromTape({ heads, tools }: Cassette, plan: Plan): Plan {
  if (!plan.mcp || plan.mcp.tools) return plan;
  const recorded = [...heads.flatMap((head) => head.tools.map(fromWireName)), ...tools.map(({ name }) => name)];
  const names = new Set([...recorded, ...namedIn(plan)]);
  const offers = new Map(serversAsked(plan).map((server) => [server, offeredBy(server, names)]));
  return freezeTools(plan, { offers, hashOf: ({ tool }) => tool, schemaProblem: () => null });
}

function namedIn({ agents, tasks }: Plan): ToolName[] {
  const ofAgents = Object.values(agents).flatMap((agent) => agent.tools);
  const ofTasks = tasks.flatMap(({ work, compensate }) =>
    [work, compensate].flatMap((each) => (each?.kind === 'tool' ? [each.tool] : [])),
  );
  return [...ofAgents, ...ofTasks].filter((word) => !/[*?]/.test(word));
}

function offeredBy(server: string, names: ReadonlySet<ToolName>): OfferedTool[] {
  const own = [...names].filter((name) => name.startsWith(`${server}.`));
  return own.map((name) => {
    const tool = name.slice(server.length + 1);
    return { tool, description: tool, input: { type: 'object' } };
  });
}
