import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loadAgents } from '../../src/agents/registry.ts';
import { agentDirsFor } from '../../src/definition/agent-dirs.ts';
import { loadPlan } from '../../src/definition/load-plan.ts';
import { findWorkflowIn } from '../../src/definition/nested/find-workflow.ts';
import type { Plan } from '../../src/domain/plan/plan.ts';
import type { ScriptedConversation } from '../../src/testing/index.ts';
import { tempFolder } from '../support/base/temp-folder.ts';
import { until } from '../support/base/until.ts';
import { startMoving } from '../support/run/moving-run.ts';
import { openRunEnv, type RunEnv } from '../support/run/run-env.ts';

const files: Record<string, string> = {
  'agents/clerk.md': '---\nmodel: haiku\ntools: [bash]\n---\nYou write.\n',
  'main.yaml': `
name: main
default_profile: clerk
outputs: { all: "tasks.review.output.verdict + ' / ' + tasks.files.output" }
tasks:
  - { id: draft, prompt: Write about frogs }
  - id: review
    workflow: review.yaml
    inputs: { text: "\${{ tasks.draft.output }}", strict: true }
    depends_on: [draft]
  - id: files
    tool: filesystem
    input: { action: write, path: "\${{ tasks.review.output.name }}.txt", content: "\${{ tasks.draft.output }}" }
    depends_on: [review]
`,
  'review.yaml': `
name: review
default_profile: clerk
inputs: { text: { type: string }, strict: { type: boolean } }
outputs: { verdict: tasks.judge.output, name: "inputs.strict ? 'strict' : 'mild'" }
tasks:
  - { id: judge, prompt: "Judge: \${{ inputs.text }}" }
  - { id: deeper, workflow: deeper, depends_on: [judge] }
`,
  'deeper.yml': 'default_profile: clerk\ntasks: [{ id: leaf, prompt: Look deeper }]\n',
  'saga.yaml': `
default_profile: clerk
on_failure: compensate
tasks:
  - { id: inner, workflow: does.yaml }
  - { id: fails, prompt: Fail, depends_on: [inner] }
`,
  'does.yaml': `
default_profile: clerk
tasks:
  - { id: a, prompt: Do a, compensate: { bash: echo a >> undone } }
  - { id: b, prompt: Do b, depends_on: [a], compensate: { bash: echo b >> undone } }
  - { id: c, prompt: Do c, depends_on: [b], compensate: { prompt: Undo c } }
`,
  'slow.yaml': `
default_profile: clerk
tasks: [{ id: inner, workflow: waits.yaml }]
`,
  'waits.yaml': `
default_profile: clerk
tasks:
  - { id: a, prompt: Do a, compensate: { bash: echo a >> cancelled } }
  - { id: b, prompt: Do b, depends_on: [a], approval: before }
`,
  'edits.yaml': `
default_profile: clerk
tasks:
  - { id: first, prompt: Say it }
  - id: inner
    workflow: edited.yaml
    depends_on: [first]
    approval: before
    inputs: { text: "\${{ tasks.first.output }}", strict: true }
`,
  'edited.yaml': `
default_profile: clerk
inputs: { text: { type: string }, strict: { type: boolean } }
tasks: [{ id: t, prompt: "\${{ inputs.text }}" }]
`,
  'moves.yaml': `
default_profile: clerk
tasks: [{ id: inner, workflow: rests.yaml }]
`,
  'rests.yaml': `
default_profile: clerk
tasks:
  - { id: first, prompt: Do it }
  - { id: second, prompt: Do it too, depends_on: [first] }
  - { id: third, prompt: Slow, depends_on: [second], approval: before }
`,
  'poor.yaml': `
default_profile: clerk
limits: { tokens: 9100 }
tasks: [{ id: first, prompt: Do more }, { id: inner, workflow: does.yaml, depends_on: [first] }]
`,
  'links.yaml': `
default_profile: clerk
tasks:
  - { id: mk, tool: bash, input: { command: rmdir sub && ln -s OUTSIDE sub } }
  - { id: inner, workflow: writes.yaml, workspace: sub, depends_on: [mk] }
`,
  'writes.yaml': `
default_profile: clerk
tasks: [{ id: a, tool: filesystem, input: { action: write, path: made.txt, content: x } }]
`,
  'again.yaml': `
default_profile: clerk
tasks: [{ id: inner, workflow: flaky.yaml, retry: { max_attempts: 2, backoff: 1ms } }]
`,
  'flaky.yaml': `
default_profile: clerk
tasks: [{ id: a, prompt: Do it }, { id: b, prompt: Flaky, depends_on: [a] }]
`,
};

let flakes = 0;
const script = {
  rules: [
    {
      name: 'fails',
      when: (c: ScriptedConversation) => c.prompt.startsWith('Fail'),
      answer: () => ({ text: 'no', fault: { kind: 'refusal' as const } }),
    },
    {
      name: 'flaky',
      when: (c: ScriptedConversation) => c.prompt.startsWith('Flaky') && flakes++ === 0,
      answer: () => ({ text: 'no', fault: { kind: 'refusal' as const } }),
    },
    {
      name: 'slow',
      when: (c: ScriptedConversation) => c.prompt.startsWith('Slow'),
      answer: () => ({ text: 'late', latencyMs: 30_000 }),
    },
    { name: 'echo', when: () => true, answer: (c: ScriptedConversation) => ({ text: `did: ${c.prompt}` }) },
  ],
};

describe('a workflow as a task', () => {
  let folder: string;
  let env: RunEnv;
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'gaffer-nested-'));
    mkdirSync(join(folder, 'agents'));
    for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
    env = await openRunEnv({ script });
  });
  afterAll(async () => {
    await env.close();
    rmSync(folder, { recursive: true });
  });

  function planOf(name: string): Plan {
    const agentsFor = (file: string) => loadAgents(agentDirsFor(file, folder));
    const file = join(folder, name);
    const findWorkflow = findWorkflowIn({ cwd: folder, agentsFor });
    const { plan } = loadPlan({ kind: 'file', file }, { agents: agentsFor(file), cwd: folder, findWorkflow });
    return { ...plan, workspace: '' };
  }

  it('is a run of its own, whose outputs are the output of the task, and whose cost is the cost of it', async () => {
    const result = await env.run(planOf('main.yaml'), { runId: 'whole' });

    expect(result).toMatchObject({ status: 'succeeded' });
    const [review, deeper] = await Promise.all(
      ['whole.review', 'whole.review.deeper'].map((id) => env.store.runs.find(id)),
    );
    expect(review!.result).toMatchObject({
      status: 'succeeded',
      outputs: { name: 'strict', verdict: 'did: Judge: did: Write about frogs' },
    });
    expect(deeper!.result!.tasks['leaf']!.output).toBe('did: Look deeper');
    expect(result.outputs).toEqual({ all: `did: Judge: did: Write about frogs / ${result.tasks['files']!.output}` });
    expect(result.tasks['review']!.costUsd).toBe(review!.result!.summary.costUsd);
    const whole = await env.store.runs.find('whole');
    expect(whole!.spentUsd).toBeCloseTo(result.summary.costUsd, 9);
    expect(whole!.totalTokens).toBe(result.summary.totalTokens);
    expect(env.model.requests).toHaveLength(3);
  });

  const linesOf = (name: string): string[] => {
    const text = readFileSync(join(env.workspace, name), 'utf8');
    return text.trim().split('\n');
  };

  it('is undone with the run around it, in the reverse order of its ends', async () => {
    const result = await env.run(planOf('saga.yaml'), { runId: 'saga' });

    expect(result).toMatchObject({
      status: 'failed',
      tasks: { inner: { status: 'compensated' } },
      compensations: [{ taskId: 'inner', status: 'succeeded', error: null }],
    });
    expect(linesOf('undone')).toEqual(['b', 'a']);
    const inner = await env.store.runs.find('saga.inner');
    expect(inner!.result!.compensations.map(({ taskId }) => taskId)).toEqual(['c', 'b', 'a']);
    expect((await env.store.runs.find('saga'))!.spentUsd).toBeCloseTo(result.summary.costUsd, 9);
  });

  it('is paused, goes on and is cancelled with the run around it, whose clock stands still while it waits', async () => {
    const run = await env.start(planOf('slow.yaml'), { runId: 'slow' });
    const statusOf = async (id: string) => (await env.store.runs.find(id))?.status;
    await until(
      'both wait',
      async () => (await statusOf('slow')) === 'waiting' && (await statusOf('slow.inner')) === 'waiting',
    );
    await run.pause({ by: 'ann' });
    await until(
      'both are paused',
      async () => (await statusOf('slow')) === 'paused' && (await statusOf('slow.inner')) === 'paused',
    );
    await run.resume({ by: 'ann' });
    await until(
      'both wait again',
      async () => (await statusOf('slow')) === 'waiting' && (await statusOf('slow.inner')) === 'waiting',
    );
    await run.cancel();
    expect(await run.result()).toMatchObject({ status: 'cancelled', tasks: { inner: { status: 'compensated' } } });
    expect(linesOf('cancelled')).toEqual(['a']);
    expect(await statusOf('slow.inner')).toBe('cancelled');
  });

  it('that went on as new while it waited has the clock of the run around it go on with it', async () => {
    const run = await startMoving(env, planOf('moves.yaml'), 12);
    const statusOf = async (id: string) => (await env.store.runs.find(id))?.status;
    await until('both wait', async () => (await statusOf(run.id)) === 'waiting');
    const inner = await env.client.find(`${run.id}.inner`);
    await until('it has gone on as new', async () => (await run.executions(inner.id)) > 1);
    await inner.approve();
    await until('both are at work', async () => (await statusOf(run.id)) === 'running');
    await run.cancel();
    expect(await run.result()).toMatchObject({ status: 'cancelled' });
    await run.close();
  });

  it('takes inputs that were edited before it began, but none that the plan has settled', async () => {
    const inputs = { text: 'cats', strict: true };
    const ends = [
      { ...inputs, text: 'dogs' },
      { ...inputs, strict: false },
    ].map(async (edit, index) => {
      const run = await env.start(planOf('edits.yaml'), { runId: `edits${index}` });
      await until('it asks', async () => (await env.store.runs.find(run.id))?.status === 'waiting');
      await run.approve({ edit: JSON.stringify(edit) });
      return run.result();
    });
    const [changed, refused] = await Promise.all(ends);
    expect(changed!.tasks['inner']!.output).toBe(JSON.stringify({ t: 'did: dogs' }));
    expect(refused!.tasks['inner']!.error).toMatch(/input "strict" .* was settled .*only text can be changed/);
  });

  it('spends what the run around it has, and no more', async () => {
    const result = await env.run(planOf('poor.yaml'), { runId: 'poor' });

    expect(result).toMatchObject({ status: 'partial', tasks: { inner: { status: 'failed' } } });
    expect(result.tasks['inner']!.error).toMatch(
      /poor\.inner is stopped: BudgetExceeded: the run around it: \d+ of 9100 tokens/,
    );
    const [poor, inner] = await Promise.all(['poor', 'poor.inner'].map((id) => env.store.runs.find(id)));
    expect(poor!.totalTokens).toBe(result.summary.totalTokens);
    expect(inner!.totalTokens).toBe(0);
    const { rows } = await env.store.sql.query('select 1 from runs where reserved_tokens <> 0 or reserved_nano <> 0');
    expect(rows).toEqual([]);
  });

  it('does not begin where its folder was made a link that leads out of the run around it', async () => {
    const outside = tempFolder();
    mkdirSync(join(env.workspace, 'sub'));
    writeFileSync(join(folder, 'links.yaml'), files['links.yaml']!.replace('OUTSIDE', outside));
    const result = await env.run(planOf('links.yaml'), { runId: 'links' });

    expect(result.tasks['mk']!.status).toBe('succeeded');
    expect(result.tasks['inner']!.error).toMatch(
      /The folder of this run, .*\/sub, leads out of the workspace by a link/,
    );
    expect(readdirSync(outside)).toEqual([]);
  });

  it('is tried again as another run, which pays nothing twice', async () => {
    const before = env.model.requests.length;
    const result = await env.run(planOf('again.yaml'), { runId: 'again' });

    expect(result).toMatchObject({ status: 'succeeded', tasks: { inner: { attempts: 2 } } });
    const prompts = env.model.requests.slice(before).map(({ body }) => JSON.stringify(body));
    expect(prompts.filter((text) => text.includes('Do it'))).toHaveLength(1);
    expect(prompts.filter((text) => text.includes('Flaky'))).toHaveLength(2);
  });
});
