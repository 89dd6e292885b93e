import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ScriptedConversation } from '../../src/testing/index.ts';
import type { RunEnv } from '../support/run-env.ts';
import { openRunEnv } from '../support/run-env.ts';
import { yamlPlan } from '../support/yaml-plan.ts';

const echo = { name: 'echo', when: () => true, answer: (c: ScriptedConversation) => ({ text: `did: ${c.prompt}` }) };

describe('work that is large', () => {
  let env: RunEnv;
  beforeAll(async () => {
    env = await openRunEnv({ script: { rules: [echo] } });
  });
  afterAll(() => env.close());

  it('takes a fan-out of 100 answers of 1.5 MB each', async () => {
    const long = 'All that was found, word for word. '.repeat(43_000);
    env.model.setScript({
      rules: [
        { name: 'long', when: (c) => c.prompt.startsWith('Part'), answer: () => ({ text: long }) },
        { name: 'count', when: () => true, answer: (c) => ({ text: c.prompt }) },
      ],
    });
    const parts = Array.from({ length: 100 }, (_, n) => `  - { id: part-${n}, prompt: Part ${n} }\n`).join('');
    const run = await env.start(
      yamlPlan(`
limits: { max_parallel: 50, usd: 5000 }
tasks:
${parts}
  - { id: sum, prompt: "Length \${{ size(tasks.part_7.output) }}", depends_on: [${Array.from({ length: 100 }, (_, n) => `part-${n}`).join(', ')}] }
`),
    );
    await new Promise((r) => setTimeout(r, 45000)); const st = await env.story(run.runId); console.log(st.length, JSON.stringify(st.slice(-5)).slice(0, 1500), env.model.requests.length, env.model.requests.filter((r) => r.outcome !== 'answered').length, st.filter((e) => e.type === 'task:complete').length, JSON.stringify(st.filter((e) => e.type === 'task:error')).slice(0, 600)); const result = await run.result();
    expect(result).toMatchObject({ status: 'succeeded', summary: { successfulTasks: 101 } });
    expect(result.tasks['sum']!.output).toBe(`Length ${long.length}`);
  });

});
