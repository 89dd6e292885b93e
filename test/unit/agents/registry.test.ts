import { mkdirSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { loadAgents } from '../../../src/agents/registry.ts';
import { formatDiagnostic } from '../../../src/definition/source/diagnostic.ts';
import { planDefaults } from '../../../src/domain/plan/plan.ts';
import { builtInList } from '../../../src/domain/tool-names.ts';
import { folderOf } from './agent-folder.ts';

function agentOf(file: string, content: string) {
  const registry = loadAgents([folderOf({ [file]: content })]);
  return {
    agent: [...registry.agents.values()][0],
    found: registry.diagnostics.map(({ code, line }) => `${line} ${code}`),
    registry,
  };
}

const everyTool = builtInList.flatMap(({ name, isDefault }) => (isDefault ? name : []));

describe('loadAgents', () => {
  it('reads Markdown with front matter, the body being the system prompt', () => {
    const { agent, found } = agentOf(
      'reviewer.md',
      '---\nname: code-reviewer\ndescription: Reviews code\nmodel: haiku\ntools: issue, filesystem\ncategory: quality\ntags: [a, b]\nmax_turns: 7\nmax_tokens: 900\n---\n\nYou review.\n\n---\nStrictly.\n',
    );
    expect(found).toEqual([]);
    expect(agent).toEqual({
      name: 'code-reviewer',
      description: 'Reviews code',
      model: 'claude-haiku-4-5',
      tools: ['issue', 'filesystem'],
      maxTurns: 7,
      maxTokens: 900,
      system: 'You review.\n\n---\nStrictly.',
    });
  });

  it('takes an agent that names the loop that is built in as one that names none', () => {
    const { agent, found } = agentOf('codex.md', '---\nrunner: loop\n---\nWork.\n');
    expect(found).toEqual([]);
    expect(agent).toEqual(agentOf('codex.md', '---\nname: codex\n---\nWork.\n').agent);
  });

  it('fills in the file name, the default model, and every tool when none are listed', () => {
    const { agent } = agentOf('helper.md', '---\r\ndescription: Helps\r\nmodel: inherit\r\n---\r\nHelp.\r\n');
    expect(agent).toEqual({
      name: 'helper',
      description: 'Helps',
      model: planDefaults.agent.model,
      tools: everyTool,
      maxTurns: 50,
      maxTokens: 8192,
      system: 'Help.',
    });
  });

  it.each([
    ['Read, Write, Edit, MultiEdit, Glob, Grep, LS', ['filesystem'], []],
    ['Bash', ['bash'], []],
    ['[WebFetch, WebSearch, issue]', ['issue', 'web'], ['2 unknown-tool']],
    ['Read, Grep', ['filesystem'], []],
    ['Read, Write, Task, mcp__x__y', ['filesystem'], ['2 unknown-tool', '2 unknown-tool']],
    ['"*"', everyTool, []],
    ['[]', [], []],
    ['', [], []],
    ['constructor', [], ['2 unknown-tool']],
  ])('takes the tools %s as %j', (tools, ours, warnings) => {
    const { agent, found } = agentOf('a.md', `---\ntools: ${tools}\n---\nDo.`);
    expect(agent?.tools).toEqual(ours);
    expect(found).toEqual(warnings);
  });

  it('reads front matter as coding assistants write it, colons and all', () => {
    const { agent, found } = agentOf(
      'a.md',
      '---\nname: planner\ndescription: Use this agent when: planning. <example>user: "go"\\nassistant: ok</example>\ntools: Bash\nmax_turns: 9\ncolor: blue\n---\nPlan.',
    );
    expect(agent).toMatchObject({ name: 'planner', tools: ['bash'], maxTurns: 9, system: 'Plan.' });
    expect(agent?.description).toContain('when: planning. <example>');
    expect(found).toEqual(['1 loose-front-matter']);
  });

  it.each(['prompt', 'instructions', 'system'])('reads YAML with its prompt under %s', (key) => {
    const { agent, found } = agentOf('coder.yaml', `model: opus\ntools: [bash]\n${key}: |\n  You code.\n`);
    expect(found).toEqual([]);
    expect(agent).toMatchObject({ name: 'coder', model: 'claude-opus-4-7', tools: ['bash'], system: 'You code.' });
  });

  it('gives an agent without a prompt one that names its role', () => {
    const { agent } = agentOf('coder.yaml', 'description: fixes bugs\n');
    expect(agent?.system).toContain('You are "coder"');
    expect(agent?.system).toContain('fixes bugs');
  });

  it('composes prompts of base and platforms, front matter left out', () => {
    const dir = folderOf({
      'a.md': '---\nbase: parts/base.md\nplatforms: [parts/web.md, parts/api.md]\n---\nOwn.',
      'parts/base.md': '---\nname: base\n---\nBase.\n',
      'parts/web.md': 'Web.',
      'parts/api.md': 'API.',
    });
    expect(loadAgents([dir]).agents.get('a')?.system).toBe('Base.\n\nWeb.\n\nAPI.\n\nOwn.');
  });

  it.each(['../secret.md', '/etc/passwd', 'link.md', 'missing.md', '.'])('refuses to compose with %s', (file) => {
    const root = folderOf({ 'secret.md': 'secret', 'agents/a.md': `---\nname: a\nbase: ${file}\n---\nOwn.` });
    symlinkSync(join(root, 'secret.md'), join(root, 'agents', 'link.md'));
    const registry = loadAgents([join(root, 'agents')]);
    expect(registry.agents.size).toBe(0);
    expect(registry.diagnostics).toMatchObject([{ severity: 'error', code: 'prompt-file', line: 3, column: 7 }]);
  });

  it('lets earlier folders win, and in one folder the first kind, saying so', () => {
    const first = folderOf({ 'a.md': '---\n{}\n---\nFirst.' });
    const second = folderOf({ 'a.md': '---\n{}\n---\nSecond.', 'b.yaml': 'prompt: B.', 'b.json': { tools: [] } });
    const registry = loadAgents([first, second]);
    expect(registry.agents.get('a')?.system).toBe('First.');
    expect(registry.agents.get('b')?.system).toBe('B.');
    expect(registry.diagnostics.map(({ code, file }) => [code, file])).toEqual([
      ['duplicate-agent', join(second, 'b.json')],
    ]);
  });

  it('passes over READMEs, other files, folders and folders that are not there', () => {
    const dir = folderOf({
      'README.md': '# Agents',
      'notes.txt': 'x',
      '.hidden.md': '---\nname: h\n---\n',
      'sub.md/x': '',
    });
    mkdirSync(join(dir, 'deep'));
    const registry = loadAgents([dir, join(dir, 'gone')]);
    expect([registry.agents.size, registry.diagnostics, registry.dirs]).toEqual([0, [], [dir, join(dir, 'gone')]]);
  });

  it.each([
    ['a.md', '---\nname: a\n', '1 front-matter'],
    ['a.md', '---\nmax_turns: many\n---\n', '2 wrong-type'],
    ['a.md', '---\nmax_turns: 0\n---\n', '2 bad-value'],
    ['a.md', '---\nrunner: cursor\n---\n', '2 unknown-runner'],
    ['a.yaml', 'runner: 5\n', '1 wrong-type'],
    ['a.md', `---\nname: ${'['.repeat(1000)}\n---\n`, '2 too-deep'],
    ['a.yaml', '- a\n', '1 wrong-type'],
    ['a.yaml', 'tools: { bash: true }\n', '1 wrong-type'],
    ['a.yaml', 'name: a\nname: b\n', '2 duplicate-key'],
    ['a.json', '{\n  "name": "thing"\n}', '1 not-an-agent'],
    ['a.json', '{\n  "tools": [\n    { "module": "tool-bash" }}\n', '3 syntax'],
    ['a.json', '{\n  "tools": [ { "modul": "tool-bash" } ]\n}', '2 missing-key'],
  ])('%s holding %j gives no agent and an error with its line', (file, content, expected) => {
    const { agent, registry, found } = agentOf(file, content);
    expect(agent).toBeUndefined();
    expect(found[0]).toBe(expected);
    expect(registry.diagnostics[0]?.severity).toBe('error');
    expect(registry.byAgent?.get('a')).toEqual(registry.diagnostics);
    expect(formatDiagnostic(registry.diagnostics[0]!)).toMatch(/a\.(md|yaml|json):\d+:\d+: error: /);
  });

  it.each([
    ['a.md', '---\nname: a\nmodel: claude-sonet-4-5\n---\n', 'claude-sonet-4-5', '3 unknown-model'],
    [
      'a.json',
      '{ "session": {},\n  "providers": [ { "module": "provider-anthropic", "config": { "default_model": "gpt-9" } } ] }',
      'gpt-9',
      '2 unknown-model',
    ],
  ])('%s holding %j keeps a model that the table does not know, and says where', (file, content, model, expected) => {
    const { agent, registry, found } = agentOf(file, content);
    expect(agent).toMatchObject({ model });
    expect(found).toEqual([expected]);
    expect(registry.diagnostics[0]).toMatchObject({
      severity: 'warning',
      hint: expect.stringMatching(/did you mean|known are/),
    });
  });

  it('warns of keys that it does not use, with the nearest one', () => {
    const { agent, registry } = agentOf('a.md', '---\nmaxTurns: 3\ndescripton: a\nhooks: []\n---\nDo.');
    expect(agent?.maxTurns).toBe(3);
    expect(registry.diagnostics).toMatchObject([
      { severity: 'warning', code: 'unknown-key', line: 3, hint: 'did you mean "description"?' },
      { severity: 'warning', code: 'unknown-key', line: 4 },
    ]);
  });

  it.each([
    ['```markdown\n---\nname: a\n---\nDo.\n```', '2 front-matter'],
    ['# A\n\n---\ndescription: a\n---\nDo.', '3 front-matter'],
    ['+++\nname = "a"\n+++\nDo.', '1 front-matter'],
  ])('says that front matter stands where it is not read: %j', (content, expected) => {
    expect(agentOf('a.md', content).found).toEqual([expected]);
  });

  it('finds agents behind links to files and folders, each once, and ends where links go round', () => {
    const dir = folderOf({
      'agents/review/sec.md': '---\nname: sec\n---\nLook.',
      'team/coder.md': '---\nname: coder\n---\nCode.',
      'one.txt': '---\nname: one\n---\nOne.',
    });
    const agents = join(dir, 'agents');
    symlinkSync(join(dir, 'team'), join(agents, 'team'));
    symlinkSync(join(dir, 'one.txt'), join(agents, 'one.md'));
    symlinkSync(agents, join(agents, 'review', 'round'));
    symlinkSync('itself', join(agents, 'itself'));
    symlinkSync(join(agents, 'review'), join(agents, 'again'));
    const registry = loadAgents([agents]);
    expect([...registry.agents.keys()].toSorted()).toEqual(['coder', 'one', 'sec']);
    expect(registry.diagnostics).toEqual([]);
  });

  it('gives tools of a server by name, as a whole or by a star, and takes them away so', () => {
    const tools = [
      ...builtInList,
      ...['mcp.hub.list', 'mcp.hub.delete_all', 'mcp.mail.send'].map((name) => ({ name })),
    ];
    const toolsOf = (...lines: string[]) =>
      loadAgents([folderOf({ 'a.md': ['---', ...lines, '---', 'Do.'].join('\n') })], tools).agents.get('a')?.tools;
    expect(toolsOf('tools: mcp__hub')).toEqual(['mcp.hub.list', 'mcp.hub.delete_all']);
    expect(toolsOf('tools: mcp__hub__*')).toEqual(['mcp.hub.list', 'mcp.hub.delete_all']);
    expect(toolsOf('tools: mcp__hub__list')).toEqual(['mcp.hub.list']);
    expect(toolsOf('tools: mcp__hub, mcp__mail', 'disallowedTools: mcp__hub__delete_*')).toEqual([
      ...['mcp.hub.list', 'mcp.mail.send'],
    ]);
    expect(toolsOf('tools: mcp__hub, mcp__mail', 'disallowedTools: mcp__*')).toEqual([]);
    expect(toolsOf('tools: Read, mcp__mail', 'disallowedTools: mcp__mail')).toEqual(['filesystem']);
  });

  it('finds Markdown agents in folders below, and nothing else there', () => {
    const dir = folderOf({
      'review/security/sec.md': '---\nname: sec\n---\nLook.',
      'review/package.json': '{}',
      'review/page.md': '---\ntitle: A page\n---\nText.',
      'sec.md': '---\nname: sec\n---\nMine.',
    });
    const { agents, diagnostics } = loadAgents([dir]);
    expect([...agents].map(([name, { system }]) => [name, system])).toEqual([
      ['sec', 'Mine.'],
      ['security/sec', 'Look.'],
    ]);
    expect(diagnostics.map(({ code, file }) => [code, file])).toEqual([
      ['duplicate-agent', join(dir, 'review/security/sec.md')],
    ]);
  });
});
