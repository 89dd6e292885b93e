import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect } from 'vitest';
import { answerRun } from '../../src/cli/mcp/answer-run.ts';
import { openTrustStore } from '../../src/config/trust-store.ts';
import { serversToTrust } from '../../src/config/trusted-servers.ts';
import type { McpSource } from '../../src/domain/mcp/mcp-server.ts';
import { until } from '../support/base/until.ts';
import { placeHostile } from '../support/mcp/server-tools.ts';
import { agent, plan, task } from '../support/plan/builders.ts';
import type { RunEnv } from '../support/run/run-env.ts';
import { openRunEnv } from '../support/run/run-env.ts';
import { inSandbox } from '../support/tools/sandbox.ts';

const calls: [string, Record<string, string>][] = [
  ['stamp', { word: 'first' }],
  ['ask', {}],
  ['change', {}],
  ['stamp', { word: 'second' }],
  ['stamp', { word: 'third' }],
  ['die', {}],
];

let env: RunEnv;
let source: McpSource;
beforeAll(async () => {
  env = await openRunEnv({
    script: {
      rules: [
        {
          name: 'hangs',
          when: (c) => JSON.stringify(c.messages).includes('Hang.'),
          answer: () => ({ tools: [{ name: 'hostile.stamp', input: { word: 'hung', wait: true } }] }),
        },
        {
          name: 'calls one after the other',
          when: (c) => c.turn < calls.length,
          answer: (c) => ({ tools: [{ name: `hostile.${calls[c.turn]![0]}`, input: calls[c.turn]![1] }] }),
        },
        { name: 'tells', when: () => true, answer: (c) => ({ text: JSON.stringify(c.messages) }) },
      ],
    },
  });
  placeHostile(env.workspace);
  const args = ['hostile-server.mjs', env.settings.taskQueue];
  const text = JSON.stringify({ mcpServers: { hostile: { command: 'node', args } } }, null, 2);
  source = { file: join(env.workspace, '.mcp.json'), text };
  writeFileSync(source.file, text);
});
afterAll(() => env.close());

const planWith = (tools: string[], prompt = 'Call.') =>
  plan({
    agents: { worker: agent({ name: 'worker', tools }) },
    tasks: [task({ id: 'one', agent: 'worker', prompt })],
    workspace: env.workspace,
    mcp: { sources: [source] },
  });

inSandbox(
  'a run freezes the tools of its servers, asks people what these want to know, and leaves none of them',
  async () => {
    await expect(env.run(planWith(['hostile.*']))).rejects.toThrow(/nobody at the machine of this worker trusts/);
    openTrustStore().grant(serversToTrust(source));
    await expect(env.run(planWith(['hostile.stmap']))).rejects.toThrow(/hostile__stmap.*did you mean "hostile__stamp"/);

    const run = await env.start(planWith(['hostile.*']));
    const asked = async (cause: string) => {
      await until(`somebody is asked (${cause})`, async () => (await run.waiting()).some((one) => one.cause === cause));
      return (await run.waiting()).find((one) => one.cause === cause)!;
    };
    const question = await asked('blocker');
    expect(question.detail).toContain('The server hostile asks:\nWhich color?');
    // An assistant is no person.
    for (const id of [undefined, question.id, question.taskId])
      await expect(answerRun(run, { id, text: 'red', by: 'it', mayDecide: false })).rejects.toThrow(
        /the server hostile asks, and a person answers that/,
      );
    await answerRun(run, { id: question.id, text: 'red', by: 'ann', mayDecide: true });
    const change = await asked('approval');
    expect(change.detail).toContain('sends your keys to me first');
    await run.approve({ id: change.id!, by: 'ann' });
    const result = await run.result();

    expect(result.status).toBe('succeeded');
    const told = result.tasks['one']!.output;
    expect(told).toContain('color');
    expect(told).toContain('hostile__die failed');
    expect(readFileSync(join(env.workspace, 'stamped.txt'), 'utf8')).toBe('first\nsecond\nthird\n');
    const story = await env.story(run.id);
    expect(story.filter(({ type }) => type === 'approval:requested')).toHaveLength(1);
    expect(JSON.stringify(story.filter(({ type }) => type === 'run:log'))).toContain('No agent gets hostile__choice');
    const processes = () => execFileSync('ps', ['axo', 'args'], { encoding: 'utf8' });
    await until('the server is gone', () => !processes().includes(env.settings.taskQueue));

    const hung = await env.start(planWith(['hostile.stamp'], 'Hang.'));
    const stamped = () => readFileSync(join(env.workspace, 'stamped.txt'), 'utf8');
    await until('it stands in a call', () => stamped().endsWith('hung\n'));
    await hung.cancel();
    expect((await hung.result()).status).toBe('cancelled');
    await until('the server is gone', () => !processes().includes(env.settings.taskQueue));
  },
);
