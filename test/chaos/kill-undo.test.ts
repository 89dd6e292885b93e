import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Run } from '../../src/client/index.ts';
import { agent } from '../support/plan/builders.ts';
import { seeded, seedsOf } from '../support/crash/seeds.ts';
import { openCrashStage } from '../support/crash/stage.ts';
import { violations } from '../support/invariants/invariants.ts';
import { until } from '../support/base/until.ts';
import { yamlPlan } from '../support/plan/yaml-plan.ts';

// Issue 4, section 3: a kill in the middle of a compensation leaves its effect counted once, and the others are done after it.
const kinds = [
  { kind: 'bash', compensate: '{ bash: "sleep 1; echo b >> undone" }' },
  { kind: 'tool', compensate: '{ tool: issue, input: { action: create, title: undone b } }' },
  { kind: 'prompt', compensate: '{ prompt: "Take b back." }' },
];

describe('a worker that is killed while it undoes', () => {
  const stage = openCrashStage({
    settings: { unsandboxedShell: true },
    script: {
      rules: [
        { name: 'bad', when: (c) => c.prompt === 'Bad.', answer: () => ({ fault: { kind: 'refusal' } }) },
        {
          name: 'undo',
          when: (c) => c.prompt.includes('Take b back.') && c.turn === 0,
          answer: () => ({
            tools: [{ name: 'issue', input: { action: 'create', title: 'undone b' } }],
            latencyMs: 300,
          }),
        },
        { name: 'rest', when: () => true, answer: () => ({ text: 'done' }) },
      ],
    },
  });

  describe.each(kinds)('by $kind', ({ kind, compensate }) => {
    it.each(seedsOf(1))('seed %i', async (seed) => {
      const { env } = stage;
      const random = seeded(seed);
      const runId = `undo-${kind}-${seed}`;
      const workspace = join(env.workspace, runId);
      mkdirSync(workspace);
      const plan = yamlPlan(
        `
on_failure: compensate
tasks:
  - { id: a, prompt: A., compensate: { bash: "echo a >> undone" } }
  - { id: b, prompt: B., depends_on: [a], compensate: ${compensate} }
  - { id: c, prompt: Bad., depends_on: [b], compensate: { bash: "echo c >> undone" } }
`,
        { workspace, agents: [agent({ tools: ['issue', 'bash'] })] },
      );
      const handle = await env.start(plan, { runId });
      await until('b is being undone', async () => (await undoing(handle)).includes('b'));
      const rest = kind === 'bash' ? random(900) : random(120);
      await new Promise((resolve) => setTimeout(resolve, rest));
      const kill = await stage.crash(handle.runKey);
      await until('the run ends', async () => (await handle.describe()).status !== 'running', 40_000);
      const result = await handle.result();
      expect(result.status).toBe('failed');
      expect(result.compensations.map(({ taskId, status }) => `${taskId} ${status}`)).toEqual([
        'c succeeded',
        'b succeeded',
        'a succeeded',
      ]);
      const marks = kind === 'bash' ? ['c', 'b', 'a'] : ['c', 'a'];
      expect(readFileSync(join(workspace, 'undone'), 'utf8').trim().split('\n')).toEqual(marks);
      expect(await issues(handle)).toBe(kind === 'bash' ? 0 : 1);
      expect(await violations(env, handle.runKey, [kill], { plan })).toEqual([]);
    });
  });

  async function undoing({ id: runId }: Run): Promise<string[]> {
    return (await stage.env.story(runId)).flatMap((event) =>
      event.type === 'compensation:start' ? [event.taskId] : [],
    );
  }

  async function issues({ runKey }: Run): Promise<number> {
    const { rows } = await stage.env.store.sql.query<{ count: number }>(
      'select count(*) from issues i join runs r on r.board = i.board where r.run_key = $1',
      [runKey],
    );
    return rows[0]!.count;
  }
});
