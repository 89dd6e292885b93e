import { describe, expect, it } from 'vitest';
import { loadPlan } from '../../../src/definition/load-plan.ts';
import { registryOf } from './registry-of.ts';

const load = (outputs: string) =>
  loadPlan(
    {
      ...{ kind: 'text', file: 'crew.yaml' },
      text: `default_profile: coder\ninputs: { n: { type: number, default: 2 } }\ntasks: [{ id: write-all, prompt: x }]\n${outputs}`,
    },
    { agents: registryOf('coder'), cwd: '/project' },
  );

describe('outputs of a workflow file', () => {
  it('are kept as expressions by name, in the order of the file, whether they stand in marks or not', () => {
    const { plan, warnings } = load(
      'outputs: { report: "${{ tasks.write-all.output }}", count: size(tasks.write_all.output) + inputs.n, open: size(issues) }',
    );
    expect(warnings).toEqual([]);
    expect(Object.entries(plan.outputs!)).toEqual([
      ['report', 'tasks.write_all.output'],
      ['count', 'size(tasks.write_all.output) + inputs.n'],
      ['open', 'size(issues)'],
    ]);
  });

  it('are no key of a plan whose file names none', () => {
    for (const none of ['', 'outputs: {}']) expect(load(none).plan).not.toHaveProperty('outputs');
  });

  it('are a hundred at most', () => {
    const many = Array.from({ length: 101 }, (_, n) => `o${n}: '1'`).join(', ');
    expect(() => load(`outputs: { ${many} }`)).toThrow(/outputs: at most 100 outputs/);
  });
});
