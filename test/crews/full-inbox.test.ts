import { afterAll, beforeAll, expect, it } from 'vitest';
import { execute } from '../../src/cli/messages/messages.ts';
import type { CrewMessage } from '../../src/domain/messages/message.ts';
import { planDefaults } from '../../src/domain/plan/plan.ts';
import { listMessages } from '../../src/store/messages/message-rows.ts';
import { steps } from '../../src/testing/index.ts';
import { tempFolder } from '../support/base/temp-folder.ts';
import { until } from '../support/base/until.ts';
import { testContext } from '../support/command/test-context.ts';
import { agent, plan, task } from '../support/plan/builders.ts';
import type { RunEnv } from '../support/run/run-env.ts';
import { openRunEnv } from '../support/run/run-env.ts';

const count = 5;
const longText = 'x'.repeat(19_000);
const send = (kind: string, text: string) => ({ name: 'send_message', input: { to: 'reader', kind, text } });

let env: RunEnv;
beforeAll(async () => {
  env = await openRunEnv({
    script: {
      rules: [
        steps('writes', (c) => c.prompt.startsWith('Do writer.'), [
          { tools: [send('request', 'which port?')] },
          { tools: Array.from({ length: count }, (_, nth) => send('data', `<<${nth}>>${longText}`)) },
          { text: 'written' },
        ]),
        steps('asks', (c) => c.prompt.startsWith('Do asker.'), [
          {
            tools: Array.from({ length: 10 }, (_, nth) => ({
              name: 'send_message',
              input: { to: 'terse', kind: 'request', text: `<<${nth}>>${longText}` },
            })),
          },
          { text: 'asked' },
        ]),
        {
          name: 'says the same',
          when: (c) => JSON.stringify(c.messages).includes('Do terse.'),
          answer: () => ({ text: 'done' }),
        },
        steps('reads', (c) => c.prompt.includes('Do reader.'), [
          { tools: [{ name: 'inbox', input: { folded: true } }] },
          (c) => {
            const { messages } = JSON.parse(c.lastResults[0]!.content) as { messages: { id: string }[] };
            return { tools: [{ name: 'inbox', input: { id: messages[0]!.id, from: 2 } }] };
          },
          (c) => {
            const { text, more } = JSON.parse(c.lastResults[0]!.content) as { text: string; more: string };
            return { text: `${text.slice(0, 5)} ${text.length} ${more}` };
          },
        ]),
      ],
    },
  });
});
afterAll(() => env.close());

it('ORCH-012 tells of more messages than a turn has room for in a summary, and loses none of them', async () => {
  const { limits } = planDefaults;
  const run = await env.start(
    plan({
      limits: { ...limits, maxParallel: 1 },
      communication: true,
      tasks: [
        task({ id: 'writer' }),
        task({ id: 'reader', dependsOn: [{ task: 'writer', on: 'any_end', from: 'explicit' }] }),
      ],
      agents: { worker: agent({ tools: ['send_message', 'inbox'] }) },
    }),
  );
  await until('the run is open', async () => Boolean(await env.store.runs.find(run.id)));
  const watch = async (json: boolean): Promise<string[]> => {
    const { context, out } = testContext(tempFolder(), { DATABASE_URL: env.settings.databaseUrl });
    expect(await execute(context, [run.id], { watch: true, json })).toBe(0);
    return out().trim().split('\n');
  };
  const [result, lines] = await Promise.all([run.result(), watch(true)]);

  expect(result.tasks['reader']!.output).toMatch(/^0>>xx 8000 inbox with \{"id": "\S+", "from": 8002\}$/);
  const entries = await env.store.runs.transcript(run.runKey, 'reader');
  const [turn] = entries.map(({ message }) => JSON.stringify(message.content));
  expect(turn).toContain('[2 older messages to you, not shown as more came than a turn has room for: 2 from writer.');
  expect(turn).toMatch(/which port\?[^]*<<2>>[^]*<<4>>/);
  expect(turn).not.toContain('<<1>>');

  const stored = await listMessages(env.store.sql, run.runKey);
  expect(stored.map(({ state }) => state)).toEqual(Array<string>(count + 1).fill('read'));
  expect(stored.flatMap(({ isFolded, text }) => (isFolded ? text.slice(0, 5) : []))).toEqual(['<<0>>', '<<1>>']);
  const told = lines.map((line) => JSON.parse(line) as CrewMessage);
  const marks = told.map(({ id, state, isFolded }) => `${id} ${state} ${isFolded}`);
  expect(new Set(marks).size).toBe(marks.length);
  const latest = new Map(told.map((one) => [one.id, one]));
  expect(stored).toMatchObject([...latest.values()]);
  expect((await watch(false))[1]).toMatch(/^\S+ data from writer to reader: read, in a summary after .+: <<0>>x+…?$/);
});

it('ORCH-012 ends no task before its agent has seen all that waits for it', async () => {
  const run = await env.start(
    plan({
      communication: true,
      tasks: [
        task({ id: 'asker' }),
        task({ id: 'terse', dependsOn: [{ task: 'asker', on: 'any_end', from: 'explicit' }] }),
      ],
      agents: { worker: agent({ tools: ['send_message'] }) },
    }),
  );
  const result = await run.result();
  expect(result.tasks['terse']).toMatchObject({ status: 'succeeded', output: 'done', turns: 4 });
  const stored = await listMessages(env.store.sql, run.runKey);
  expect(stored.map(({ state }) => state)).toEqual(Array<string>(10).fill('read'));
});
