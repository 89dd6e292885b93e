import { describe, expect, it } from 'vitest';
import { convertDefinition } from '../../../../src/definition/convert.ts';
import type { PlanContext } from '../../../../src/definition/load-plan.ts';
import { loadPlan } from '../../../../src/definition/load-plan.ts';
import type { JsonObject } from '../../../../src/domain/json.ts';
import { registryOf } from '../registry-of.ts';
import { blockWith } from '../../../support/plan/samples.ts';

const roles = ['team_manager', 'backend_developer', 'frontend_developer', 'qa_tester'];
const context: PlanContext = { agents: registryOf(...roles), cwd: '/project', inputs: { feature: 'Login ${{ x }}' } };

function load(text: string, more: Partial<PlanContext> = {}) {
  return loadPlan({ kind: 'text', text, file: 'orchestrator-config.json' }, { ...context, ...more });
}

const sample = blockWith('team', '"coordination"');

describe("the sample of a team's document", () => {
  it('is a manager who splits the feature, its team, and an integration at the end', () => {
    const { plan, warnings } = load(sample);
    expect(warnings).toEqual([]);
    expect(plan).toMatchObject({
      ...{ name: 'orchestrator-config', workspace: '/path/to/project', manager: 'team_manager' },
      ...{ delegates: roles.slice(1), limits: { maxAddedTasks: 50 } },
      communicationFile: '.ai-agents/state/team-communication.json',
      concurrency: { team_manager: 10, backend_developer: 1, frontend_developer: 1, qa_tester: 1 },
    });
    expect(plan.tasks).toMatchObject([
      { id: 'split', agent: 'team_manager', decompose: true, context: 'manager' },
      { id: 'integrate', agent: 'team_manager', context: 'manager', dependsOn: [{ task: 'split', on: 'all_success' }] },
    ]);
    expect(plan.tasks[0]!.prompt).toContain('Feature: Login ${{ x }}\n');
    expect(plan.tasks[0]!.prompt).toContain('- qa_tester: qa-tester');
  });

  it('can be made a native file', () => {
    const { text } = convertDefinition({ kind: 'text', text: sample, file: 'orchestrator-config.json' }, {});
    const native = loadPlan({ kind: 'text', text, file: 'x.yaml' }, { ...context, format: 'native' });
    expect(native.plan).toEqual(load(sample).plan);
  });
});

describe('a team', () => {
  const teamOf = (more: JsonObject): string => JSON.stringify({ coordination: {}, ...more }, null, 2);

  it('counts members of one role together, and knows those without a role by their id', () => {
    const { plan } = load(
      teamOf({
        agents: [
          { id: 'a', role: 'backend_developer', max_concurrent_tasks: 2 },
          { id: 'b', role: 'backend_developer', max_concurrent_tasks: 1 },
          { id: 'qa_tester' },
        ],
      }),
    );
    expect(plan).toMatchObject({ manager: 'backend_developer', concurrency: { backend_developer: 3 } });
    expect(plan.delegates).toEqual(['backend_developer', 'qa_tester']);
  });

  it('is known by the roles of its members alone', () => {
    const { plan } = load(JSON.stringify({ agents: roles.map((role) => ({ id: role, role })) }));
    expect(plan).toMatchObject({ manager: 'team_manager', delegates: roles.slice(1) });
  });

  it('needs a feature, and tells mistakes where they stand', () => {
    expect(() => load(sample, { inputs: {} })).toThrow(/"feature" is required/);
    const broken = teamOf({ agents: [{ id: 'a', role: 'team_manger', max_concurrent_tasks: 0 }] });
    expect(() => load(broken)).toThrow(/agents\[0\]\.max_concurrent_tasks must be at least 1/);
    expect(() => load(broken)).toThrow(/orchestrator-config\.json:6:15: error: unknown agent "team_manger"/);
    expect(() => load(teamOf({ agents: [] }))).toThrow(/the team has no member/);
  });

  it('has a branch for each task and a merge train where its work is merged by itself', () => {
    const { plan, warnings } = load(
      teamOf({ agents: [{ id: 'qa_tester' }], coordination: { auto_merge: true, x: 1 } }),
    );
    expect(warnings.map(({ code }) => code).sort()).toEqual(['no-delegates', 'unknown-key']);
    expect(plan).toMatchObject({ isolation: { isolate: 'worktree' }, merge: { auto: true, into: null, gates: [] } });
    const { plan: left } = load(teamOf({ agents: [{ id: 'qa_tester' }], coordination: { auto_merge: false } }));
    expect([left.isolation, left.merge?.auto ?? false]).toEqual([undefined, false]);
  });

  it('is left to those that are chosen, by id, role or name of an agent, and to its manager', () => {
    const chosen = (...names: string[]) => load(sample, { chosen: names }).plan;
    expect(chosen('backend-dev', 'qa_tester')).toMatchObject({
      ...{ manager: 'team_manager', delegates: ['backend_developer', 'qa_tester'] },
      concurrency: { team_manager: 10, backend_developer: 1, qa_tester: 1 },
    });
    expect(chosen('manager', 'frontend_developer').delegates).toEqual(['frontend_developer']);
    expect(() => chosen('backend-dev', 'qa_testr')).toThrow(/unknown agent "qa_testr"[^]*did you mean "qa_tester"/);
    expect(() => load(sample, { chosen: ['backend-dev'], agents: registryOf('team_manager') })).toThrow(
      /orchestrator-config\.json:\d+:\d+: error: unknown agent "backend_developer"/,
    );
  });

  it.each([
    ['../outside.json', /must be a file in the workspace/],
    ['/etc/team.json', /must be a file in the workspace/],
    ['.git/hooks/team.json', /must not lie in a folder whose name begins with a dot/],
    ['.mcp.json', /nor begin with one/],
    ['a/.VSCODE/tasks.json', /must not lie in a folder whose name begins with a dot/],
    ['agents/reviewer.json', /must not lie where agents, templates or workflows are read from/],
    ['package', /must be named \*\.json/],
    ['.json', /must be named \*\.json/],
    ['a\u0000.json', /NUL character|must be a file/],
  ])('is not followed in %j', (file, message) => {
    const value = { communication_file: file, agents: [{ id: 'qa_tester' }] };
    expect(() => loadPlan({ kind: 'object', value, name: 'team' }, context)).toThrow(message);
  });

  it('does not write over a file of somebody else', () => {
    const value = { communication_file: 'package.json', agents: [{ id: 'qa_tester' }] };
    const here = { ...context, cwd: process.cwd(), looksForFolders: true };
    expect(() => loadPlan({ kind: 'object', value, name: 'team' }, here)).toThrow(/"package.json" is there already/);
  });
});
