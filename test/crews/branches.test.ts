import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ScriptedAnswer, ScriptedConversation } from '../../src/testing/index.ts';
import { violations } from '../support/invariants/invariants.ts';
import { agent, plan, task } from '../support/plan/builders.ts';
import type { RunEnv } from '../support/run/run-env.ts';
import { openRunEnv } from '../support/run/run-env.ts';

const briefing = { pass: 'summary', passTokens: 400, noteTokens: 2000 } as const;

describe('a task that goes on from the one that added it', () => {
  let env: RunEnv;
  beforeAll(async () => {
    env = await openRunEnv();
  });
  afterAll(() => env.close());

  it('begins with its conversation, and with the same instructions and tools where it can, so that cached prompts are hit', async () => {
    const split = {
      name: 'plan_tasks',
      input: {
        tasks: [
          { id: 'one', profile: 'planner', prompt: 'Do the first.' },
          { id: 'two', profile: 'writer', prompt: 'Do the second.' },
          { id: 'three', profile: 'reader', prompt: 'Do the third.' },
        ],
      },
    };
    const answer = (c: ScriptedConversation): ScriptedAnswer => {
      if (c.prompt.includes('Do the second.') && c.turn === 0) return { tools: [{ ...split, input: { tasks: [] } }] };
      if (c.prompt.includes('Do the')) return { text: `did ${/first|second|third/.exec(c.prompt)![0]}` };
      return c.turn === 0 ? { text: 'The secret is 42.', tools: [split] } : { text: 'It is split.' };
    };
    env.model.setScript({ rules: [{ name: 'crew', when: () => true, answer }] });
    const planned = plan({
      ...{ workspace: '', context: { maxMessages: 50, strategy: 'hierarchical', briefing } },
      agents: {
        planner: agent({ name: 'planner', system: 'You plan.', tools: [] }),
        writer: agent({ name: 'writer', system: 'You write.', tools: [] }),
        reader: agent({ name: 'reader', system: 'You read.', tools: ['filesystem'] }),
      },
      tasks: [task({ id: 'lead', agent: 'planner', prompt: 'Split it.', decompose: true })],
    });
    const before = env.model.requests.length;
    const run = await env.start(planned);
    const { status, tasks } = await run.result();
    expect(status).toBe('succeeded');
    expect(['one', 'two', 'three'].map((id) => tasks[id]!.output)).toEqual(['did first', 'did second', 'did third']);
    const requests = env.model.requests.slice(before);
    const plain = (value: unknown): string => JSON.stringify(value).replaceAll(/,"cache_control":\{[^}]*\}/g, '');
    const lastOf = (body: Record<string, unknown>): string => plain((body['messages'] as unknown[]).at(-1));
    const lead = requests[1]!.body;
    const beginning = plain(lead['messages']).slice(0, -1);
    for (const word of ['first', 'second', 'third']) {
      const first = requests.find(
        ({ body }) =>
          lastOf(body).includes('[From here on you are the agent') && lastOf(body).includes(`Do the ${word}.`),
      );
      expect(plain(first!.body['messages']).startsWith(beginning)).toBe(true);
      const isFramed = word !== 'third';
      expect(plain([first!.body['system'], first!.body['tools']]) === plain([lead['system'], lead['tools']])).toBe(
        isFramed,
      );
    }
    // All of them see the call that split the work: only its own requests are made of what was said to it.
    const second = requests.findLast(({ body }) => plain(body['messages']).includes('agent writer'))!;
    expect(plain(second.body['messages'])).toMatch(
      /instead of those that this conversation began with:\]\\nYou write\./,
    );
    // What is shown and not its own is refused.
    expect(plain(second.body['messages'])).toContain('There is no tool \\"plan_tasks\\"');
    expect((await run.transcript('two')).length).toBeGreaterThan(6);
    expect(await violations(env, run.runKey, [], { plan: planned })).toEqual([]);
  });
});
