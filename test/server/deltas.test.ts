import { expect, it } from 'vitest';
import type { AgentDelta } from '../../src/domain/conversation/agent-delta.ts';
import { textOf } from '../../src/domain/conversation/conversation.ts';
import type { ScriptedConversation } from '../../src/testing/index.ts';
import { yamlPlan } from '../support/plan/yaml-plan.ts';
import { openRunEnv } from '../support/run/run-env.ts';

const chain = Array.from({ length: 8 }, (_, index) =>
  index === 0 ? '{ id: t0, prompt: P0 }' : `{ id: t${index}, prompt: P${index}, depends_on: [t${index - 1}] }`,
);

it('what a model says in a run is heard while it says it, word for word, by whoever listens to that run', async () => {
  const answer = (c: ScriptedConversation) => ({
    text: `${c.prompt} is done, and nothing else is. `.repeat(50),
    latencyMs: 700,
  });
  const env = await openRunEnv({ script: { rules: [{ name: 'slow', when: () => true, answer }] } });
  try {
    const run = await env.start(yamlPlan(`tasks:\n${chain.map((task) => `  - ${task}\n`).join('')}`));
    const heard: AgentDelta[] = [];
    const leave = env.store.deltas.hear(
      run.runKey,
      (delta) => heard.push(delta),
      (why) => expect.fail(why),
    );
    expect((await run.result()).status).toBe('succeeded');
    leave();
    expect(heard.length).toBeGreaterThan(0);
    for (const { taskId, agentName, attempt, turn, offset, text } of heard) {
      const said = (await run.transcript(taskId)).filter(({ message: { role } }) => role === 'assistant');
      expect([attempt, turn, agentName === '']).toEqual([1, 1, false]);
      expect(textOf(said[0]!.message).startsWith(text, offset)).toBe(true);
    }
  } finally {
    await env.close();
  }
});
