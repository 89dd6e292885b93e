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
  async function run(
    tasks: PlanTask[],
    answer: (c: ScriptedConversation) => ScriptedAnswer,
    manager: string | null = null,
  ) {
    const asked = new Map<string, ScriptedConversation[]>();
    const rule = (c: ScriptedConversation): ScriptedAnswer => {
      const word = /\b(Find|Build|Sum|Look|Tell)\b/.exec(JSON.stringify(c.messages))?.[0] ?? '';
      asked.set(word, [...(asked.get(word) ?? []), c]);
      return answer(c);
    };
    env.model.setScript({ rules: [{ name: 'crew', when: () => true, answer: rule }] });
    const worker = agent({ tools: ['state_set', 'send_message'], maxTurns: 200 });
    const boss = agent({ name: 'boss', tools: [] });
    const planned = plan({ agents: { worker, ...(manager !== null && { boss }) }, manager, tasks, workspace: '' });
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
    const sum = task({ id: 'sum', prompt: 'Sum up the ports.', decompose: true, ...shared, ...waits });
    const begins = [
      { name: 'state_set', input: { key: 'port', value: 8000 } },
      { name: 'send_message', input: { to: '*', kind: 'broadcast', text: 'Nobody deploys on Monday.' } },
      { name: 'report_blocker', input: { what: 'Which host?', needs: 'its name' } },
    ];
    const splits = [
      { name: 'state_set', input: { key: 'port', value: 9000 } },
      { name: 'plan_tasks', input: { tasks: [{ id: 'late', profile: 'worker', prompt: 'Tell the ports.' }] } },
    ];
    let looked = 0;
    const again = (): ScriptedAnswer => ({
      tools: [{ name: 'read_output', input: { task: 'find', offset: looked++ % 20 } }],
      latencyMs: 300,
    });
    const asks = { look: 0, sum: 0 };
    const answer = (c: ScriptedConversation): ScriptedAnswer => {
      if (c.prompt.includes('is blocked in its task find')) return { text: 'Take host seven.' };
      if (c.prompt.startsWith('Find')) return c.turn === 0 ? { tools: begins } : { text: 'The ports begin at 8000.' };
      // Notes of its turns are newer texts than its prompt.
      if (JSON.stringify(c.messages[0]).includes('"Sum up')) {
        // Whatever this machine does meanwhile: who looks has begun before anything is summed up.
        if (asks.look === 0) return again();
        return asks.sum++ === 0 ? { tools: splits } : { text: 'Summed up: 42 ports.' };
      }
      if (c.prompt.startsWith('Tell')) return { text: 'told' };
      asks.look += 1;
      return JSON.stringify(c.messages).includes('42 ports') ? { text: 'seen' } : again();
    };
    const { asked, story } = await run([find, look, sum], answer, 'boss');
    const begun =
      /What other agents of this run have found out[^]*- state port \(version 1, find\): 8000\n- find \(worker, succeeded\): The ports begin at 8000\.\n- decision \(find\): Which host\?[^\n]*boss answered: Take host seven\.$/m;
    const [first] = asked.get('Sum')!;
    expect(first!.prompt).toMatch(begun);
    // As a message, and not as a note too.
    expect(JSON.stringify(first!.messages)).toContain('Nobody deploys on Monday.');
    expect(JSON.stringify(first!.messages)).not.toContain('- broadcast');
    // Whose task came later did not get the message, and shares contexts as whoever added it does.
    expect(asked.get('Tell')![0]!.prompt).toContain('- broadcast (find): Nobody deploys on Monday.');
    const last = JSON.stringify(asked.get('Look')!.at(-1)!.messages);
    for (const once of [
      '- find (worker, succeeded): The ports begin at 8000.',
      '- decision (find): Which host?',
      '- sum (worker, succeeded): Summed up: 42 ports.',
      '- state port (version 2, sum): 9000',
    ])
      expect(last.split(once)).toHaveLength(2);
    const told = story.filter((event) => event.type === 'context:notes');
    const begunWith = ['state port', 'find', 'decision find'];
    expect(told.map(({ taskId, notes }) => [taskId, notes])).toEqual(
      expect.arrayContaining([
        ['look', begunWith],
        ['sum', begunWith],
        ['look', expect.arrayContaining(['sum'])],
      ]),
    );
  });
});
