import { afterAll, beforeAll, expect, it } from 'vitest';
import { planDefaults } from '../../src/domain/plan/plan.ts';
import type { ScriptedConversation } from '../../src/testing/index.ts';
import { until } from '../support/base/until.ts';
import { createRuns } from '../../src/client/create-runs.ts';
import { openPlace } from '../../src/client/connection/open-place.ts';
import { forTenant } from '../../src/client/connection/tenant-session.ts';
import { agent, plan, task } from '../support/plan/builders.ts';
import type { RunEnv } from '../support/run/run-env.ts';
import { openRunEnv } from '../support/run/run-env.ts';

const has = (name: string) => (c: ScriptedConversation) => JSON.stringify(c.messages).includes(`Do ${name}.`);
const across = ['run:west-1/reader', 'run:acme@west-1/reader'];
const to = ['run:west-1/reader', 'run:west-1/nobody', 'run:shut/reader', 'run:none/x', 'run:west-1'];

let env: RunEnv;
beforeAll(async () => {
  env = await openRunEnv({
    script: {
      rules: [
        {
          name: 'writer',
          when: has('writer'),
          answer: ({ results }) => {
            const send = (name: string) => ({
              name: 'send_message',
              input: { to: name, kind: 'request', text: 'Is it done?' },
            });
            return results.length === 0
              ? { tools: to.map(send) }
              : { text: results.map(({ content }) => content).join('\n') };
          },
        },
        {
          name: 'outsider',
          when: has('outsider'),
          answer: ({ results }) => {
            const send = (name: string) => ({
              name: 'send_message',
              input: { to: name, kind: 'data', text: 'From beside.' },
            });
            return results.length === 0
              ? { tools: across.map(send) }
              : { text: results.map(({ content }) => content).join('\n') };
          },
        },
        {
          name: 'reader',
          when: has('reader'),
          answer: ({ messages }) =>
            messages.length === 1
              ? { tools: [{ name: 'state_wait', input: { key: 'go', deadline: '1h' } }] }
              : { text: JSON.stringify(messages) },
        },
        {
          name: 'gate',
          when: has('gate'),
          answer: ({ turn }) =>
            turn === 0 ? { tools: [{ name: 'state_set', input: { key: 'go', value: true } }] } : { text: 'open' },
        },
      ],
    },
  });
});
afterAll(() => env.close());

const crew = (ids: string[], partners?: string[]) =>
  plan({
    communication: true,
    ...(partners && { partners }),
    tasks: ids.map((id) =>
      task({
        id,
        ...(id === 'gate' && {
          approval: { at: 'before', when: null, ...planDefaults.approval, by: [] },
        }),
      }),
    ),
    agents: { worker: agent({ tools: ['send_message', 'state_wait', 'state_set'] }) },
  });

it('ORCH-012 lets agents of two runs write to each other where both files name the other one, and nobody else', async () => {
  const [west, shut] = await Promise.all([
    env.start(crew(['reader', 'gate'], ['east-*']), { runId: 'west-1' }),
    env.start(crew(['reader', 'gate']), { runId: 'shut' }),
  ]);
  for (const run of [west, shut]) {
    const waits = async () =>
      (await env.story(run.id)).some((event) => event.type === 'task:waiting' && event.taskId === 'reader');
    await until(`${run.id} waits`, waits);
  }
  const east = await env.start(crew(['writer'], ['*']), { runId: 'east-1' });
  const told = (await east.result()).tasks['writer']!.output.split('\n');
  const stranger = await env.run(crew(['writer'], ['*']), { runId: 'stranger' });

  expect(JSON.parse(told[0]!)).toMatchObject({ to: 'run:west-1/reader' });
  expect(told.slice(1)).toEqual([
    expect.stringContaining('nobody is called "nobody"'),
    expect.stringContaining('there is no run shut at work that this one may write to'),
    expect.stringContaining('there is no run none at work that this one may write to'),
    expect.stringContaining('is called run:ID/NAME'),
  ]);
  expect(stranger.tasks['writer']!.output).toContain('there is no run west-1 at work that this one may write to');
  await west.approve({ id: 'gate', by: 'ann' });
  await shut.cancel();
  const { output } = (await west.result()).tasks['reader']!;
  expect(output.match(/Is it done\?/g)).toHaveLength(1);
  expect(output).toContain('from run:east-1/writer');
});

it('lets no agent write to a run of another tenant, whatever both files name, and tells it what it tells of no run', async () => {
  const { temporal, databaseUrl, taskQueue } = env.settings;
  const session = await openPlace({ temporal, databaseUrl, taskQueue, cwd: env.workspace, env: {} });
  const all = ['*', 'acme@*', 'zeta@*', '*@*'];
  const start = (tenant: string, id: string, tasks: string[]) =>
    createRuns(forTenant(session, tenant)).start({ id, plan: { ...crew(tasks, all), workspace: env.workspace } });
  const west = await start('acme', 'west-1', ['reader', 'gate']);
  const waits = async () =>
    (await env.story(west.id)).some((event) => event.type === 'task:waiting' && event.taskId === 'reader');
  await until('its reader waits', waits);
  const toldTo = async (tenant: string): Promise<string[]> =>
    (await (await start(tenant, 'east-2', ['outsider'])).result()).tasks['outsider']!.output.split('\n');

  for (const tenant of ['zeta', 'default'])
    expect(await toldTo(tenant)).toEqual(
      ['west-1', 'acme@west-1'].map((id) =>
        expect.stringContaining(`there is no run ${id} at work that this one may write to`),
      ),
    );
  for (const sent of await toldTo('acme')) expect(JSON.parse(sent)).toMatchObject({ to: 'run:acme@west-1/reader' });
  await west.approve({ id: 'gate', by: 'ann' });
  const { output } = (await west.result()).tasks['reader']!;
  expect(output.match(/From beside\./g)).toHaveLength(2);
  expect(output).toContain('from run:acme@east-2/outsider');
  await session.close();
});
