import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { JsonObject, JsonValue } from '../../src/domain/json.ts';
import type { RunResult } from '../../src/domain/run/run-result.ts';
import type { Rule, ScriptedConversation } from '../../src/testing/index.ts';
import { defaultScript } from '../../src/testing/index.ts';
import { neededInputs, shipped, templatePlan } from '../support/plan/shipped-templates.ts';
import { openRunEnv, type RunEnv } from '../support/run/run-env.ts';

const project = new URL('../../examples/foreman-worker/project', import.meta.url).pathname;

// What the inputs leave out.
const skipped: Readonly<Record<string, string[]>> = {
  consensus: ['judge'],
  debate: ['advocate-last', 'skeptic-last', 'pragmatist-last'],
  feature: ['repair'],
  negotiation: ['offer-2', 'counter-2', 'offer-3', 'counter-3'],
  'foreman-worker': ['work-3', 'work-4', 'finish-3', 'finish-4'],
};

const parts = [{ id: 'server', profile: 'backend-engineer', prompt: 'Build the server.' }];
const ballot = { abstained: false, reasons: ['less to know'], confidence: 80, wouldChange: 'load' };
const flaw = { option: 'lock', flaw: 'It is never freed.', evidence: 'src/database.js:1' };

function answers(name: string, when: (prompt: string) => boolean, value: (prompt: string) => JsonValue): Rule {
  return {
    name,
    when: (c: ScriptedConversation) => when(c.prompt),
    answer: (c: ScriptedConversation) => ({ text: JSON.stringify(value(c.prompt)) }),
  };
}

const rules: Rule[] = [
  {
    name: 'split',
    when: (c: ScriptedConversation) => c.prompt.startsWith('Feature:') && c.results.length === 0,
    answer: () => ({ tools: [{ name: 'plan_tasks', input: { tasks: parts } }] }),
  },
  // The last voter differs, and sees a flaw where the question says so.
  answers(
    'vote',
    (prompt) => prompt.startsWith('Vote on this question; you are number'),
    (prompt) => {
      const isLast = prompt.includes('number 3 of 3');
      return { ...ballot, choice: isLast ? 'queue' : 'lock', fatal: isLast && prompt.includes('Flawed') ? [flaw] : [] };
    },
  ),
  answers(
    'judge of votes',
    (prompt) => prompt.includes('voted on this question without seeing each other'),
    () => ({
      ...{ decision: 'queue', reasons: ['A lock is never freed.'], minority: '', confidence: 90 },
      conflicts: [{ issue: 'freeing', holders: 'one', kind: 'fact', resolved: 'It is so.' }],
    }),
  ),
  answers(
    'second side',
    (prompt) => prompt.startsWith('You negotiate') && prompt.includes('The other side offers'),
    () => ({ accepts: true, terms: ['Wednesday'], reasons: [] }),
  ),
  ...defaultScript.rules,
];

describe('the templates that come with Gaffer', () => {
  let env: RunEnv;
  beforeAll(async () => {
    env = await openRunEnv({ script: { rules } });
    cpSync(project, env.workspace, { recursive: true });
    const git = (...args: string[]): Buffer => execFileSync('git', args, { cwd: env.workspace });
    git('init', '--quiet');
    mkdirSync(join(env.workspace, 'docs'));
    git('add', '--all');
    git('-c', 'user.name=a', '-c', 'user.email=a@example.com', 'commit', '--quiet', '--message', 'All of it');
  });
  afterAll(() => env.close());

  async function run(id: string, inputs: JsonObject = {}): Promise<RunResult> {
    const { plan } = templatePlan(id, { ...neededInputs[id], ...inputs }, false);
    return env.run({ ...plan, workspace: '', limits: { ...plan.limits, tasks: 'inline' } });
  }

  it.concurrent.each(shipped.templates.map(({ id }) => id))(
    '%s runs to its end, and gives all of its outputs',
    async (id) => {
      const { status, reason, tasks, outputs = {}, outputErrors = {} } = await run(id);
      expect([status, reason]).toEqual(['succeeded', null]);
      expect(outputErrors).toEqual({});
      for (const [name, value] of Object.entries(outputs)) expect(value, name).not.toBe('');
      const left = Object.entries(tasks).flatMap(([task, { status: end }]) =>
        end === 'succeeded' ? [] : [`${task} ${end}`],
      );
      expect(left).toEqual((skipped[id] ?? []).map((task) => `${task} skipped`));
    },
    60_000,
  );

  it.concurrent(
    'a consensus counts votes, and a judge decides only where they leave something open',
    async () => {
      const three = { votes: 3, agreement: 60 };
      const [agreed, flawed, open, few] = await Promise.all([
        run('consensus', three),
        run('consensus', { ...three, question: 'Flawed?' }),
        run('consensus', { ...three, agreement: 100 }),
        run('consensus', { ...three, quorum: 4 }),
      ]);
      const counted = [
        { option: 'lock', votes: 2 },
        { option: 'queue', votes: 1 },
      ];
      expect(agreed!.outputs).toEqual({ decision: 'lock', counted, conflicts: [] });
      expect(flawed!.outputs).toMatchObject({ decision: 'queue', counted, conflicts: [{ issue: 'freeing' }] });
      expect(open!.outputs).toMatchObject({ decision: 'queue' });
      expect(few!.outputs).toEqual({ decision: 'no quorum', counted, conflicts: [] });
    },
    60_000,
  );
});
