import { describe, expect, it } from 'vitest';
import { loadPlan } from '../../../src/definition/load-plan.ts';
import { DefinitionError } from '../../../src/definition/source/diagnostic.ts';
import type { PlanContext } from '../../../src/definition/load-plan.ts';
import { agent } from '../../support/plan/builders.ts';
import { registryOf } from './registry-of.ts';

const context: PlanContext = { agents: registryOf('coder', 'judge', 'critic'), cwd: '/project' };

function load(evaluate: string, inputs = {}) {
  const text = `default_profile: coder
inputs: { topic: { type: string, default: bees } }
tasks:
  - { id: write, prompt: x, workspace: texts }
  - { id: sum-up, prompt: y }
evaluate: ${evaluate}`;
  return loadPlan({ kind: 'text', text, file: 'crew.yaml' }, { ...context, inputs }).plan;
}

const works = (plan: ReturnType<typeof load>) => plan.workflows![plan.evaluate!.plan!]!;

describe('ORCH-019 `evaluate` of a workflow file', () => {
  it('stands in the plan only where it stands in the file', () => {
    expect(load('true').evaluate).toEqual({ checks: [], plan: null });
    expect(load('{ learn: false }').evaluate).toEqual({ checks: [], learns: false, plan: null });
    expect(load('{ checks: [] }').workflows).toBeUndefined();
    const { plan } = loadPlan(
      { kind: 'text', text: 'tasks: [{ id: a, prompt: x, profile: coder }]', file: 'a.yaml' },
      context,
    );
    expect(plan).not.toHaveProperty('evaluate');
  });

  it('has checks of every kind, and makes tasks of those that somebody has to do', () => {
    const plan = load(`
  limits: { usd: 0.2 }
  checks:
    - { task: write, contains: bee, weight: 3 }
    - { name: two, contains: [a, b] }
    - { task: sum-up, schema: { type: object } }
    - { expression: "\${{ result.status == 'succeeded' && usage.costUsd < 1.0 }}" }
    - { name: tests, task: write, command: npm test, timeout: 90s }
    - { name: good, task: write, judge: "Is it about \${{ inputs.topic }}?" }
    - { name: strict, judge: { rubric: 'Say {{ why }}.', profile: critic, model: claude-haiku-4-5 }, timeout: 1m }`);
    expect(plan.evaluate?.checks).toEqual([
      { name: 'check-1', task: 'write', weight: 3, kind: 'contains', texts: ['bee'] },
      { name: 'two', task: null, weight: 1, kind: 'contains', texts: ['a', 'b'] },
      { name: 'check-3', task: 'sum-up', weight: 1, kind: 'schema', schema: { type: 'object' } },
      {
        ...{ name: 'check-4', task: null, weight: 1, kind: 'expression' },
        source: "result.status == 'succeeded' && usage.costUsd < 1.0",
      },
      { name: 'tests', task: 'write', weight: 1, kind: 'command' },
      { name: 'good', task: 'write', weight: 1, kind: 'judge' },
      { name: 'strict', task: null, weight: 1, kind: 'judge' },
    ]);
    const inner = works(plan);
    expect(inner.limits.usd).toBe(0.2);
    expect(inner.tasks.map(({ id, agent: who }) => `${id} ${who}`)).toEqual([
      'tests tool:bash',
      'good judge',
      'strict critic',
    ]);
    const [tests, good, strict] = inner.tasks;
    expect(tests).toMatchObject({
      work: { input: { command: 'npm test', timeout_seconds: 90 } },
      workspace: { path: 'texts' },
    });
    expect(good).toMatchObject({ template: null, output: { required: ['score', 'reason'] } });
    expect(good!.prompt).toContain('Is it about bees?');
    expect(strict).toMatchObject({ timeoutMs: 60_000, overrides: { model: 'claude-haiku-4-5' } });
    expect(strict!.prompt).toContain('Say {{ why }}.');
  });

  it('gives judges no tools, and no more money than a dollar', () => {
    const crew = [agent({ name: 'coder' }), agent({ name: 'judge', tools: ['bash'] })];
    const armed = { agents: new Map(crew.map((each) => [each.name, each])), dirs: [], diagnostics: [] };
    const text = 'tasks: [{ id: a, prompt: x, profile: coder }]\nevaluate: { checks: [{ judge: Good? }] }';
    const inner = works(loadPlan({ kind: 'text', text, file: 'a.yaml' }, { ...context, agents: armed }).plan);
    expect(inner.agents['judge']?.tools).toEqual([]);
    expect(inner.limits.usd).toBe(1);
  });

  it('takes nothing that an input says for an expression', () => {
    const inner = works(load('{ checks: [{ judge: "${{ inputs.topic }}" }] }', { topic: '${{ tasks.write.output }}' }));
    expect(inner.tasks[0]).toMatchObject({ template: null });
    expect(inner.tasks[0]!.prompt).toContain('${{ tasks.write.output }}');
  });

  it.each([
    ['{ checks: [{ task: writ, contains: a }] }', '6:30 unknown-task there is no task "writ"'],
    ['{ checks: [{ task: write }] }', '6:22 missing-key a check says what it looks at'],
    ['{ checks: [{ contains: a, judge: b }] }', '6:37 wrong-key a check looks at one thing'],
    ['{ checks: [{ contains: a, timeout: 1s }] }', '6:37 wrong-key a check by contains takes no time'],
    ['{ checks: [{ contains: a, name: x }, { contains: b, name: x }] }', '6:69 duplicate-id two checks are called "x"'],
    ['{ checks: [{ judge: { rubric: a, profile: critik } }] }', '6:53 unknown-agent'],
    ['{ checks: [{ judge: { rubrik: a } }] }', '6:33 unknown-key'],
    ['{ checks: [{ command: "echo ${{ inputs.topic }}" }] }', '6:33 bad-value a command of a check has no expressions'],
    ['{ checks: [{ command: "sleep 1", timeout: 1h }] }', '6:53 bad-value a command of a check takes at most 10m'],
    ['{ checks: [{ expression: "tasks.write.output" }] }', '6:37 unknown-name unknown name "tasks"'],
    ['{ checks: [{ expression: "result.status ==" }] }', '6:53 bad-expression'],
    ['{ checks: [{ expression: "usage.cost < 1.0" }] }', 'unknown-name "usage" of a run has no "cost"'],
    [
      '{ checks: [{ task: write, expression: "result.outputs.a" }] }',
      'unknown-name "result" of a task has no "outputs"',
    ],
    ['{ limits: { usd: abc }, checks: [{ judge: Good? }] }', '6:28 wrong-type evaluate.limits.usd must be a number'],
    ['{ checks: [{ schema: { tipe: object } }] }', '6:34 unknown-key unknown keyword "tipe"'],
    ['{ checks: [{ contains: a, weight: 0 }] }', '6:45 '],
    ['{ cheks: [] }', '6:13 unknown-key'],
    ['{ limits: { usd: 1, tasks: child } }', '6:31 unknown-key'],
    ['false', '6:11 '],
  ])('is refused as %s', (evaluate, expected) => {
    try {
      load(evaluate);
      expect.unreachable();
    } catch (error) {
      if (!(error instanceof DefinitionError)) throw error;
      const found = error.diagnostics.map(({ line, column, code, message }) => `${line}:${column} ${code} ${message}`);
      expect(found).toEqual([expect.stringContaining(expected) as string]);
    }
  });
});
