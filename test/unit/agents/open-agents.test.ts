import { describe, expect, it } from 'vitest';
import { listAgents, openAgents } from '../../../src/agents/open-agents.ts';
import { agentDirsFor } from '../../../src/definition/agent-dirs.ts';
import { loadPlan } from '../../../src/definition/load-plan.ts';
import { folderOf } from './agent-folder.ts';
import { shippedDir, shippedFiles } from './shipped-files.ts';

const mine = (system: string, ...lines: string[]) => ['---', 'description: Mine', ...lines, '---', system].join('\n');

describe('openAgents', () => {
  it('opens an agent that comes with Gaffer by its name, and by its category and name', () => {
    const { agents, find, diagnostics, ownCount } = openAgents([]);
    expect(agents.get('sql-pro')).toMatchObject({ name: 'sql-pro', tools: ['filesystem', 'bash'] });
    expect(agents.get('languages/sql-pro')).toMatchObject({ name: 'languages/sql-pro' });
    expect(find('sql-pro')).toMatchObject({ category: 'languages', tags: expect.arrayContaining(['sql']) });
    expect([...agents.keys()].toSorted()).toEqual(
      shippedFiles()
        .map(({ name }) => name)
        .toSorted(),
    );
    expect([diagnostics, ownCount]).toEqual([[], 0]);
    for (const name of ['sql-pr', 'backend/sql-pro', '../languages/sql-pro', 'base/crew', 'README', '/sql-pro', '']) {
      expect([name, agents.has(name)]).toEqual([name, false]);
    }
  });

  it('prefers the user’s own, keeps ours reachable, and puts none of ours in the place of a broken one', () => {
    const dir = folderOf({ 'sql-pro.md': mine('Mine.'), 'go-pro.md': mine('Broken.', 'max_turns: many') });
    const { agents, byAgent } = openAgents([dir]);
    expect(agents.get('sql-pro')?.system).toBe('Mine.');
    expect(agents.get('languages/sql-pro')?.system).toContain('## Method');
    expect(agents.get('go-pro')).toBeUndefined();
    expect(byAgent?.get('go-pro')).toMatchObject([{ severity: 'error', line: 3 }]);
    const names = listAgents([dir]).agents.map(({ agent }) => agent.name);
    expect(names[0]).toBe('sql-pro');
    expect(names.length).toBe(shippedFiles().length - 1);
  });

  it('reaches each of several agents of one name, and says which one the short name means', () => {
    const dir = folderOf({
      'plugins/api/agents/tester.md': mine('Api.'),
      'plugins/web/agents/tester.md': mine('Web.'),
      'plugins/web/commands/ship.md': mine('A command.'),
      'plugins/web/skills/look/SKILL.md': mine('A skill.', 'name: look'),
      'plugins/web/AGENTS.md': mine('For all.', 'name: all'),
      '01-core/coder.md': mine('Core.'),
    });
    const { agents, diagnostics } = openAgents([dir]);
    const system = (name: string) => agents.get(name)?.system;
    expect(['tester', 'api/tester', 'web/tester', 'coder', '01-core/coder'].map(system)).toEqual([
      ...['Api.', 'Api.', 'Web.', 'Core.', 'Core.'],
    ]);
    expect(['ship', 'look', 'all', 'SKILL'].map(system)).toEqual([undefined, undefined, undefined, undefined]);
    expect(diagnostics.map(({ message, hint }) => [message.replaceAll(dir, ''), hint])).toEqual([
      [
        'the agent "tester" is the one of /plugins/api/agents/tester.md: the other is "web/tester"',
        '"api/tester" says which one is meant',
      ],
    ]);
    const definition = { name: 'a', tasks: ['tester', 'web/tester'].map((profile) => ({ profile, prompt: 'Go.' })) };
    const source = { kind: 'object', value: definition, name: 'a' } as const;
    const { plan, warnings } = loadPlan(source, { agents: openAgents([dir]), cwd: dir });
    expect(Object.entries(plan.agents).map(([name, agent]) => [name, agent.name, agent.system])).toEqual([
      ['tester', 'tester', 'Api.'],
      ['web/tester', 'web/tester', 'Web.'],
    ]);
    expect(warnings.map(({ code }) => code)).toEqual(['duplicate-agent']);
  });

  it('is not told of our own folder as if it were a project’s', () => {
    expect(agentDirsFor('workflow.yaml', shippedDir.replace(/agents\/$/, ''))).not.toContain(
      shippedDir.replace(/\/$/, ''),
    );
  });
});

it('a warning that is the same for many files of a folder is said once, in a plan, too', () => {
  const names = Array.from({ length: 12 }, (_, at) => `agent-${at}`);
  const dir = folderOf(
    Object.fromEntries(names.map((name) => [`${name}.md`, mine('Do.', 'hooks: { Stop: [] }', 'color: red')])),
  );
  const { diagnostics, find } = openAgents([dir]);
  expect(diagnostics.map(({ message }) => message)).toEqual([
    'the key "hooks" is not used (so in 11 more files there)',
  ]);
  expect(find('agent-3')?.unused).toEqual({ hooks: { Stop: [] }, color: 'red' });
  const value = { name: 'a', tasks: names.slice(0, 5).map((profile) => ({ profile, prompt: 'Go.' })) };
  const { warnings } = loadPlan({ kind: 'object', value, name: 'a' }, { agents: openAgents([dir]), cwd: dir });
  expect(warnings.map(({ message }) => message)).toEqual(['the key "hooks" is not used (so in 4 more files there)']);
});
