import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Rule } from '../../src/testing/index.ts';
import { yamlPlan } from '../support/plan/yaml-plan.ts';
import type { RunEnv } from '../support/run/run-env.ts';
import { openRunEnv } from '../support/run/run-env.ts';

const exits: Rule = { name: 'exits', when: (c) => c.prompt === 'A', answer: () => process.exit(3) };
const nonsense: Rule = { name: 'nonsense', when: (c) => c.prompt === 'B', answer: () => ({ text: 7 }) as never };
const rest: Rule = { name: 'rest', when: () => true, answer: () => ({ text: 'done' }) };

describe('rules of a scripted model that are wrong', () => {
  let env: RunEnv;
  beforeAll(async () => {
    env = await openRunEnv({ script: { rules: [exits, nonsense, rest] } });
  });
  afterAll(() => env.close());

  it('fail the tasks that ask them, by name and place, and nothing else', async () => {
    const result = await env.run(yamlPlan('tasks: [{ id: a, prompt: A }, { id: b, prompt: B }, { id: c, prompt: C }]'));
    expect(result).toMatchObject({ status: 'partial', tasks: { c: { status: 'succeeded', output: 'done' } } });
    expect(result.tasks['a']!.error).toMatch(
      /rule "exits" failed: Error: it called process\.exit.*\(.*wrong-script\.test\.ts:\d+:\d+\)/,
    );
    expect(result.tasks['b']!.error).toContain('rule "nonsense" failed: text must be text');
  });
});
