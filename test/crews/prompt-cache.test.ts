import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Run } from '../../src/client/index.ts';
import type { ScriptedAnswer, ScriptedConversation } from '../../src/testing/index.ts';
import { agent } from '../support/plan/builders.ts';
import { yamlPlan } from '../support/plan/yaml-plan.ts';
import type { RunEnv } from '../support/run/run-env.ts';
import { openRunEnv } from '../support/run/run-env.ts';

const turns = 20;
// As long as the prompts of agents that come along, and a file as agents read them.
const instructions = 'You are careful, and you look at things before you say something about them. '.repeat(45);
const file = 'a line of a file that somebody reads\n'.repeat(130);
const mail = 'What I found meanwhile: the port is another one, and two tests fail because of it. '.repeat(4);

describe('over a conversation of 20 turns', () => {
  let env: RunEnv;
  const running = new Map<string, Run>();
  beforeAll(async () => {
    env = await openRunEnv({
      script: { rules: [{ name: 'looks', when: () => true, answer: look }] },
      settings: { unsandboxedShell: true },
    });
    writeFileSync(join(env.workspace, 'file.txt'), file);
  });
  afterAll(() => env.close());

  const ofCase = (name: string) =>
    env.model.requests.filter(({ body }) => JSON.stringify(body).includes(`Case ${name}.`));

  function look({ system, lastResults }: ScriptedConversation): ScriptedAnswer {
    const name = /Case (\w+)\./.exec(system)?.[1];
    if (name === undefined) return { text: mail };
    const { length: asked } = ofCase(name);
    if (asked >= turns || lastResults.some(({ content }) => content.includes('"added"'))) return { text: 'Done.' };
    // The call that adds it and the answer behind it are its parent's.
    const isAdded = name === 'hierarchical' && asked > turns / 2 + 1;
    if (name === 'hierarchical' && asked === turns / 2)
      return { tools: [{ name: 'plan_tasks', input: { tasks: [{ id: 'on', profile: name, prompt: 'Look on.' }] } }] };
    const run = running.get(name);
    // Nobody waits for it: it comes with the next turn, or the one after that.
    if (run) void run.send({ to: isAdded ? 'on' : 'look', text: `${asked}: ${mail}` });
    // A command is a step of its own, after which messages are looked for.
    const step = run
      ? { name: 'bash', input: { command: 'cat file.txt' } }
      : { name: 'filesystem', input: { action: 'read', path: 'file.txt' } };
    return { text: `Step ${asked} comes next.`, tools: [step] };
  }

  it.concurrent.each([
    ['plain', '', false],
    ['trimmed', 'context: { max_messages: 30 }', false],
    ['pruned', 'context: { prune_at_tokens: 24000 }', false],
    ['written', '', true],
    ['shared', 'context: { strategy: shared, max_messages: 30 }', true],
    // The second half of its turns are those of a task that the first half added.
    ['hierarchical', 'context: { strategy: hierarchical, max_messages: 30 }', true],
  ])('at least 85 of 100 tokens come from the prompt cache: %s', async (name, context, getsMail) => {
    const looker = agent({
      ...{ name, model: 'claude-sonnet-4-6', system: `Case ${name}. ${instructions}` },
      ...{ tools: ['issue', 'filesystem', 'bash'], maxTurns: 30 },
    });
    // What others find is told to whoever shares a context with them, before it begins and while it works.
    const others = [1, 2, 3].map((number) => `{ id: other-${number}, prompt: Find out. }`).join(', ');
    const plan = yamlPlan(
      `${context}\ntasks: [${others}, { id: look, profile: ${name}, depends_on: [other-1], prompt: Look at it.${name === 'hierarchical' ? ', decompose: true' : ''} }]`,
      {
        agents: [looker],
      },
    );
    const run = await env.start(plan);
    if (getsMail) running.set(name, run);
    expect(await run.result()).toMatchObject({ status: 'succeeded' });
    const story = await env.story(run.id);
    expect(story.filter(({ type }) => type === 'message:delivered').length > turns / 2).toBe(getsMail);
    expect(story.some((event) => event.type === 'task:added' && event.taskId === 'on')).toBe(name === 'hierarchical');
    const usages = ofCase(name).map(({ usage }) => usage!);
    const sent = usages.map((usage) => usage.inputTokens + usage.cacheReadTokens + usage.cacheWriteTokens);
    expect(sent.some((tokens, turn) => turn > 0 && tokens < sent[turn - 1]!)).toBe(/max|prune/.test(context));
    expect(story.some(({ type }) => type === 'context:notes')).toBe(name === 'shared');
    expect(sumOf(usages.map(({ cacheReadTokens }) => cacheReadTokens)) / sumOf(sent)).toBeGreaterThanOrEqual(0.85);
  });
});

function sumOf(numbers: number[]): number {
  return numbers.reduce((sum, each) => sum + each, 0);
}
