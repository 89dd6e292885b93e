import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { loadAgents } from '../../../src/agents/registry.ts';
import { fileActions, isForeignTool, meantTools } from '../../../src/agents/tool-words.ts';
import type { Agent } from '../../../src/domain/plan/plan.ts';
import { builtInList, builtInTools } from '../../../src/domain/tool-names.ts';
import { deliverables, likeness, promptParts, runsOfFive, section, shippedDir, shippedFiles } from './shipped-files.ts';

const files = shippedFiles();
const { agents, diagnostics } = loadAgents([shippedDir]);
const byCategory = [...new Set(files.map(({ category }) => category))].map((category) => ({
  category,
  names: files.filter((file) => file.category === category).map(({ name }) => name),
}));

const ownTools: readonly string[] = builtInList.map(({ name }) => name);

/** What is called as some assistant's tool is, and means a thing of the agent's own trade. */
const otherTrades = [
  'agent in Clojure',
  'shell in Ansible',
  'ls in a shell',
  'MONITOR in Redis',
  'SendMessage in Unity',
].map((line) => line.split(' ')[0]!);

/** Names that the documents say, which this product has to run unchanged. */
const namedBySeeds = {
  'the six templates': [
    ...['backend-architect', 'database-optimizer', 'frontend-developer', 'test-automator', 'security-auditor'],
    ...['frontend-security-coder', 'backend-security-coder', 'cloud-architect', 'performance-engineer'],
    ...['code-reviewer', 'docs-architect', 'deployment-engineer', 'devops-troubleshooter'],
  ],
  'the eight specialists': [
    ...['backend-engineer', 'elasticsearch-architect', 'ai-engineer', 'frontend-specialist', 'devops-specialist'],
    ...['qa-engineer', 'security-auditor', 'docs-writer'],
  ],
  'the team file': [
    ...['manager', 'backend-dev', 'frontend-dev', 'qa-tester'],
    ...['team_manager', 'backend_developer', 'frontend_developer', 'qa_tester'],
  ],
  'the foreman and its workers': ['foreman', 'coding-worker', 'research-worker', 'testing-worker', 'worker'],
  'mount plans': ['general', 'planning-agent'],
  'the pools of workstreams': ['aider', 'codex', 'claude_code', 'copilot'],
  coordination: ['orchestrator', 'reviewer', 'judge', 'summariser', 'merger'],
};

describe('the shipped agents', () => {
  it('are at least 154, load without a diagnostic, and have names of their own', () => {
    expect(diagnostics).toEqual([]);
    expect(agents.size).toBe(files.length);
    expect(agents.size).toBeGreaterThanOrEqual(154);
  });

  it.each(Object.entries(namedBySeeds))('hold what %s name', (_, names) => {
    expect(names.filter((name) => !agents.has(name))).toEqual([]);
  });

  it('say their file’s name, their folder as category, tags, a tier, turns, and tools by the names that they have here', () => {
    const wrong = files.filter(({ name, category, matter }) => {
      const tools = valueOf(matter, 'tools').replace(/[[\]]/g, '').split(', ');
      return !(
        valueOf(matter, 'name') === name &&
        valueOf(matter, 'category') === category &&
        /^\[[a-z0-9]+(-[a-z0-9]+)*(, [a-z0-9]+(-[a-z0-9]+)*)+\]$/.test(valueOf(matter, 'tags')) &&
        ['opus', 'sonnet', 'haiku'].includes(valueOf(matter, 'model')) &&
        Number(valueOf(matter, 'max_turns')) > 0 &&
        tools.every((tool) => ownTools.includes(tool)) &&
        agents.get(name)!.description.length <= 200
      );
    });
    expect(wrong.map(({ name }) => name)).toEqual([]);
  });

  it('fill every category, and use every tier and every part of a prompt', () => {
    expect(byCategory.filter(({ names }) => names.length < 5)).toEqual([]);
    expect(new Set([...agents.values()].map(({ model }) => model)).size).toBe(3);
    const unused = promptParts().filter((part) => !files.some(({ matter }) => matter.includes(`../${part}`)));
    expect(unused).toEqual([]);
  });
});

describe('the prompt of each shipped agent', () => {
  it('has a purpose, a method, what it hands over by name and form, what it must not do, and when it asks', () => {
    const order = ['## Method', '## Hands over', '## Must not', '## Asks'];
    for (const { name, body } of files) {
      expect([name, body.match(/^## .+$/gm)]).toEqual([name, order]);
      expect([name, body.slice(0, body.indexOf('## ')).trim().length > 80]).toEqual([name, true]);
      expect([name, deliverables(body).length > 0]).toEqual([name, true]);
      expect([name, section(body, 'Asks').includes('`report_blocker`')]).toEqual([name, true]);
    }
  });

  it('hands over something that no other one hands over', () => {
    const all = files.flatMap(({ body }) => deliverables(body));
    expect(all.filter((one, index) => all.indexOf(one) !== index)).toEqual([]);
  });

  it('names no tool that does not exist or that the agent has not got, and changes no files where it may not', () => {
    expect([...agents.values()].flatMap(strangeWords)).toEqual([]);
  });

  it('is nobody else’s with other nouns', () => {
    const runs = files.map(({ name, body }) => ({ name, own: runsOfFive(body) }));
    const alike = runs.flatMap((left, index) =>
      runs.slice(index + 1).flatMap((right) => {
        const share = likeness(left.own, right.own);
        return share > mostAlike ? [`${left.name} and ${right.name}: ${share.toFixed(2)}`] : [];
      }),
    );
    expect(alike).toEqual([]);
  });

  it('is short enough to be read, and long enough to say something', () => {
    const lengths = files.map(({ name, body }) => ({ name, words: body.split(/\s+/).length }));
    expect(lengths.filter(({ words }) => words < 220 || words > 520)).toEqual([]);
  });
});

// Two of them share at most a hundredth of their runs of words; filling a template in scores ten times this limit.
const mostAlike = 0.03;

it('two prompts that differ in every sixth word are alike', () => {
  const words = files[0]!.body.split(/\s+/);
  const filled = words.map((word, index) => (index % 6 === 0 ? `other${index}` : word)).join(' ');
  expect(likeness(runsOfFive(files[0]!.body), runsOfFive(filled))).toBeGreaterThan(mostAlike);
});

it('the page about the shipped agents names every one of them under its category, and none besides', () => {
  const page = readFileSync(new URL('../../../docs/shipped-agents.md', import.meta.url), 'utf8');
  const rows = [...page.matchAll(/^\| `([\w-]+)` \| (\d+) \| (.+) \|$/gm)].map(([, category, count, names]) => ({
    category,
    count: Number(count),
    names: [...names!.matchAll(/`([\w-]+)`/g)].map((match) => match[1]!),
  }));
  expect(rows).toEqual(byCategory.map(({ category, names }) => ({ category, count: names.length, names })));
});

/** Words in backquotes that name a tool, or an action of one, which is not this agent's. */
function strangeWords({ name, system, tools, rules = [] }: Agent): string[] {
  const given = [...tools, builtInTools.reportBlocker.name];
  const mayWrite = tools.includes('filesystem') && rules.length === 0;
  const words = [...system.matchAll(/`([A-Za-z_.]+)`/g)].map((match) => match[1]!);
  const strange = words.filter((word) => {
    if (otherTrades.includes(word)) return false;
    if (ownTools.includes(word)) return !given.includes(word);
    if (word === 'write' || word === 'edit') return !mayWrite;
    if (fileActions.some((action) => action === word)) return !given.includes('filesystem') && !given.includes('issue');
    if (['claim', 'unblock', 'block', 'close', 'comment', 'create'].includes(word)) return !given.includes('issue');
    return isForeignTool(word) || meantTools(word, builtInList).length > 0;
  });
  return strange.map((word) => `${name}: ${word}`);
}

function valueOf(matter: string, key: string): string {
  return new RegExp(`^${key}: (.+)$`, 'm').exec(matter)?.[1] ?? '';
}
