import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { listAgents, openAgents } from '../../src/agents/open-agents.ts';
import type { Lineage } from '../../src/contracts/orchestrate-input.ts';
import { loadPlan } from '../../src/definition/load-plan.ts';
import type { JsonObject } from '../../src/domain/json.ts';
import type { Plan } from '../../src/domain/plan/plan.ts';
import type { ScriptedConversation } from '../../src/testing/index.ts';
import { tempFolder } from '../support/base/temp-folder.ts';
import { openRunEnv, type RunEnv } from '../support/run/run-env.ts';
import { startFrom } from '../support/run/start-from.ts';

const used = { name: 'used', body: 'A page.' };

/** One call of a tool, as the agent of a task may make it. */
function callOf(tool: string, { prompt }: ScriptedConversation, url: string): JsonObject {
  const [, name, writes] = /^I am ([\w-]+)(, who writes)?\./.exec(prompt)!;
  const calls: Record<string, JsonObject> = {
    issue: { action: 'create', title: `Of ${name}` },
    filesystem: writes
      ? { action: 'write', path: `${name}.txt`, content: 'Mine.' }
      : { action: 'read', path: 'README.md' },
    bash: { command: 'cat README.md' },
    web: { url: `${url}/pages/${used.name}` },
    plan_tasks: { tasks: [{ id: `more-${name}`, profile: name!, prompt: 'More.' }] },
  };
  return calls[tool]!;
}

describe('the agents that come with Gaffer', () => {
  let env: RunEnv;
  let url = '';
  let rounds = 0;
  beforeAll(async () => {
    const usesAll = {
      name: 'uses all',
      when: (c: ScriptedConversation) => c.prompt.startsWith('I am ') && c.turn === 0,
      answer: (c: ScriptedConversation) => ({
        tools: c.tools
          .filter((name) => name !== 'report_blocker')
          .map((name) => ({ name, input: callOf(name, c, url) })),
      }),
    };
    const tells = {
      name: 'tells',
      when: (c: ScriptedConversation) => c.prompt.startsWith('I am '),
      answer: (c: ScriptedConversation) => ({
        text: c.results.map(({ name, isError, content }) => (isError ? `${name}: ${content}` : name)).join(' '),
      }),
    };
    const echo = { name: 'echo', when: () => true, answer: (c: ScriptedConversation) => ({ text: c.prompt }) };
    env = await openRunEnv({
      script: { rules: [usesAll, tells, echo], pages: { [used.name]: { body: used.body } } },
      settings: { unsandboxedShell: true },
    });
    url = env.model.url;
    env.settings.webAllow.push(new URL(url).host);
    writeFileSync(join(env.workspace, 'README.md'), 'A project.\n');
  });
  afterAll(() => env.close());

  it('use each of their tools', async () => {
    const { agents } = listAgents([]);
    const writes = ({ tools, rules = [] }: (typeof agents)[number]['agent']): boolean =>
      tools.includes('filesystem') && rules.length === 0;
    const tasks = agents.map(({ agent }) => ({
      ...{ id: agent.name, profile: agent.name, prompt: `I am ${agent.name}${writes(agent) ? ', who writes' : ''}.` },
    }));
    const limits = { tasks: 'inline', max_parallel: 20, usd: 1000, timeout: '1h' };
    const source = { kind: 'object', value: { name: 'all', limits, tasks }, name: 'all' } as const;
    const { plan } = loadPlan(source, { agents: openAgents([]), cwd: env.workspace });
    const result = await env.run(plan);
    const said = agents.map(({ agent }) => [agent.name, result.tasks[agent.name]?.output]);
    expect(said).toEqual(agents.map(({ agent }) => [agent.name, agent.tools.join(' ')]));
    expect(result).toMatchObject({ status: 'succeeded', summary: { failedTasks: 0, skippedTasks: 0 } });
  });

  it('are told of what a workspace has for them, once a conversation, where they can read it; a result depends on that', async () => {
    const workspace = tempFolder();
    const skill = (description: string): void => {
      mkdirSync(join(workspace, '.claude/skills/pdf'), { recursive: true });
      writeFileSync(
        join(workspace, '.claude/skills/pdf/SKILL.md'),
        `---\nname: pdf\ndescription: ${description}\nallowed-tools: Bash\n---\nUse pdftotext.\n`,
      );
    };
    writeFileSync(join(workspace, 'AGENTS.md'), 'Be kind.\n');
    skill('Reads PDFs');
    const blind = join(tempFolder(), 'agents');
    mkdirSync(blind);
    writeFileSync(join(blind, 'blind.md'), '---\ntools: issue\n---\nYou see nothing.\n');
    const one = { profile: 'c-pro', context_name: 'one' };
    const tasks = [
      { id: 'first', ...one, prompt: 'First.' },
      { id: 'second', ...one, prompt: 'Second.', depends_on: ['first'] },
      { id: 'blind', profile: 'blind', prompt: 'Blind.' },
    ];
    const source = { kind: 'object', value: { name: 'guided', tasks }, name: 'guided' } as const;
    const planOf = (): Plan =>
      loadPlan(source, { agents: openAgents([blind]), cwd: workspace, looksForFolders: true }).plan;
    const result = await env.run(planOf());
    const output = (id: string): string => result.tasks[id]!.output;
    expect(output('first').split('\n').slice(-2)).toEqual([
      '- {"file":"AGENTS.md"}',
      '- {"file":".claude/skills/pdf/SKILL.md","name":"pdf","description":"Reads PDFs"}',
    ]);
    expect([output('second'), output('blind')]).toEqual(['Second.', 'Blind.']);
    const row = (await env.store.runs.find(result.runId))!;
    const again = async (): Promise<string[]> => {
      const { runId } = result;
      const lineage: Lineage = { kind: 'reuse', run: runId, runKey: row.runKey, from: null, redo: [], only: null };
      const run = await startFrom(env, { plan: planOf(), runId: `${runId}-${++rounds}`, lineage });
      const { tasks: done } = await run.result();
      return ['first', 'second', 'blind'].map((id) => done[id]!.status);
    };
    expect(await again()).toEqual(['reused', 'reused', 'reused']);
    skill('Reads and writes PDFs');
    expect(await again()).toEqual(['succeeded', 'succeeded', 'reused']);
  });
});
