import { describe, expect, it } from 'vitest';
import type { CrewPool } from '../../../src/agents/choose-crew.ts';
import { chooseCrew } from '../../../src/agents/choose-crew.ts';
import type { Agent, ToolRule } from '../../../src/domain/plan/plan.ts';
import { planDefaults } from '../../../src/domain/plan/plan.ts';
import type { CanonicalCall } from '../../../src/domain/tools/canonical-call.ts';
import { decideToolCall, rulesFor } from '../../../src/domain/tools/tool-policy.ts';
import { registryOf } from '../definition/registry-of.ts';

const approval = { by: [], ...planDefaults.approval };
const rule = (action: ToolRule['action'], tool: string): ToolRule => {
  return { tool, match: null, agents: [], action, approval };
};

/** A pool of agents that differ in what is said here. */
function poolOf(agents: Record<string, Partial<Agent>>): CrewPool {
  const registry = registryOf(...Object.keys(agents));
  const all = Object.entries(agents).map(([name, more]): Agent => ({ ...registry.agents.get(name)!, ...more }));
  const known = { ...registry, agents: new Map(all.map((agent) => [agent.name, agent])) };
  const list = () => all.map((agent) => ({ agent, file: '', category: null, tags: [], unused: {} }));
  return { agents: known, managers: known, list };
}

describe('a crew', () => {
  const choice = { manager: 'lead', need: 'coder', names: null };

  it('is the twelve who fit best, with one for the rest, and nobody who splits work', () => {
    const others = Object.fromEntries(Array.from({ length: 20 }, (_, index) => [`coder-${index}`, {}]));
    const pool = poolOf({ lead: {}, general: {}, baker: {}, 'coder-x': { tools: ['plan_tasks'] }, ...others });
    const { names } = chooseCrew(pool, choice);
    expect(names).toEqual([...Array.from({ length: 11 }, (_, index) => `coder-${index}`), 'general']);
    expect(chooseCrew(pool, { ...choice, names: ['baker'] }).names).toEqual(['baker']);
  });

  it('of a folder that somebody named is all that has room, who fits first', () => {
    const others = Object.fromEntries(Array.from({ length: 14 }, (_, index) => [`baker-${index}`, {}]));
    const few = poolOf({ lead: {}, baker: {}, coder: {}, splitter: { tools: ['plan_tasks'] } });
    const namesOf = (pool: CrewPool, need = 'coder'): string[] => chooseCrew(pool, { ...choice, need }).names;
    expect(namesOf({ ...few, isNamed: true })).toEqual(['coder', 'baker']);
    expect(namesOf({ ...few, isNamed: true }, 'Build semantic search')).toEqual(['baker', 'coder']);
    expect(namesOf(few, 'Build semantic search')).toEqual([]);
    expect(namesOf({ ...poolOf({ ...others, coder: {} }), isNamed: true })).toEqual([
      ...['coder', ...Array.from({ length: 11 }, (_, index) => `baker-${index}`)],
    ]);
  });

  it('has no tool that its manager has not, and says who lost which', () => {
    const pool = poolOf({
      lead: { tools: ['filesystem', 'plan_tasks'] },
      coder: { tools: ['bash', 'filesystem', 'web'] },
    });
    const { agents, lost } = chooseCrew(pool, choice);
    expect(agents.agents.get('coder')!.tools).toEqual(['filesystem']);
    expect([...lost]).toEqual([['coder', ['bash', 'web']]]);
  });

  it('is held to the rules of its manager and to its own, whichever is stricter', () => {
    const pool = poolOf({
      lead: { rules: [rule('ask', 'bash'), rule('deny', 'web'), rule('allow', 'memory')] },
      coder: { rules: [rule('ask', 'web'), rule('deny', 'bash'), rule('ask', 'memory')] },
    });
    const coder = chooseCrew(pool, choice).agents.agents.get('coder')!;
    expect(coder.bounds).toEqual([pool.agents.agents.get('lead')!.rules]);
    expect(coder.rules).toEqual(pool.agents.agents.get('coder')!.rules);
    const plan = { agents: { coder }, policy: [], bounds: [[rule('ask', 'issue')]] };
    const call = (tool: string): CanonicalCall => ({
      ...{ tool, kind: 'words', bodies: [''], implied: [], input: {}, roots: [], foldsCase: false },
    });
    const decide = (tool: string) => decideToolCall(rulesFor(plan, 'coder'), 'coder', call(tool)).action;
    expect(['bash', 'web', 'issue', 'memory', 'notes'].map(decide)).toEqual(['deny', 'deny', 'ask', 'ask', 'allow']);
  });

  it('takes its manager from elsewhere where its pool has none', () => {
    const pool = { ...poolOf({ coder: { tools: ['bash'] } }), managers: poolOf({ lead: { tools: [] } }).agents };
    const { names, agents } = chooseCrew(pool, choice);
    expect(names).toEqual(['coder']);
    expect(agents.agents.has('lead')).toBe(true);
    expect(agents.agents.get('coder')!.tools).toEqual([]);
  });
});
