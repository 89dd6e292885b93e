import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { RunEnv } from '../support/run/run-env.ts';
import { openRunEnv } from '../support/run/run-env.ts';
import { yamlPlan } from '../support/plan/yaml-plan.ts';

describe('a checkpoint that cannot be saved', () => {
  let env: RunEnv;
  beforeAll(async () => {
    env = await openRunEnv({
      script: { rules: [{ name: 'any', when: () => true, answer: () => ({ text: 'done' }) }] },
    });
  });
  afterAll(() => env.close());

  it('is told in the story of its run, once, and costs nothing else', async () => {
    await env.store.sql.query("alter table checkpoints add constraint no_second check (name <> 'tasks/2')");
    const plan = yamlPlan(`
checkpoint_every: 1
tasks:
  - { id: one, prompt: Do one. }
  - { id: two, prompt: Do two., depends_on: [one] }
`);
    expect(await env.run(plan, { runId: 'unsaved' })).toMatchObject({ status: 'succeeded' });
    const story = await env.story('unsaved');
    const about = story.filter(({ type }) => type.startsWith('checkpoint:'));
    expect(about).toMatchObject([
      { type: 'checkpoint:saved', checkpoint: 'tasks/1' },
      { type: 'checkpoint:error', checkpoint: 'tasks/2', after: 'two', error: expect.stringContaining('no_second') },
    ]);
    expect(story.at(-1)!.type).toBe('workflow:results');
  });
});
