import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Lineage } from '../../src/contracts/orchestrate-input.ts';
import type { Plan } from '../../src/domain/plan/plan.ts';
import type { RunResult } from '../../src/domain/run/run-result.ts';
import type { ScriptedConversation } from '../../src/testing/index.ts';
import type { RunEnv } from '../support/run/run-env.ts';
import { openRunEnv } from '../support/run/run-env.ts';
import { startFrom } from '../support/run/start-from.ts';
import { yamlPlan } from '../support/plan/yaml-plan.ts';

const echo = { name: 'echo', when: () => true, answer: (c: ScriptedConversation) => ({ text: `did: ${c.prompt}` }) };
const diamond = (b = 'B') => `
tasks:
  - { id: a, prompt: A }
  - { id: b, prompt: "${b} \${{ tasks.a.output }}", depends_on: [a] }
  - { id: c, prompt: "C \${{ tasks.a.output }}", depends_on: [a] }
  - { id: d, prompt: "D \${{ tasks.b.output }} \${{ tasks.c.output }}", depends_on: [b, c] }
`;

describe('ORCH-008 checkpoint recovery: what is unchanged is used again, and only the rest is paid', () => {
  let env: RunEnv;
  let workspace: string;
  let rounds = 0;
  beforeAll(async () => {
    env = await openRunEnv({ script: { rules: [echo] } });
    workspace = mkdtempSync(join(tmpdir(), 'gaffer-repository-'));
    const git = (...args: string[]) => execFileSync('git', args, { cwd: workspace, stdio: 'pipe' });
    git('init', '--quiet');
    git('-c', 'user.name=t', '-c', 'user.email=t@example.org', 'commit', '--quiet', '--allow-empty', '-m', 'first');
  });
  afterAll(async () => {
    await env.close();
    rmSync(workspace, { recursive: true, force: true });
  });

  async function again(plan: Plan, from: RunResult, more: Partial<Lineage> = {}) {
    const row = (await env.store.runs.find(from.runId))!;
    const before = env.model.requests.length;
    const lineage: Lineage = {
      ...{ kind: 'fork', run: from.runId, runKey: row.runKey, from: null, redo: [], only: null },
      ...more,
    };
    const runId = `${from.runId}-${lineage.kind}-${++rounds}`;
    const result = await (await startFrom(env, { plan: { ...plan, workspace }, runId, lineage })).result();
    const statuses = Object.fromEntries(Object.entries(result.tasks).map(([id, { status }]) => [id, status]));
    return { result, statuses, calls: env.model.requests.length - before };
  }

  it('uses everything again when nothing changed, and nothing of what is done anew', async () => {
    const first = await env.run({ ...yamlPlan(diamond()), workspace });
    const same = await again(yamlPlan(diamond()), first);
    expect(same).toMatchObject({ calls: 0, result: { status: 'succeeded', summary: { reusedTasks: 4, costUsd: 0 } } });
    expect(same.result.tasks['d']!.output).toBe(first.tasks['d']!.output);
    const fromB = await again(yamlPlan(diamond()), first, { kind: 'retry', from: 'b', redo: ['b', 'd'] });
    expect(fromB.statuses).toEqual({ a: 'reused', b: 'succeeded', c: 'reused', d: 'succeeded' });
    expect(fromB.calls).toBe(2);
  });

  it('pays only for an edited task and what depends on it, also when the edit stands in another place', async () => {
    const first = await env.run({ ...yamlPlan(diamond()), workspace });
    const edited = await again(yamlPlan(diamond('Bee')), first, { kind: 'reuse' });
    expect(edited.statuses).toEqual({ a: 'reused', b: 'succeeded', c: 'reused', d: 'succeeded' });
    const twice = await again(yamlPlan(diamond('Bee')), edited.result, { kind: 'reuse' });
    expect(twice.calls).toBe(0);
  });

  it('does only what failed again, and goes on with conversations', async () => {
    env.model.setScript({
      rules: [
        { name: 'fails', when: (c) => c.prompt === 'Second', answer: () => ({ fault: { kind: 'refusal' } }) },
        echo,
      ],
    });
    const text =
      'tasks:\n  - { id: one, prompt: First, context_name: x }\n  - { id: two, prompt: Second, context_name: x }\n';
    const first = await env.run({ ...yamlPlan(text), workspace });
    expect(first.status).toBe('partial');
    env.model.setScript({
      rules: [{ name: 'counts', when: () => true, answer: (c) => ({ text: `${c.messages.length} messages` }) }],
    });
    const retried = await again(yamlPlan(text), first, { kind: 'retry' });
    expect(retried.statuses).toEqual({ one: 'reused', two: 'succeeded' });
    expect(retried.result.tasks['two']!.output).toBe('3 messages');
    expect(await env.store.runs.remove((await env.store.runs.find(first.runId))!.runKey)).toBe(true);
    const row = (await env.store.runs.find(retried.result.runId))!;
    expect(await env.store.runs.transcript(row.runKey, 'x')).toHaveLength(4);
  });

  it('takes over what looked at files only while they are as they were, unless the task says so', async () => {
    env.model.setScript({ rules: [echo] });
    const text = (rule: string) => `tasks: [{ id: review, prompt: Review the diff.${rule} }]`;
    const first = await env.run({ ...yamlPlan(text('')), workspace });
    const told = async (rule: string, kind: Lineage['kind']) => {
      const { statuses, result } = await again(yamlPlan(text(rule)), first, { kind });
      const event = (await env.story(result.runId)).find(({ type }) => type === 'task:reused');
      return [statuses['review'], event?.type === 'task:reused' ? event.files : null];
    };
    expect(await told('', 'reuse')).toEqual(['reused', 'same']);
    expect(await told(', reuse: never', 'retry')).toEqual(['succeeded', null]);
    writeFileSync(join(workspace, 'new.txt'), 'changed');
    expect(await told('', 'reuse')).toEqual(['succeeded', null]);
    expect(await told(', reuse: same-files', 'retry')).toEqual(['succeeded', null]);
    expect(await told(', reuse: always', 'reuse')).toEqual(['reused', 'unknown']);
    expect(await told('', 'retry')).toEqual(['reused', 'unknown']);
  });

  it('keeps a checkpoint after every phase and every so many tasks, the workspace included', async () => {
    writeFileSync(join(workspace, 'note.txt'), 'before');
    env.model.setScript({
      rules: [
        {
          name: 'writes',
          when: (c) => c.prompt === 'Write' && c.turn === 0,
          answer: () => ({ tools: [{ name: 'bash', input: { command: 'echo after > note.txt' } }] }),
        },
        echo,
      ],
    });
    const result = await env.run({
      ...yamlPlan(`
checkpoint_every: 1
phases:
  - { name: One, tasks: [{ id: a, prompt: A }] }
  - { name: Two, tasks: [{ id: b, prompt: Write }] }
`),
      workspace,
    });
    const row = (await env.store.runs.find(result.runId))!;
    const checkpoints = await env.store.runs.checkpoints(row.runKey);
    expect(checkpoints.map(({ name }) => name).sort()).toEqual(['phase/One', 'phase/Two', 'tasks/1', 'tasks/2']);
    const noteOf = (name: string) => {
      const { snapshot } = checkpoints.find((each) => each.name === name)!;
      return execFileSync('git', ['show', `${snapshot}:note.txt`], { cwd: workspace, encoding: 'utf8' }).trim();
    };
    expect(noteOf('phase/One')).toBe('before');
    expect(noteOf('phase/Two')).toBe('after');
    expect(readFileSync(join(workspace, 'note.txt'), 'utf8').trim()).toBe('after');
  });
});
