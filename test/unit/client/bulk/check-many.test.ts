import { afterEach, describe, expect, it, vi } from 'vitest';
import { checkMany } from '../../../../src/client/bulk/check-many.ts';
import type { StartOptions } from '../../../../src/client/start-options.ts';
import type { NestedPlan } from '../../../../src/definition/nested/nested-plans.ts';
import { DefinitionError } from '../../../../src/definition/source/diagnostic.ts';
import { loadPlan } from '../../../../src/definition/load-plan.ts';
import type { JsonObject } from '../../../../src/domain/json.ts';
import { registryOf } from '../../definition/registry-of.ts';

afterEach(() => vi.restoreAllMocks());

/** Checks lines of inputs for tasks; tells which were checked as a whole, what was told meanwhile, and what is wrong. */
async function checked(tasks: string, each: readonly JsonObject[], signal?: AbortSignal) {
  const text = `default_profile: coder\ninputs: { topic: {}, count: { type: number, default: 1 } }\ntasks: [${tasks}]`;
  const [whole, told]: [JsonObject[], number[]] = [[], []];
  const check = ({ inputs = {} }: StartOptions): Promise<NestedPlan> => {
    whole.push(inputs);
    const context = { agents: registryOf('coder'), cwd: '/', inputs };
    return Promise.resolve().then(() => loadPlan({ kind: 'text', text, file: 'many.yaml' }, context));
  };
  const all = each.map((inputs) => ({ text, inputs }));
  const wrong = await checkMany(
    all,
    { eachFile: 'in.jsonl', ...(signal && { signal }) },
    {
      check,
      tell: (count) => told.push(count),
    },
  ).then(
    () => [],
    (error: unknown) => {
      if (!(error instanceof DefinitionError)) throw error;
      return error.diagnostics.map(({ file, line, code }) => `${file}:${line} ${code}`);
    },
  );
  return { whole, told, wrong };
}

const lines = Array.from({ length: 500 }, (_each, index): JsonObject => ({ topic: `topic ${index}` }));
const plain =
  '{ id: one, prompt: "Of ${{ inputs.topic }}, ${{inputs.count}} times." }, { id: two, depends_on: [one], prompt: "${{ tasks.one.output }}" }';

describe('many lines of inputs', () => {
  it('take one check of the definition where they only fill prompts, and each is held to the declarations', async () => {
    expect(await checked(plain, lines)).toEqual({ whole: [lines[0]], told: [], wrong: [] });
    const { whole, wrong } = await checked(plain, [...lines, { topic: 'x', count: 'y' }, { theme: 'x' }]);
    expect(whole).toEqual([lines[0]]);
    expect(wrong).toEqual(['in.jsonl:501 bad-input', 'in.jsonl:502 unknown-input', 'in.jsonl:502 missing-input']);
  });

  it.each([
    ['a condition', '{ id: one, prompt: x, when: "inputs.topic == \'bees\'" }'],
    ['a list', '{ id: one, prompt: "${{ item }}", for_each: "inputs.topic.split(\' \')" }'],
    ['what is worked out for a prompt', '{ id: one, prompt: "${{ inputs.count - 1 }}" }'],
  ])('are each checked with all of it where %s hangs on them', async (_name, tasks) => {
    const { whole, wrong } = await checked(tasks, lines.slice(0, 5));
    expect({ whole, wrong }).toEqual({ whole: lines.slice(0, 5), wrong: [] });
  });

  it('are checked with all of it where they are so long that the prompts may be', async () => {
    const long = { topic: 'x'.repeat(4_000_000) };
    const twice =
      '{ id: one, prompt: "${{ inputs.topic }}${{ inputs.topic }}${{ inputs.topic }}${{ inputs.topic }}${{ inputs.topic }}" }';
    const all = [lines[0]!, long, lines[1]!];
    expect(await checked(twice, all)).toEqual({ whole: all.slice(0, 2), told: [], wrong: ['many.yaml:3 too-large'] });
    expect((await checked(plain, all)).whole).toEqual([lines[0]]);
  });

  it('say now and then how many were checked, and end where they are stopped', async () => {
    let now = 0;
    vi.spyOn(performance, 'now').mockImplementation(() => (now += 10));
    const { told } = await checked(plain, lines);
    expect(told.length).toBeGreaterThan(2);
    expect(told).toEqual([...told].sort((one, other) => one - other));
    const { whole } = await checked(
      '{ id: one, prompt: x, when: "inputs.topic == \'bees\'" }',
      lines,
      AbortSignal.abort(),
    );
    expect(whole).toHaveLength(1);
  });
});
