import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ScriptedConversation } from '../../src/testing/index.ts';
import type { RunEnv } from '../support/run/run-env.ts';
import { openRunEnv } from '../support/run/run-env.ts';
import { longestInput } from '../../src/domain/source/source-bounds.ts';
import { yamlPlan } from '../support/plan/yaml-plan.ts';

const echo = { name: 'echo', when: () => true, answer: (c: ScriptedConversation) => ({ text: `did: ${c.prompt}` }) };

// Much text through every part takes its time on a small machine.
describe('work that is large', { timeout: 240_000 }, () => {
  let env: RunEnv;
  beforeAll(async () => {
    env = await openRunEnv({ script: { rules: [echo] } });
  });
  afterAll(() => env.close());

  it('does a task for each of 1,000 items', async () => {
    env.model.setScript({
      rules: [
        {
          name: 'list',
          when: (c) => c.prompt.startsWith('List.'),
          answer: () => ({ text: JSON.stringify({ items: Array.from({ length: 1000 }, (_, n) => `item ${n}`) }) }),
        },
        echo,
      ],
    });
    const result = await env.run(
      yamlPlan(`
limits: { tasks: inline, max_parallel: 50, usd: 50 }
tasks:
  - id: list
    prompt: List.
    output: { type: object, properties: { items: { type: array } }, required: [items] }
  - { id: each, for_each: "\${{ tasks.list.output.items }}", prompt: "Do \${{ item }}.", depends_on: [list] }
  - { id: count, prompt: "Count \${{ size(tasks.each.output) }}.", depends_on: [each] }
`),
    );
    expect(result).toMatchObject({ status: 'succeeded', summary: { totalTasks: 1002, successfulTasks: 1002 } });
    expect(result.tasks['count']!.output).toBe('did: Count 1000.');
  });

  it('takes a fan-out of 100 answers of 1.5 MB each', async () => {
    const long = 'All that was found, word for word. '.repeat(43_000);
    env.model.setScript({
      rules: [
        { name: 'long', when: (c) => c.prompt.startsWith('Part'), answer: () => ({ text: long }) },
        { name: 'count', when: () => true, answer: (c) => ({ text: c.prompt }) },
      ],
    });
    const parts = Array.from({ length: 100 }, (_, n) => `  - { id: part-${n}, prompt: Part ${n} }\n`).join('');
    const result = await env.run(
      yamlPlan(`
limits: { max_parallel: 50, usd: 5000 }
tasks:
${parts}
  - { id: sum, prompt: "Length \${{ size(tasks.part_7.output) }}", depends_on: [${Array.from({ length: 100 }, (_, n) => `part-${n}`).join(', ')}] }
`),
    );
    expect(result).toMatchObject({ status: 'succeeded', summary: { successfulTasks: 101 } });
    expect(result.tasks['sum']!.output).toBe(`Length ${long.length}`);
  });

  it('takes an input of 5 MB into a prompt, and none of it into a history', async () => {
    env.model.setScript({
      rules: [{ name: 'length', when: () => true, answer: (c) => ({ text: `read ${c.prompt.length}` }) }],
    });
    const text = 'What stands in the archive. '.repeat(longestInput / 28);
    const large = yamlPlan(
      `
limits: { usd: 500 }
models: { claude-haiku-4-5: { window: 10000000, max_output: 1000000 } }
inputs: { text: {} }
tasks: [{ id: sum, prompt: "Sum up: \${{ inputs.text }}" }]
`,
      { inputs: { text } },
    );
    const run = await env.start(large, { runId: 'large-input' });
    const result = await run.result();
    expect(result.tasks['sum']).toMatchObject({
      status: 'succeeded',
      output: `read ${'Sum up: '.length + text.length}`,
    });
    const stored = await env.temporal.historyBytes(['large-input', 'large-input/sum']);
    expect(Math.max(...stored)).toBeLessThan(50_000);
  });

  it('goes on in a conversation of 5 MB, as far as the model takes it', async () => {
    const megabyte = 'One more page of what was found. '.repeat(32_000);
    env.model.setScript({
      rules: [
        { name: 'last', when: (c) => c.prompt === 'Last.', answer: (c) => ({ text: `seen ${c.messages.length}` }) },
        { name: 'page', when: () => true, answer: () => ({ text: megabyte }) },
      ],
    });
    const pages = Array.from({ length: 5 }, (_, n) => `  - { id: p${n}, prompt: Page ${n}, context_name: book }\n`);
    const last = async (takes: string): Promise<string | null> => {
      const result = await env.run(
        yamlPlan(`
limits: { usd: 5000 }
${takes}
tasks:
${pages.join('')}  - { id: last, prompt: Last., context_name: book, depends_on: [p4] }
`),
      );
      expect(result).toMatchObject({ status: 'succeeded', summary: { successfulTasks: 6, contexts: 1 } });
      return result.tasks['last']!.output;
    };
    const wide = 'models: { claude-haiku-4-5: { window: 10000000, max_output: 1000000 } }';
    expect(await last(`${wide}\ncontext: { prune_at_tokens: 10000000 }`)).toBe('seen 11');
    // A page alone is more than that.
    expect(await last('')).toBe('seen 2');
  });
});
