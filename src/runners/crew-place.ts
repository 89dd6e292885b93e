import type { AgentRunner } from '../domain/coding/agent-runner.ts';
import { isAuto } from '../domain/money/model-tiers.ts';
import type { Agent, Plan } from '../domain/plan/plan.ts';
import type { ToolName } from '../domain/tool-names.ts';
import { matchesGlob } from '../domain/tools/glob.ts';
import { rulesFor } from '../domain/tools/tool-policy.ts';
import type { FoundProgram, Runner, RunnerSearch } from './runner.ts';
import type { SessionServers } from './session-servers.ts';
import { serversFor } from './session-servers.ts';

/** What a machine has for programs of others. */
export interface CrewPlace {
  /** How such an agent is talked to, and its program; or what is missing, in words with the way out. */
  find(runner: AgentRunner): Promise<{ runner: Runner; program: FoundProgram } | { missing: string }>;
  /** Where programs of servers of tools are looked for. */
  env: RunnerSearch['env'];
  /** Why nothing can be contained here, in words with the way out; null: it can. */
  sandboxProblem: string | null;
  /** Whether a gateway stands between its agents and providers. */
  hasGateway: boolean;
}

/** Who does an agent's tasks. `decides`: rules have a say, so each call has to be decided about. */
export interface FoundCrew {
  runner: Runner;
  program: FoundProgram;
  mcp: SessionServers;
  decides: boolean;
}

type RunnersAgent = Agent & { runner: AgentRunner };

/** The program of an agent; or why it cannot do its tasks on this machine, in words with the way out. Nothing is started, nothing is paid. */
export async function findCrew(plan: Plan, agent: RunnersAgent, place: CrewPlace): Promise<FoundCrew | string> {
  const { name, runner: of } = agent;
  const program = nameOf(of);
  if (isAuto(agent))
    return `agent ${name} runs ${program}, so it has to name its model: \`auto\` cannot be chosen for it`;
  if (!place.hasGateway)
    return `agent ${name} runs ${program}, and the gateway is off: it would need a provider's key. Turn it on (\`gateway: on\`)`;
  const found = await place.find(of);
  if ('missing' in found) return `agent ${name}: ${found.missing}`;
  if (place.sandboxProblem !== null) return `agent ${name} runs ${program}: ${place.sandboxProblem}`;
  const decides = hasSay(plan, agent, found.runner);
  if (decides && found.runner.asks === 'never')
    return `agent ${name} runs ${program}, which cannot be asked, and rules of this run ask about its calls or forbid some: leave these out (\`policy\`), or have claude, pi or an agent of ACP do its tasks`;
  const mcp = serversFor(plan, agent, { ...found, env: place.env });
  if (typeof mcp === 'string') return `agent ${name} runs ${program}: ${mcp}`;
  return { ...found, mcp, decides };
}

/** Why agents that have tasks of a plan cannot do them on this machine, a sentence an agent. */
export async function crewProblems(plan: Plan, place: CrewPlace): Promise<string[]> {
  const names = new Set(plan.tasks.map(({ agent }) => agent));
  const agents = Object.values(plan.agents).filter((agent) => names.has(agent.name));
  const found = await Promise.all(agents.filter(hasRunner).map((agent) => findCrew(plan, agent, place)));
  return found.filter((each) => typeof each === 'string');
}

/** Whether a program of others does an agent's tasks. */
export function hasRunner(agent: Agent): agent is RunnersAgent {
  return agent.runner !== undefined;
}

// A command and an agent of ACP go by what is started.
function nameOf({ kind, command }: AgentRunner): string {
  return command?.[0] ?? kind;
}

// Whether some rule asks about calls that a program can make, or denies them.
function hasSay(plan: Plan, agent: Agent, runner: Pick<Runner, 'asks' | 'tools' | 'narrows'>): boolean {
  const { name } = agent;
  // One that nobody can ask is not kept from tools either.
  if (runner.asks !== 'never' && lackedTools(agent, runner).length > 0) return true;
  const tools = runner.narrows ? runner.tools.filter((tool) => agent.tools.includes(tool)) : runner.tools;
  return rulesFor(plan, name).some(
    (rule) =>
      rule.action !== 'allow' &&
      (rule.agents.length === 0 || rule.agents.includes(name)) &&
      (rule.tool.includes('.') || tools.some((tool) => matchesGlob(tool, rule.tool))),
  );
}

/** Tools that a program brings although its agent does not have them: calls of these are refused. */
export function lackedTools(
  { tools }: Pick<Agent, 'tools'>,
  runner: Pick<Runner, 'tools' | 'narrows'>,
): readonly ToolName[] {
  return runner.narrows ? [] : runner.tools.filter((tool) => !tools.includes(tool));
}
