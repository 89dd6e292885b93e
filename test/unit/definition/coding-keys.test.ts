import { describe, expect, it } from 'vitest';
import { DefinitionError } from '../../../src/definition/source/diagnostic.ts';
import { loadPlan } from '../../../src/definition/load-plan.ts';
import { registryOf } from './registry-of.ts';

const load = (text: string) =>
  loadPlan(
    { kind: 'text', text: `default_profile: coder\n${text}`, file: 'crew.yaml' },
    { agents: registryOf('coder', 'merger'), cwd: '/project' },
  ).plan;

const problemOf = (text: string): string => {
  try {
    load(text);
  } catch (error) {
    if (error instanceof DefinitionError) return error.message;
    throw error;
  }
  return '';
};

const task = 'tasks: [{ id: a, prompt: x }]';

describe('where tasks work and what becomes of their branches', () => {
  it('is said by a folder alone, as ever, and then the plan has no more keys than it had', () => {
    const plan = load(`workspace: app\n${task}`);
    expect(plan.workspace).toBe('/project/app');
    expect(Object.keys(plan)).not.toContain('isolation');
    expect(Object.keys(plan)).not.toContain('merge');
    expect(Object.keys(plan.tasks[0]!)).not.toContain('checks');
  });

  it('is said for the run, a phase and a task', () => {
    const plan = load(`
workspace: { path: app, isolate: worktree, share: [node_modules], on_overlap: wait }
phases:
  - name: Build
    workspace: { isolate: shared }
    tasks: [{ id: a, prompt: x, workspace: { path: lib, isolate: copy } }]`);
    expect(plan.workspace).toBe('/project/app');
    expect(plan.isolation).toEqual({ isolate: 'worktree', share: ['node_modules'], onOverlap: 'wait' });
    expect(plan.phases[0]!.isolate).toBe('shared');
    expect(plan.tasks[0]).toMatchObject({ isolate: 'copy', workspace: { path: 'lib' } });
  });

  it('has merges with gates, and checks of a task', () => {
    const plan = load(`
merge: { auto: true, gates: [npm test], merger: merger }
workspace: { isolate: worktree }
tasks: [{ id: a, prompt: x, checks: [npm run lint], expects_changes: true, on_failure: restore }]`);
    expect(plan.merge).toEqual({ auto: true, into: null, gates: ['npm test'], attempts: 2, merger: 'merger' });
    // Nobody's task names it, and it is there when a conflict comes.
    expect(Object.keys(plan.agents)).toContain('merger');
    expect(plan.tasks[0]).toMatchObject({
      checks: { commands: ['npm run lint'], expectsChanges: true },
      restores: true,
    });
  });

  it('refuses a merger that is no agent, folders to share from elsewhere, and putting back what others work in, each with its place', () => {
    expect(problemOf(`merge: { merger: mergr }\n${task}`)).toMatch(/crew\.yaml:2:\d+.*unknown agent "mergr".*merger/s);
    for (const folder of ['../lib', '/lib', 'a/../../lib', '.']) {
      expect(problemOf(`workspace: { share: ["${folder}"] }\n${task}`)).toMatch(
        /crew\.yaml:2:\d+.*outside of the workspace/s,
      );
    }
    const restored = 'tasks: [{ id: a, prompt: x, on_failure: restore }]';
    expect(problemOf(restored)).toMatch(/crew\.yaml:2:\d+.*shared folder.*isolate: worktree/s);
    expect(problemOf(`workspace: { isolate: copy }\n${restored}`)).toBe('');
  });

  it('names what is not known, with its place and the nearest word', () => {
    expect(problemOf(`workspace: { isolate: worktre }\n${task}`)).toMatch(/crew\.yaml:2:\d+.*worktree/s);
    expect(problemOf(`workspace: { isolat: worktree }\n${task}`)).toMatch(/"isolat".*isolate/s);
    expect(problemOf(`merge: { gate: [npm test] }\n${task}`)).toMatch(/"gate".*gates/s);
    expect(problemOf('tasks: [{ id: a, prompt: x, workspace: { share: [x] } }]')).toMatch(/share/);
  });
});
