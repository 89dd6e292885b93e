import { expect, it } from 'vitest';
import { loadPlan } from '../../../../src/definition/load-plan.ts';
import { agent } from '../../../support/plan/builders.ts';

function warnings(context: string): string[] {
  const agents = { agents: new Map([['worker', agent({ name: 'worker' })]]), dirs: [], diagnostics: [] };
  const text = `default_profile: worker\ntasks:\n  - { id: a, prompt: go, context: ${context} }\n`;
  return loadPlan({ kind: 'text', text, file: 'test.yaml' }, { agents, inputs: {}, cwd: process.cwd() }).warnings.map(
    ({ line, message }) => `${line}: ${message}`,
  );
}

it('data of a task that reads as a setting of conversations is warned about, other data is not', () => {
  expect(warnings('{ max_messages: 6, port: 80 }')).toEqual([
    '3: context.max_messages of a task is data for its agent: it sets nothing',
  ]);
  expect(warnings('{ strategy: rolling, port: 80 }')).toEqual([]);
});
