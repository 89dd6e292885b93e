import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { loadPlan } from '../../src/definition/load-plan.ts';
import { findWorkflowIn } from '../../src/definition/nested/find-workflow.ts';
import { agent } from '../support/plan/builders.ts';
import { openCrashStage } from '../support/crash/stage.ts';
import { violations } from '../support/invariants/invariants.ts';
import { until } from '../support/base/until.ts';

const outer = `
default_profile: worker
tasks:
  - { id: first, prompt: First. }
  - { id: inner, workflow: inner.yaml, inputs: { text: "\${{ tasks.first.output }}" }, depends_on: [first] }
  - { id: last, prompt: "Last: \${{ tasks.inner.output.all }}", depends_on: [inner] }
`;
const inner = `
default_profile: worker
inputs: { text: {} }
outputs: { all: tasks.c.output }
tasks:
  - { id: a, prompt: "A: \${{ inputs.text }}" }
  - { id: b, prompt: B., depends_on: [a] }
  - { id: c, prompt: "C: \${{ tasks.b.output }}", depends_on: [b] }
`;

describe('a worker that is killed while a workflow runs as a task', () => {
  const folder = mkdtempSync(join(tmpdir(), 'kill-nested-'));
  afterAll(() => rmSync(folder, { recursive: true }));
  const stage = openCrashStage({
    settings: { unsandboxedShell: true },
    script: {
      rules: [
        {
          name: 'slow',
          when: (c) => c.prompt === 'B.' && c.turn === 0,
          answer: () => ({ tools: [{ name: 'bash', input: { command: 'echo b >> done' } }], latencyMs: 400 }),
        },
        { name: 'rest', when: () => true, answer: (c) => ({ text: `did ${c.prompt.slice(0, 30)}` }) },
      ],
    },
  });

  it('is followed by one that goes on in it, with nothing paid twice and the story of both whole', async () => {
    const { env } = stage;
    const workspace = join(env.workspace, 'nested');
    mkdirSync(workspace);
    writeFileSync(join(folder, 'inner.yaml'), inner);
    const worker = agent({ name: 'worker', tools: ['bash'] });
    const agents = { agents: new Map([['worker', worker]]), dirs: [], diagnostics: [] };
    const source = { kind: 'text', text: outer, file: join(folder, 'outer.yaml') } as const;
    const findWorkflow = findWorkflowIn({ cwd: folder, agentsFor: () => agents });
    const { plan } = loadPlan(source, { agents, cwd: folder, workspace, findWorkflow });
    const handle = await env.start(plan, { runId: 'nested' });
    const slow = () => env.model.requests.filter(({ body }) => JSON.stringify(body).includes('"B.'));
    await until('it is asked in the inner one', () => slow().length > 0);
    const key = (await env.store.runs.find('nested.inner'))!.runKey;
    const kill = await stage.crash(key);
    await until('the run ends', async () => (await handle.describe()).status !== 'running', 45_000);

    expect(await handle.result()).toMatchObject({
      status: 'succeeded',
      tasks: { inner: { status: 'succeeded', attempts: 1 }, last: { output: 'did Last: did C: did B.' } },
    });
    expect(readFileSync(join(workspace, 'done'), 'utf8')).toBe('b\n');
    expect(await violations(env, key, [kill])).toEqual([]);
    const prompts = ['First.', 'A: did First.', 'C: did B.', 'Last: did C: did B.'];
    for (const prompt of prompts) expect(await paidFor(prompt)).toBe(1);
    const [all, within] = await Promise.all(['nested', 'nested.inner'].map((id) => env.store.runs.find(id)));
    const own = all!.result!.tasks;
    expect(all!.totalTokens).toBe(all!.result!.summary.totalTokens);
    expect(own['inner']!.costUsd).toBeCloseTo(within!.result!.summary.costUsd, 9);
    const sum = Object.values(own).reduce((total, { costUsd }) => total + costUsd, 0);
    expect(all!.result!.summary.costUsd).toBeCloseTo(sum, 9);
    const types = async (id: string) => (await env.story(id)).map(({ type }) => type);
    for (const id of ['nested', 'nested.inner']) {
      const story = await types(id);
      expect(story.filter((type) => type === 'task:start')).toHaveLength(3);
      expect(story.filter((type) => type === 'task:complete')).toHaveLength(3);
      expect(story.filter((type) => type === 'workflow:complete')).toHaveLength(1);
    }
    const { rows } = await env.store.sql.query('select 1 from runs where reserved_tokens <> 0 or reserved_nano <> 0');
    expect(rows).toEqual([]);

    async function paidFor(prompt: string): Promise<number> {
      const { rows: found } = await env.store.sql.query<{ count: number }>(
        `select count(*) from messages m join runs r on r.no = m.run_no
         where r.run_id like 'nested%' and m.role = 'assistant' and m.content::text like $1`,
        [`%"did ${prompt.slice(0, 30)}"%`],
      );
      return Number(found[0]!.count);
    }
  });
});
