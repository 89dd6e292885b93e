import { describe, expect, it } from 'vitest';
import type { PlanContext } from '../../../src/definition/load-plan.ts';
import { loadPlan } from '../../../src/definition/load-plan.ts';
import { agentAtWork } from '../../../src/domain/plan/agent-at-work.ts';
import { registryOf } from './registry-of.ts';

const briefing = { pass: 'summary', passTokens: 400, noteTokens: 2000 };

const context: PlanContext = { agents: registryOf('coder', 'writer'), cwd: '/project' };

function load(text: string) {
  return loadPlan({ kind: 'text', text: `default_profile: coder\n${text}`, file: 'crew.yaml' }, context);
}

const one = 'tasks: [{ id: it, prompt: x }]';

describe('who does the tasks', () => {
  it('is nobody in particular by default: plans keep their hash', () => {
    const { plan } = load(`communication: false\ncontext: { strategy: isolated }\n${one}`);
    expect(Object.keys(plan)).not.toEqual(expect.arrayContaining(['communication', 'pool', 'concurrency']));
    expect(plan.context).toEqual({ maxMessages: 50, pruneAtTokens: 150_000, gist: { tokens: 1000 }, briefing });
    expect(plan.tasks[0]).not.toHaveProperty('data');
  });

  it('is bounded for each agent by its name', () => {
    const { plan } = load(`agents: { coder: { max_concurrent_tasks: 2 }, writer: {} }\n${one}`);
    expect(plan.concurrency).toEqual({ coder: 2 });
  });

  it('is a pool, of which the longest track gets a member of its own', () => {
    const { plan } = load(`
pool: [{ id: one }, { id: two }, { id: three, track: small }]
tracks: { small: [s1], short: [a1, a2], long: [b1, b2, b3], other: [c1] }
tasks:
  - { id: s1, prompt: x }
  - { id: a1, prompt: x }
  - { id: a2, prompt: x }
  - { id: b1, prompt: x }
  - { id: b2, prompt: x, depends_on: [b1] }
  - { id: b3, prompt: x, depends_on: [b2] }
  - { id: c1, prompt: x }
  - { id: none, prompt: x }
`);
    expect(plan.pool).toEqual([
      { id: 'one', tracks: ['long'] },
      { id: 'two', tracks: ['short', 'other'] },
      { id: 'three', tracks: ['small'] },
    ]);
    expect(plan.tasks.map(({ id, track }) => [id, track])).toContainEqual(['b2', 'long']);
    expect(plan.tasks.find(({ id }) => id === 'none')).not.toHaveProperty('track');
  });

  it('gives tasks of a track the priority of its member, unless they have one', () => {
    const { plan } = load(`
pool: [{ id: one, track: front, priority: critical }]
tracks: { front: [a, b] }
tasks: [{ id: a, prompt: x }, { id: b, prompt: x, priority: 2 }, { id: c, prompt: x }]
`);
    expect(plan.tasks.map(({ priority }) => priority)).toEqual([10, 2, 5]);
  });
});

describe('what a task says of itself', () => {
  it('is kept: a description, data that is no expression, and what it asks of the model', () => {
    const { plan, warnings } = load(
      'tasks: [{ id: it, prompt: x, description: First, context: { user: "${{ inputs.no }}", n: [1] }, model: claude-haiku, max_tokens: 500000 }]',
    );
    expect(warnings).toEqual([]);
    expect(plan.tasks[0]).toMatchObject({ description: 'First', data: { user: '${{ inputs.no }}', n: [1] } });
    const { model, maxTokens } = agentAtWork(plan, 'coder', plan.tasks[0])!;
    expect(model).toMatch(/^claude-haiku-/);
    // As long as that model gives them.
    expect(maxTokens).toBeLessThan(500_000);
    expect(plan.models).toHaveProperty(model);
    expect(agentAtWork(plan, 'writer', plan.tasks[0])).toBeUndefined();
    expect(agentAtWork(plan, 'coder')).toEqual(plan.agents['coder']);
  });
});

describe('how agents talk and share', () => {
  it('stands in the plan, without a warning', () => {
    const { plan, warnings } = load(`communication: true\ncontext: { strategy: shared }\n${one}`);
    expect(plan).toMatchObject({ communication: true, context: { strategy: 'shared' } });
    expect(warnings).toEqual([]);
  });
});
