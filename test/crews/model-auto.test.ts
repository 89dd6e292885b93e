import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { agent } from '../support/plan/builders.ts';
import { yamlPlan } from '../support/plan/yaml-plan.ts';
import type { RunEnv } from '../support/run/run-env.ts';
import { openRunEnv } from '../support/run/run-env.ts';

const agents = [agent({ name: 'any', model: 'auto', tools: [] })];
const workflow = `name: auto-models
tasks:
  - id: hard
    profile: any
    complexity: simple
    retry: { max_attempts: 3, backoff: 10ms }
    output: { type: object, properties: { ok: { type: boolean } }, required: [ok] }
    prompt: Something that looks simple.
  - { id: named, profile: any, model: haiku, prompt: B }
  - { id: open, profile: any, prompt: C }
`;

describe('a model that is left open', () => {
  let env: RunEnv;
  beforeAll(async () => {
    env = await openRunEnv({
      script: {
        rules: [
          {
            name: 'only better models can',
            when: ({ prompt }) => prompt.includes('looks simple'),
            answer: ({ model }) => ({ text: model.includes('haiku') ? 'I do not know.' : '{ "ok": true }' }),
          },
          { name: 'others', when: () => true, answer: () => ({ text: 'done' }) },
        ],
      },
    });
  });
  afterAll(() => env.close());

  it('goes up a tier when an attempt fails, says why, and is learned from in the next run', async () => {
    const chosenIn = async (runId: string) =>
      (await env.story(runId)).flatMap((event) =>
        event.type === 'agent:invoke' && event.chosen
          ? [`${event.taskId} ${event.model.split('-')[1]}: ${event.chosen.reason}`]
          : [],
      );
    const first = await env.start(yamlPlan(workflow, { agents }));
    expect(await first.result()).toMatchObject({ status: 'succeeded', tasks: { hard: { attempts: 2 } } });
    expect((await chosenIn(first.id)).toSorted()).toEqual([
      'hard haiku: simple, declared',
      'hard sonnet: simple, declared; claude-haiku-4-5 failed',
      'open haiku: simple, estimated: a short prompt, and nothing to change',
    ]);
    const second = await env.start(yamlPlan(workflow, { agents }));
    expect(await second.result()).toMatchObject({ status: 'succeeded', tasks: { hard: { attempts: 1 } } });
    expect(await chosenIn(second.id)).toContain(
      'hard sonnet: simple, declared; claude-haiku-4-5 failed 1 of the last 1 times',
    );
  });
});
