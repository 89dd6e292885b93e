/*
 * F1 What a run's agents may call of its servers is settled when it begins, tool by tool, with what the servers say of them then.
 * F2 A name that no server has is an error before anything is paid; what a server offers and no model could be given is none of its tools.
 */
import type { JsonObject } from '../../domain/json.ts';
import type { McpPlan, McpTool, OfferedTool } from '../../domain/mcp/mcp-server.ts';
import { serversIn } from '../../domain/mcp/read-servers.ts';
import { toModel } from '../../domain/mcp/model-tool.ts';
import { toToolName } from '../../domain/mcp/server-names.ts';
import type { Agent, Plan, ToolRule } from '../../domain/plan/plan.ts';
import { toWireName, type ToolName } from '../../domain/tool-names.ts';
import { matchesGlob } from '../../domain/tools/glob.ts';
import { safeLine } from '../../domain/safe-text.ts';
import { nearestHint } from '../../domain/nearest.ts';

/** What freezing needs of others. */
export interface FreezeWith {
  /** What the servers of the plan offer, by their names; a text says why one of them does not answer. */
  offers: ReadonlyMap<string, readonly OfferedTool[] | string>;
  hashOf: (tool: OfferedTool) => string;
  /** Why nothing can be checked against a JSON Schema; null: something can. */
  schemaProblem: (schema: JsonObject) => string | null;
}

/** Most tools of one server that a run can have. */
const mostTools = 200;
const mostOffered = 10_000;
const longestSchema = 32_000;
/** What the tools of one server that agents name may say of themselves in all, in characters: all of it is compiled, and a model reads it at every turn. */
const mostSaid = 500_000;
const mostLeftOut = 20;

/** Servers that a plan's agents and tasks name tools of. */
export function serversAsked(plan: Plan): string[] {
  const known = new Set((plan.mcp?.sources ?? []).flatMap((source) => [...serversIn(source).keys()]));
  const named = [...Object.values(plan.agents).flatMap(({ tools }) => tools), ...calledByTasks(plan)];
  return [...new Set(named.map(serverIn))].filter((server) => known.has(server));
}

/** The plan with the very tools that its agents have (F1), and what of a server's they do not get although a glob of theirs means it. @throws Error with everything that is wrong, a line each (F2) */
export function freezeTools(plan: Plan, how: FreezeWith): Plan {
  const isOfServer = (name: ToolName): boolean => how.offers.has(serverIn(name));
  const called = calledByTasks(plan).filter(isOfServer);
  const words = [...Object.values(plan.agents).flatMap(({ tools }) => tools), ...called].filter(isOfServer);
  const offered = takeOffers(how, new Set(words));
  const problems = [...offered.problems];
  const leftOut = new Set<string>();
  const meantBy = (who: string, word: ToolName): ToolName[] => {
    if (!isOfServer(word)) return [word];
    const found = [...offered.tools.keys()].filter((name) => matchesGlob(name, word));
    if (found.length > 0 || offered.refused.has(serverIn(word))) return found;
    if (word.endsWith('.*'))
      leftOut.add(`${who} names ${toWireName(word)}, and there is no tool that it could be given`);
    else problems.push(unknown(who, word, offered));
    return found;
  };
  const agents = Object.fromEntries(
    Object.entries(plan.agents).map(([key, agent]) => {
      const meant = agent.tools.flatMap((word) => meantBy(`The agent ${agent.name}`, word));
      const tools = [...new Set(meant)].filter((name) => !isOfServer(name) || !isTaken(agent, name));
      return [key, { ...agent, tools }];
    }),
  );
  for (const name of called) meantBy('A task', name);
  if (problems.length > 0) throw new Error([...new Set(problems)].join('\n'));
  for (const name of offered.twice) leftOut.add(`There are two tools ${toWireName(name)}: agents get the first one`);
  for (const line of unknownEffects(plan, how.offers)) leftOut.add(line);
  for (const [name, why] of offered.unusable) leftOut.add(`No agent gets ${toWireName(name)}: ${why}`);
  const used = new Set([...Object.values(agents).flatMap(({ tools }) => tools), ...called]);
  const tools = [...offered.tools.values()].filter(({ name }) => used.has(name));
  return { ...plan, agents, ...(plan.mcp && { mcp: { ...plan.mcp, tools, ...leftOutOf([...leftOut]) } }) };
}

// A word that meets no tool leaves the one that was meant as careful as all others.
function unknownEffects({ mcp }: Plan, offers: FreezeWith['offers']): string[] {
  const servers = new Map((mcp?.sources ?? []).toReversed().flatMap((source) => [...serversIn(source)]));
  return [...offers].flatMap(([server, offered]) => {
    if (typeof offered === 'string') return [];
    const names = offered.map(({ tool }) => tool);
    const unknown = Object.keys(servers.get(server)?.effects ?? {}).filter((name) => !names.includes(name));
    return unknown.map((name) => {
      const hint = nearestHint(name, names);
      return `"effects" of the server ${server} names the tool ${name}, which it does not have${hint === null ? '' : `: ${hint}`}`;
    });
  });
}

function leftOutOf(lines: readonly string[]): Pick<McpPlan, 'leftOut'> {
  if (lines.length === 0) return {};
  const more = lines.length - mostLeftOut;
  const told = lines.slice(0, mostLeftOut).map((line) => safeLine(line).slice(0, 400).toWellFormed());
  return { leftOut: more > 0 ? [...told, `and ${more} more`] : told };
}

/** What servers offer of what is meant, by the names that agents use. */
interface Offered {
  tools: ReadonlyMap<ToolName, McpTool>;
  /** Why others cannot be used. */
  unusable: ReadonlyMap<ToolName, string>;
  /** Names of all that there are, whether anybody means them or not. */
  names: readonly ToolName[];
  /** Those of which there are two: the first one counts. */
  twice: readonly ToolName[];
  /** Servers that offer nothing, and why. */
  refused: ReadonlySet<string>;
  problems: readonly string[];
}

function takeOffers({ offers, hashOf, schemaProblem }: FreezeWith, words: ReadonlySet<ToolName>): Offered {
  const tools = new Map<ToolName, McpTool>();
  const unusable = new Map<ToolName, string>();
  const names: ToolName[] = [];
  const twice: ToolName[] = [];
  const refused = new Set<string>();
  const problems: string[] = [];
  const isMeant = (name: ToolName): boolean => [...words].some((word) => matchesGlob(name, word));
  for (const [server, offered] of offers) {
    const refuse = (what: string): void => {
      refused.add(server);
      problems.push(`The server of tools "${server}"${what}`);
    };
    if (typeof offered === 'string') refuse(`: ${offered}`);
    else if (offered.length > mostOffered) refuse(` has more than ${mostOffered} tools.`);
    else {
      const named = firstOfEach(server, offered);
      names.push(...named.first.keys());
      const meant = [...named.first].filter(([name]) => isMeant(name));
      twice.push(...named.twice.filter(isMeant));
      if (meant.length > mostTools)
        refuse(` has ${meant.length} tools that agents name; a run can have ${mostTools} of them: name fewer.`);
      else if (JSON.stringify(meant).length > mostSaid)
        refuse(` says more than ${mostSaid / 1000} kB of the tools that agents name: name fewer.`);
      else
        for (const [name, tool] of meant) {
          const why = usageProblem(tool, schemaProblem);
          if (why !== null) unusable.set(name, why);
          else tools.set(name, { ...toModel(tool), name, server, hash: hashOf(tool) });
        }
    }
  }
  return { tools, unusable, names, twice, refused, problems };
}

function firstOfEach(server: string, offered: readonly OfferedTool[]) {
  const first = new Map<ToolName, OfferedTool>();
  const twice = new Set<ToolName>();
  for (const tool of offered) {
    const name = toToolName(server, tool.tool);
    if (first.has(name)) twice.add(name);
    else first.set(name, tool);
  }
  return { first, twice: [...twice] };
}

function serverIn(name: ToolName): string {
  return name.split('.')[0]!;
}

function calledByTasks({ tasks }: Plan): ToolName[] {
  return tasks.flatMap(({ work, compensate }) => [
    ...(work?.kind === 'tool' ? [work.tool] : []),
    ...(compensate?.kind === 'tool' ? [compensate.tool] : []),
  ]);
}

// What an agent's own file takes away, its model need not hear of.
function isTaken({ rules = [] }: Agent, name: ToolName): boolean {
  const isWhole = ({ action, match, unless }: ToolRule): boolean => action === 'deny' && match === null && !unless;
  return rules.some((rule) => isWhole(rule) && matchesGlob(name, rule.tool));
}

function usageProblem({ tool, input }: OfferedTool, schemaProblem: FreezeWith['schemaProblem']): string | null {
  const said = JSON.stringify([tool, input]);
  if (said.includes('\\u0000') || /\\u[dD][89a-fA-F]/.test(said)) return 'what it says of itself is no text';
  if (JSON.stringify(input).length > longestSchema) return 'what it says of its input is longer than 32 kB';
  if (input['type'] !== 'object') return 'its input is no object';
  // Models' APIs take none of these there.
  const choice = ['oneOf', 'anyOf', 'allOf'].find((key) => key in input);
  if (choice !== undefined) return `its input is a choice (${choice}), which no model can be given`;
  const problem = schemaProblem(input);
  return problem === null ? null : `what it says of its input is no JSON Schema: ${problem}`;
}

function unknown(who: string, word: ToolName, { names, unusable }: Offered): string {
  const why = unusable.get(word);
  const name = toWireName(word);
  if (why !== undefined) return `${who} names the tool ${name}, which cannot be used: ${why}.`;
  const server = serverIn(word);
  const hint = nearestHint(name, names.filter((each) => serverIn(each) === server).map(toWireName));
  return `${who} names the tool ${name}, which the server ${server} does not have${hint === null ? '.' : `: ${hint}`}`;
}
