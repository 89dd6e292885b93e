import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { loadDefinition } from '../../../../src/client/start/load-definition.ts';
import { checkServers } from '../../../../src/config/trusted-servers.ts';
import { tempFolder } from '../../../support/base/temp-folder.ts';

const servers = (names: string[]) =>
  JSON.stringify({ mcpServers: Object.fromEntries(names.map((name) => [name, { command: name }])) });

async function load(files: Record<string, string>) {
  const cwd = tempFolder();
  mkdirSync(join(cwd, 'agents'));
  const all = { 'workflow.yaml': 'default_profile: a\ntasks:\n  - { id: one, prompt: x }\n', ...files };
  for (const [name, text] of Object.entries(all)) writeFileSync(join(cwd, name), text);
  const { plan, warnings } = await loadDefinition(
    { kind: 'file', file: 'workflow.yaml' },
    { cwd, looksForFolders: false },
  );
  return { plan, agent: plan.agents['a']!, warnings: warnings.map(({ message }) => message).join('\n') };
}

const agentFile = (matter: string) => `---\nmodel: haiku\n${matter}\n---\nYou work.\n`;

it.each([
  ['github__list', ['github.list']],
  ['github__*, mcp__docs', ['github.*', 'docs.*']],
  ['mcp__github__list_*', ['github.list_*']],
  ['github.list, Read', ['filesystem', 'github.list']],
])('an agent with the tools %s has them of servers that a file declares', async (tools, expected) => {
  const { agent, plan } = await load({
    '.mcp.json': servers(['github', 'docs', 'unused']),
    'agents/a.md': agentFile(`tools: ${tools}`),
  });
  expect(agent.tools.toSorted()).toEqual(expected.toSorted());
  expect(plan.mcp!.sources).toHaveLength(1);
  expect(() => checkServers(plan)).toThrow(/nobody has trusted/);
});

it('agents that name no tools get those of their own file alone, and a plan without any has no servers', async () => {
  const own = agentFile('mcpServers:\n  - github\n  - mine: { command: mine }');
  const { agent, plan } = await load({ '.mcp.json': servers(['github', 'docs']), 'agents/a.md': own });
  expect(agent.tools.filter((name) => name.includes('.'))).toEqual(['github.*', 'mine.*']);
  expect(agent.mcp).toBeUndefined();
  expect(plan.mcp!.sources).toHaveLength(2);
  const none = await load({ '.mcp.json': servers(['github']), 'agents/a.md': agentFile('description: x') });
  expect(none.agent.tools.filter((name) => name.includes('.'))).toEqual([]);
  expect(none.plan.mcp).toBeUndefined();
});

it('what is taken away stays away, whatever is given as a whole', async () => {
  const matter = 'tools: github__*\ndisallowedTools: mcp__github__delete';
  const { agent } = await load({ '.mcp.json': servers(['github']), 'agents/a.md': agentFile(matter) });
  expect(agent.rules).toMatchObject([{ tool: 'github.delete', action: 'deny', match: null }]);
  const careful = await load({
    '.mcp.json': servers(['github']),
    'agents/a.md': agentFile('tools: github__*, web\npermissionMode: plan'),
  });
  expect(careful.agent.tools).toEqual(['web']);
});

it('servers that nobody declares are errors or warnings with a way out, and broken files keep nothing from running', async () => {
  await expect(load({ 'agents/a.md': agentFile('tools: github.list') })).rejects.toThrow(/unknown tool "github.list"/);
  const { warnings } = await load({
    '.mcp.json': '{ "mcpServers": { "x": { } } }',
    'agents/a.md': agentFile('description: y'),
  });
  expect(warnings).toContain('the server "x" is not used: it needs a "command" or a "url"');
  const broken = await load({ '.mcp.json': '{ no', 'agents/a.md': agentFile('mcpServers: [githbu]') });
  expect(broken.warnings).toContain('there is no server of tools "githbu"');
});

it('rules and tasks name tools of servers as agents do', async () => {
  const { plan } = await load({
    '.mcp.json': servers(['github']),
    'agents/a.md': agentFile('tools: Read'),
    'workflow.yaml':
      'policy: [{ tool: "github__*", action: ask }]\ndefault_profile: a\ntasks:\n  - { id: one, tool: github__list, input: {} }\n',
  });
  expect(plan.policy[0]!.tool).toBe('github.*');
  expect(plan.tasks[0]!.work).toMatchObject({ kind: 'tool', tool: 'github.list' });
});

it.each([
  ['{ "mcpServers": { "notes": { "comand": "x" } } }', /needs a "command" or a "url"/],
  ['{ "mcpServers": { "notes": ', /warning: .*\.mcp\.json|\.mcp\.json:.*warning/],
  ['{ "mcpServer": {} }', /there is no object "mcpServers"/],
])(
  'a tool that is not known because its server is not understood comes with what is wrong there: %s',
  async (text, why) => {
    const task = 'default_profile: a\ntasks:\n  - { id: one, tool: notes__find, input: {} }\n';
    const files = { '.mcp.json': text, 'agents/a.md': agentFile('tools: Read'), 'workflow.yaml': task };
    await expect(load(files)).rejects.toThrow(/unknown tool "notes__find"/);
    await expect(load(files)).rejects.toThrow(why);
  },
);

it("also where an agent's own file declares it, and says nothing of servers where no tool is missing", async () => {
  const own = agentFile('tools: notes__find\nmcpServers:\n  - notes: { comand: x }');
  await expect(load({ 'agents/a.md': own })).rejects.toThrow(/unknown tool[^]*needs a "command" or a "url"/);
  const other = { '.mcp.json': '{', 'agents/a.md': agentFile('tools: Read'), 'workflow.yaml': 'taskz: []\n' };
  await expect(load(other)).rejects.toThrow(/^(?![^]*mcp\.json)/);
});

it.each([
  ['nots__*', 'did you mean "notes__*"?'],
  ['nots__find_notes', 'did you mean "notes__find_notes"?'],
  ['unlike__*', 'those of servers by .mcp.json'],
])('a name or glob of a server that there is none of is an error as people write it: %s', async (tools, hint) => {
  const files = { '.mcp.json': servers(['notes']), 'agents/a.md': agentFile(`tools: ${tools}`) };
  await expect(load(files)).rejects.toThrow(`unknown tool "${tools}"`);
  await expect(load(files)).rejects.toThrow(hint);
});
