import { isDeepStrictEqual } from 'node:util';
import { describe, expect, it } from 'vitest';
import { loadAgents } from '../../../src/agents/registry.ts';
import type { Agent } from '../../../src/domain/plan/plan.ts';
import { readCall } from '../../../src/domain/tools/canonical-call.ts';
import { decideToolCall, rulesFor } from '../../../src/domain/tools/tool-policy.ts';
import { folderOf } from './agent-folder.ts';
import { hiddenHands } from './hidden-hands.ts';
import { oddHands, oddShapes } from './odd-agent-files.ts';
import { file, probes, publicFiles } from './public-agent-files.ts';

const files = publicFiles();

/** What an agent may do, `~` before what people are asked about. */
function mayOf(agent: Agent): string[] {
  const rules = rulesFor({ agents: { [agent.name]: agent }, policy: [] }, agent.name);
  return Object.entries(probes).flatMap(([name, [tool, input]]) => {
    if (!agent.tools.includes(tool)) return [];
    const { action } = decideToolCall(rules, agent.name, readCall(tool, input, '/work'));
    return action === 'deny' ? [] : [action === 'ask' ? `~${name}` : name];
  });
}

describe('agent files as they are found in public', () => {
  it('load with exactly the hands that their author gave, or are refused with a reason and its line', () => {
    const { agents, byAgent } = loadAgents([
      folderOf(Object.fromEntries(files.map((each) => [each.path, each.content]))),
    ]);
    const wrong = files.flatMap(({ name, may, title, content }) => {
      const agent = agents.get(name);
      const errors = byAgent!.get(name)!.filter(({ severity }) => severity === 'error');
      const found = agent
        ? { may: mayOf(agent).toSorted(), system: agent.system }
        : { lines: errors.map(({ line }) => line) };
      const isRight =
        agent && may !== null
          ? isDeepStrictEqual(found, { may: may.split(' ').filter(Boolean).toSorted(), system: 'You review changes.' })
          : agent === undefined && may === null && errors.some(({ line }) => line !== null);
      return isRight ? [] : [{ title, content, found, may }];
    });
    expect(wrong).toEqual([]);
    expect(files.length).toBeGreaterThan(400);
  });

  it('load so, or are refused by a name and a line, in spellings and shapes that nobody foresaw', () => {
    const odd = [
      ...[...oddHands, ...hiddenHands].map(([lines, may]) => ({
        content: file('name: reviewer', ...[lines].flat()),
        may,
      })),
      ...Object.values(oddShapes).map(([content, may]) => ({ content, may })),
    ].map(({ content, may }, at) => ({ name: `odd-${at}`, content: content.replaceAll('reviewer', `odd-${at}`), may }));
    const { agents, byAgent } = loadAgents([
      folderOf(Object.fromEntries(odd.map(({ name, content }) => [`${name}.md`, content]))),
    ]);
    const sorted = (may: string) => may.split(' ').filter(Boolean).toSorted();
    const wrong = odd.flatMap(({ name, content, may }) => {
      const agent = agents.get(name);
      const errors = (byAgent!.get(name) ?? []).filter(({ severity }) => severity === 'error');
      const found = agent ? mayOf(agent).toSorted() : errors.map(({ code, line }) => (line === null ? null : [code]));
      const right = typeof may === 'string' ? sorted(may) : may === null ? [] : [may];
      const isRight =
        isDeepStrictEqual(found.slice(0, agent ? undefined : 1), right) &&
        (agent === undefined) === (typeof may !== 'string');
      return isRight ? [] : [{ content: content.slice(0, 200), found, right }];
    });
    expect(wrong).toEqual([]);
  });
});
