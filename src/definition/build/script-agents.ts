import type { AgentRegistry } from '../../agents/registry.ts';
import { providerOf } from '../../domain/money/model-table.ts';
import type { PlanScript } from '../../domain/plan/plan-script.ts';
import { generalAgents } from '../../domain/plan/script-agents.ts';

/** How many agents a plan keeps at most for a script that names them as it runs. */
const mostAgents = 1000;

// `agentType` with anything but a literal behind it: whom it means is known as it runs.
const openType = /agentType(?!\s*:\s*(?:'[^'\\\n]*'|"[^"\\\n]*"|`[^`\\$]*`)\s*[,}\n])/;

// Names in so many words, also `plugin/name`.
const literalType = /agentType['"]?\s*:\s*(['"`])([^'"`\n]{1,200})\1/g;

/** Whom a script may ask. */
export interface ScriptAgents {
  /** Who is asked where it names nobody; undefined: there is none. */
  usual: string | undefined;
  /** Those that it names in so many words, the usual one included. */
  named: string[];
  /** All that it may come to name; the same as `named` where it names all in so many words. */
  all: string[];
}

/** The agents that go into the plan of a script: those that stand in it or in its `args`, and all there are where it may name any. */
export function agentsFor({ source, args, children }: PlanScript, { agents, byAgent }: AgentRegistry): ScriptAgents {
  const sources = [source, ...Object.values(children).map((child) => ('source' in child ? child.source : ''))];
  const texts = [...sources, JSON.stringify(args ?? null)];
  const usual = generalAgents.find((name) => agents.has(name));
  const isNamed = (name: string): boolean =>
    texts.some((text) => ["'", '"', '`'].some((q) => text.includes(q + name + q)));
  const isWhole = (name: string): boolean => !byAgent?.get(name)?.some(({ severity }) => severity === 'error');
  const known = [...agents.keys()];
  const literal = sources.flatMap((text) => [...text.matchAll(literalType)].map(([, , name]) => name!));
  const asked = [...known.filter(isNamed), ...literal.filter((name) => agents.has(name))];
  const named = [...new Set([...(usual === undefined ? [] : [usual]), ...asked])];
  const isOpen = sources.some((text) => openType.test(text)) && known.length <= mostAgents;
  if (!isOpen) return { usual, named, all: named };
  // A key of another provider is not asked for because of agents that may never be named.
  const providers = new Set(named.map((name) => providerOf(agents.get(name)!)));
  const fits = (name: string): boolean => {
    const agent = isWhole(name) ? agents.get(name) : undefined;
    return agent !== undefined && providers.has(providerOf(agent));
  };
  return { usual, named, all: [...new Set([...named, ...known.filter(fits)])] };
}
