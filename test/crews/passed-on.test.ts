import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { PlanTask } from '../../src/domain/plan/plan.ts';
import type { ScriptedAnswer, ScriptedConversation } from '../../src/testing/index.ts';
import { violations } from '../support/invariants/invariants.ts';
import { agent, plan, task } from '../support/plan/builders.ts';
import type { RunEnv } from '../support/run/run-env.ts';
import { openRunEnv } from '../support/run/run-env.ts';

const long = Array.from({ length: 200 }, (_, at) => `finding ${at}: the port of service ${at} is ${8000 + at}`).join(
  '\n',
);

describe('what agents of a run know of each other', () => {
  let env: RunEnv;
  beforeAll(async () => {
    env = await openRunEnv();
  });
  afterAll(() => env.close());

  /** Runs tasks; what each was asked comes back by its prompt's first word. */
  async function run(tasks: PlanTask[], answer: (c: ScriptedConversation) => ScriptedAnswer) {
    const asked = new Map<string, ScriptedConversation[]>();
    const rule = (c: ScriptedConversation): ScriptedAnswer => {
      const word = /\b(Find|Build|Sum|Look)\b/.exec(JSON.stringify(c.messages))?.[0] ?? '';
      asked.set(word, [...(asked.get(word) ?? []), c]);
      return answer(c);
    };
    env.model.setScript({ rules: [{ name: 'crew', when: () => true, answer: rule }] });
    const planned = plan({ agents: { worker: agent({ tools: ['state_set'] }) }, tasks, workspace: '' });
    const started = await env.start(planned);
    const result = await started.result();
    expect(result.status).toBe('succeeded');
    expect(await violations(env, started.runKey, [], { plan: planned })).toEqual([]);
    return { asked, result, story: await env.story(started.id) };
  }

  const find = task({ id: 'find', prompt: 'Find the ports.' });

  it('is a summary of what a task waits for, which a tool opens', async () => {
    const build = task({
      ...{ id: 'build', prompt: 'Build it.' },
      dependsOn: [{ task: 'find', on: 'all_success', from: 'explicit', pass: 'summary' }],
    });
    const { asked } = await run([find, build], (c) => {
      if (c.prompt.startsWith('Find')) return { text: long };
      if (c.turn === 0)
        return {
          tools: [
            { name: 'read_output', input: { task: 'find', offset: 100 } },
            { name: 'read_output', input: { task: 'build' } },
          ],
        };
      return { text: 'built' };
    });
    const [first, second] = asked.get('Build')!;
    expect(first!.prompt).toMatch(
      /Build it\.\n\n\[What came out of[^]*find \(worker, succeeded\), in short: all \d+ characters with read_output \{"task": "find"\}:\n```\nfinding 0:[^]*characters are left out[^]*finding 199: the port of service 199 is 8199\n```$/,
    );
    expect(first!.prompt.length).toBeLessThan(400 * 3.5 + 500);
    expect(first!.tools).toContain('read_output');
    const [whole, refused] = second!.lastResults;
    expect(whole!.content).toBe(long.slice(100));
    expect(refused).toMatchObject({ isError: true, content: expect.stringContaining('It waits for: find') });
    expect(asked.get('Find')![0]!.tools).toContain('read_output');
  });

  it('is the whole result, the whole conversation, or nothing, as its plan says', async () => {
    const after = (id: string, pass?: 'output' | 'full') =>
      task({
        ...{ id, prompt: `Build ${id}.` },
        dependsOn: [{ task: 'find', on: 'all_success', from: 'explicit', ...(pass && { pass }) }],
      });
    const { asked } = await run([find, after('a', 'output'), after('b', 'full'), after('c')], (c) =>
      c.prompt.startsWith('Find') ? { text: long } : { text: 'built' },
    );
    const prompts = asked
      .get('Build')!
      .map(({ prompt }) => prompt)
      .toSorted();
    expect(prompts[0]).toContain(`find (worker, succeeded):\n\`\`\`\n${long}\n\`\`\``);
    expect(prompts[1]).toMatch(
      /its whole conversation:\n```\n## Its tools, or whoever it works for\nFind the ports\.\n\n## The agent\nfinding 0/,
    );
    expect(prompts[2]).toBe('Build c.');
  });

  it('is what all share: notes that bear on a task when it begins, and new ones with its turns, each once', async () => {
    const shared = { strategy: 'shared' as const };
    const waits = { dependsOn: [{ task: 'find', on: 'all_success' as const, from: 'explicit' as const }] };
    const look = task({ id: 'look', prompt: 'Look at the ports until all is summed up.', ...shared, ...waits });
    const sum = task({ id: 'sum', prompt: 'Sum up the ports.', ...shared, ...waits });
    let looked = 0;
    const { asked, story } = await run([find, look, sum], (c) => {
      if (c.prompt.startsWith('Find')) {
        const set = { name: 'state_set', input: { key: 'port', value: 8000 } };
        return c.turn === 0 ? { tools: [set] } : { text: 'The ports begin at 8000.' };
      }
      if (c.prompt.startsWith('Sum')) return { text: 'Summed up: 42 ports.' };
      const isTold = JSON.stringify(c.messages).includes('42 ports');
      return isTold
        ? { text: 'seen' }
        : { tools: [{ name: 'read_output', input: { task: 'find', offset: looked++ % 20 } }], latencyMs: 300 };
    });
    const begun =
      /What other agents of this run have found out[^]*- state port \(version 1, find\): 8000\n- find \(worker, succeeded\): The ports begin at 8000\./;
    expect(asked.get('Sum')![0]!.prompt).toMatch(begun);
    const last = JSON.stringify(asked.get('Look')!.at(-1)!.messages);
    expect(last.match(/- find \(worker, succeeded\): The ports begin at 8000\./g)).toHaveLength(1);
    expect(last.match(/- sum \(worker, succeeded\): Summed up: 42 ports\./g)).toHaveLength(1);
    const told = story.filter((event) => event.type === 'context:notes');
    expect(told.map(({ taskId, notes }) => [taskId, notes])).toEqual(
      expect.arrayContaining([
        ['look', ['state port', 'find']],
        ['sum', ['state port', 'find']],
        ['look', ['sum']],
      ]),
    );
  });
});
