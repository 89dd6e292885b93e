import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { JsonObject } from '../../src/domain/json.ts';
import { planDefaults } from '../../src/domain/plan/plan.ts';
import { listMessages } from '../../src/store/messages/message-rows.ts';
import type { Rule, ScriptedAnswer } from '../../src/testing/index.ts';
import { steps } from '../../src/testing/index.ts';
import { agent, plan, task } from '../support/plan/builders.ts';
import { until } from '../support/base/until.ts';
import type { RunEnv } from '../support/run/run-env.ts';
import { openRunEnv } from '../support/run/run-env.ts';

const uses = (name: string, ...inputs: JsonObject[]): ScriptedAnswer => ({
  tools: inputs.map((input) => ({ name, input })),
});
/** Who asks whom. */
const asks: Record<string, string> = {
  ...{ asker: 'idle', late: 'planned', vain: 'nobody', heir: 'busy', 'ring-a': 'ring-b', 'ring-b': 'ring-a' },
  ...{ 'tri-a': 'tri-b', 'tri-b': 'tri-c', 'tri-c': 'tri-a' },
};
const stall = { kind: 'stall', afterEvents: 0 } as const;
const last = (id: string): Rule => ({
  name: `${id} tells`,
  when: (c) => c.prompt.startsWith(`Do ${id}.`),
  answer: (c) => ({ text: c.lastResults.map(({ content }) => content).join('\n') || 'nothing' }),
});

describe.each(['child', 'inline'] as const)(
  'ORCH-012 agents that write to each other, in tasks that are %s',
  (tasks) => {
    let env: RunEnv;
    beforeAll(async () => {
      env = await openRunEnv({
        script: {
          rules: [
            {
              name: 'answers',
              when: (c) => c.prompt.includes('asks you something'),
              answer: (c) => ({ text: `It is ${c.prompt.includes('colour') ? 'green' : 'late'}.` }),
            },
            {
              name: 'asks once',
              when: (c) => /^Do (?:asker|late|vain|heir|ring-[ab]|tri-[abc])\./.test(c.prompt) && c.turn === 0,
              answer: (c) => {
                const [, id] = /^Do ([\w-]+)\./.exec(c.prompt)!;
                const to = asks[id!]!;
                return uses('ask', { to, text: id === 'asker' ? 'Which colour?' : 'What time is it?' });
              },
            },
            ...Object.keys(asks).map(last),
            { name: 'stalls', when: (c) => c.prompt.startsWith('Do busy.'), answer: () => ({ fault: stall }) },
            steps('writer', (c) => c.prompt.startsWith('Do writer.'), [
              uses('send_message', { to: 'reader', kind: 'data', text: 'the API is at /v2', data: { port: 80 } }),
              { text: 'written' },
            ]),
            steps('hands over', (c) => c.prompt.startsWith('Do giver'), [
              uses('filesystem', { action: 'write', path: 'a.txt', content: 'half' }),
              uses('send_message', { to: 'taker', kind: 'handoff', text: 'Half is done.', afterwards: 'end' }),
              { text: 'never asked' },
            ]),
            {
              name: 'takes over',
              when: (c) => c.prompt.startsWith('Do taker.') || c.prompt.includes('hands its work over'),
              answer: (c) => ({ text: /Half is done[^]*a\.txt/.test(c.prompt) ? 'all is done' : 'nothing to do' }),
            },
            {
              name: 'reads',
              when: (c) => c.prompt.includes('reader') || c.prompt.includes('/v2'),
              answer: (c) => ({ text: /the API is at \/v2/.exec(JSON.stringify(c.messages))?.[0] ?? 'no mail' }),
            },
            { name: 'others', when: () => true, answer: () => ({ text: 'done' }) },
          ],
        },
      });
    });
    afterAll(() => env.close());

    const crew = (tasksOf: Parameters<typeof task>[0][], maxParallel = 4) =>
      plan({
        limits: { ...planDefaults.limits, tasks, maxParallel },
        communication: true,
        workspace: env.workspace,
        tasks: tasksOf.map((each) => task({ timeoutMs: 20_000, ...each })),
        agents: { worker: agent({ tools: ['send_message', 'ask', 'inbox', 'filesystem'] }) },
      });
    const after = (id: string) => [{ task: id, on: 'any_end' as const, from: 'explicit' as const }];
    const mailOf = async (runId: string) => {
      const run = await env.store.runs.find(runId);
      return run ? listMessages(env.store.sql, run.runKey) : [];
    };

    const toldIn = async (runId: string, context: string): Promise<string> => {
      const { runKey } = (await env.store.runs.find(runId))!;
      const entries = await env.store.runs.transcript(runKey, context);
      return JSON.stringify(entries.map(({ message }) => message.content));
    };

    it('delivers what one writes in the turn with which the other begins, verbatim and once', async () => {
      const run = await env.start(crew([{ id: 'writer' }, { id: 'reader', dependsOn: after('writer') }]));
      const result = await run.result();

      expect(result.tasks['reader']).toMatchObject({ status: 'succeeded', output: 'the API is at /v2' });
      expect(await mailOf(run.id)).toMatchObject([
        { kind: 'data', from: 'writer', to: 'reader', text: 'the API is at /v2', data: { port: 80 }, state: 'read' },
      ]);
      const { runKey } = (await env.store.runs.find(run.id))!;
      const entries = await env.store.runs.transcript(runKey, 'reader');
      const told = entries.flatMap(({ message }) => JSON.stringify(message.content).match(/the API is at \/v2/g) ?? []);
      expect(told).toHaveLength(2);
      const story = (await env.story(run.id)).flatMap((event) => (event.type.startsWith('message:') ? event.type : []));
      expect(story).toEqual(['message:sent', 'message:delivered']);
    });

    it('has somebody who has ended answer by a short task that goes on in its conversation', async () => {
      const run = await env.start(crew([{ id: 'idle' }, { id: 'asker', dependsOn: after('idle') }], 1));
      const result = await run.result();

      expect(result.tasks['asker']).toMatchObject({ status: 'succeeded', output: 'idle answers:\nIt is green.' });
      expect(await mailOf(run.id)).toMatchObject([
        { kind: 'request', to: 'idle', state: 'answered' },
        { kind: 'response', from: 'idle', to: 'asker', state: 'read' },
      ]);
      const [added] = Object.entries(result.tasks).filter(([id]) => id.startsWith('answer-'));
      expect(added![1]).toMatchObject({ status: 'succeeded', context: 'idle', agent: 'worker' });
    });

    it('has somebody who begins only later answer beside its task, although that waits for who asks', async () => {
      const run = await env.start(crew([{ id: 'late' }, { id: 'planned', dependsOn: after('late') }], 1));
      const result = await run.result();

      expect(result.tasks['late']).toMatchObject({ status: 'succeeded', output: 'planned answers:\nIt is late.' });
      expect(result.tasks['planned']).toMatchObject({ status: 'succeeded', output: 'done' });
    });

    it('tells all of those who ask each other, two or three, instead of letting them wait', async () => {
      const ids = ['ring-a', 'ring-b', 'tri-a', 'tri-b', 'tri-c'];
      const run = await env.start(
        crew(
          ids.map((id) => ({ id })),
          ids.length,
        ),
      );
      const result = await run.result();

      expect(result.status).toBe('succeeded');
      for (const id of ids) expect(await toldIn(run.id, id)).toMatch(/you (?:would )?wait for each other/);
    });

    it('has a question answered although the task that is asked is given up meanwhile', async () => {
      const run = await env.start(crew([{ id: 'busy' }, { id: 'heir' }]));
      await until('it is asked', async () => (await mailOf(run.id)).length > 0);
      await run.skip({ task: 'busy', reason: 'a test' });
      const result = await run.result();

      expect(result.tasks['busy']!.status).toBe('skipped');
      expect(result.tasks['heir']).toMatchObject({ status: 'succeeded', output: 'busy answers:\nIt is late.' });
    });

    it('ORCH-015 hands work over with its files and a digest, to who begins later and to who has ended, and ends the sender', async () => {
      const run = await env.start(
        crew(
          [{ id: 'giver' }, { id: 'taker', dependsOn: after('giver') }, { id: 'giver-2', dependsOn: after('taker') }],
          1,
        ),
      );
      const result = await run.result();

      expect(result.status).toBe('succeeded');
      expect(result.tasks['taker']).toMatchObject({ status: 'succeeded', output: 'all is done' });
      const [added] = Object.entries(result.tasks).filter(([id]) => id.startsWith('handoff-'));
      expect(added![1]).toMatchObject({ status: 'succeeded', context: 'taker', output: 'all is done' });
      for (const id of ['giver', 'giver-2']) {
        expect(result.tasks[id]).toMatchObject({ status: 'succeeded', turns: 2 });
        expect(await toldIn(run.id, id)).not.toContain('never asked');
      }
      const [first, second] = await mailOf(run.id);
      expect([first, second]).toMatchObject([
        { kind: 'handoff', from: 'giver', to: 'taker', state: 'read' },
        { kind: 'handoff', from: 'giver-2', to: 'taker', state: 'read' },
      ]);
      expect(first!.text).toMatch(/^Half is done\.[^]*with its file tool: a\.txt\][^]*Do giver\./);
    });

    it('says who is meant when nobody has that name', async () => {
      const result = await env.run(crew([{ id: 'vain' }, { id: 'nobodi' }]));

      expect(result.tasks['vain']!.output).toContain('did you mean "nobodi"?');
    });
  },
);
