import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { loadAgents } from '../../../src/agents/registry.ts';
import { DefinitionError } from '../../../src/definition/source/diagnostic.ts';
import { loadPlan } from '../../../src/definition/load-plan.ts';
import { planDefaults } from '../../../src/domain/plan/plan.ts';
import { folderOf } from './agent-folder.ts';

/** A mount plan as the multi-context orchestrator's users write it. */
function mountPlan(...tools: string[]): object {
  return {
    session: {
      orchestrator: { module: 'loop-streaming', source: 'local', config: {} },
      context: { module: 'context-persistent', source: 'local', config: {} },
    },
    providers: [{ module: 'provider-anthropic', source: 'local', config: { default_model: 'claude-sonnet-4-5' } }],
    tools: tools.map((module) => ({
      module,
      source: 'local',
      config: { data_dir: '.demo-workspace/.amplifier/issues', auto_create_dir: true, actor: 'my-worker' },
    })),
  };
}

const workflow = `name: "Foreman Demo"
description: "What this workflow does"
default_profile: "general"

phases:
  - name: "Issue Creation"
    execution_mode: "sequential"  # or "parallel"
    tasks:
      - context_name: "foreman"
        profile: "foreman"
        prompt: "Create issues..."

  - name: "Issue Processing"
    execution_mode: "parallel"
    tasks:
      - context_name: "coding_worker_1"
        profile: "coding-worker"
        prompt: "Process coding issues..."
      - context_name: "coding_worker_2"
        profile: "coding-worker"
        prompt: "Process coding issues..."
      - context_name: "research_worker_1"
        profile: "research-worker"
        prompt: |
          Process research issues...

  - name: "Summary"
    tasks:
      - context_name: "foreman"
        profile: "foreman"
        prompt: "Summarise."
`;

describe('mount plans', () => {
  it('run with their workflow unchanged; a profile is the file of its name, what is not there is a warning', () => {
    const root = folderOf({
      'mount_plans/foreman.json': mountPlan('tool-issue'),
      'mount_plans/coding-worker.json': mountPlan('tool-filesystem', 'tool-bash', 'tool-issue'),
      'mount_plans/research-worker.json': mountPlan('tool-web', 'tool-search-engine', 'tool-filesystem', 'tool-issue'),
      'workflows/foreman_demo.yaml': workflow,
    });
    const file = join(root, 'workflows/foreman_demo.yaml');
    const { plan, warnings } = loadPlan(
      { kind: 'file', file },
      { agents: loadAgents([join(root, 'mount_plans')]), cwd: root },
    );
    expect(plan.tasks.map(({ id, context, agent }) => [id, context, agent])).toEqual([
      ['issue-creation.foreman', 'foreman', 'foreman'],
      ['issue-processing.coding_worker_1', 'coding_worker_1', 'coding-worker'],
      ['issue-processing.coding_worker_2', 'coding_worker_2', 'coding-worker'],
      ['issue-processing.research_worker_1', 'research_worker_1', 'research-worker'],
      ['summary.foreman', 'foreman', 'foreman'],
    ]);
    expect(Object.values(plan.agents).map(({ name, model, tools }) => [name, model, tools.join(' ')])).toEqual([
      ['foreman', 'claude-sonnet-4-5', 'issue'],
      ['coding-worker', 'claude-sonnet-4-5', 'issue filesystem bash'],
      ['research-worker', 'claude-sonnet-4-5', 'issue filesystem web'],
    ]);
    expect(warnings.map(({ severity, code, line }) => [severity, code, line])).toEqual([
      ['warning', 'unknown-agent', 3],
      ['warning', 'unknown-module', 34],
    ]);
  });

  it('fail when they are used and broken, and are a warning when they are not', () => {
    const dir = folderOf({ 'foreman.json': mountPlan('tool-issue'), 'coding-worker.json': '{ "tools": [ }' });
    const agents = loadAgents([dir]);
    const load = (profile: string) => {
      const value = { phases: [{ name: 'A', tasks: [{ profile, prompt: 'x' }] }] };
      return loadPlan({ kind: 'object', value, name: 'inline' }, { agents, cwd: dir });
    };
    expect(load('foreman').warnings).toMatchObject([
      { severity: 'warning', file: join(dir, 'coding-worker.json'), line: 1 },
    ]);
    expect(() => load('coding-worker')).toThrow(DefinitionError);
    expect(() => load('coding-worker')).toThrow(/coding-worker\.json:1:\d+: error/);
    expect(() => load('coding-wrker')).toThrow(/unknown agent "coding-wrker"/);
  });

  it('are not found in a folder that cannot be read, which is said', () => {
    const dir = folderOf({ agents: 'a file' });
    const value = { phases: [{ name: 'A', tasks: [{ profile: 'coder', prompt: 'x' }] }] };
    const agents = loadAgents([join(dir, 'agents')]);
    const load = () => loadPlan({ kind: 'object', value, name: 'inline' }, { agents, cwd: dir });
    expect(load).toThrow(/unknown agent "coder".*the agents folder .* cannot be read/s);
  });

  it('warn of modules of every kind that are not there, and take the default model without one', () => {
    const plan = {
      session: { orchestrator: { module: 'orchestrator-multi-context' } },
      providers: [{ module: 'provider-openai' }],
      tools: [{ module: 'tool-todo', config: null }],
      hooks: [{ module: 'hooks-logging' }],
    };
    const { agents, diagnostics } = loadAgents([folderOf({ 'a.json': plan })]);
    expect(agents.get('a')).toMatchObject({ model: planDefaults.agent.model, tools: [] });
    expect(diagnostics.map(({ code, severity, path }) => `${severity} ${code} ${path}`)).toEqual([
      'warning unknown-module session.orchestrator.module',
      'warning unknown-module providers[0].module',
      'warning unknown-module tools[0].module',
      'warning unknown-module hooks[0].module',
    ]);
  });
});
