import { chmodSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { PlanTask } from '../../src/domain/plan/plan.ts';
import { tempFolder } from '../support/base/temp-folder.ts';
import { agent, plan, task } from '../support/plan/builders.ts';
import type { RunEnv } from '../support/run/run-env.ts';
import { openRunEnv } from '../support/run/run-env.ts';

/** An agent of ACP without a model and without a memory, which does what its first argument says. */
const program = `#!/usr/bin/env node
import { appendFileSync, writeFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
const [does] = process.argv.slice(2);
const send = (message) => process.stdout.write(JSON.stringify({ jsonrpc: '2.0', ...message }) + '\\n');
const update = (update) => send({ method: 'session/update', params: { sessionId: 's', update } });
const call = (id, command, output) => {
  update({ sessionUpdate: 'tool_call', toolCallId: id, title: 'shell', kind: 'execute', status: 'in_progress', rawInput: { command } });
  update({ sessionUpdate: 'tool_call_update', toolCallId: id, status: 'completed', rawOutput: output });
};
const say = (text) => update({ sessionUpdate: 'agent_message_chunk', content: { type: 'text', text } });
// One that goes on without end waits for a moment after each call, as a model would have it.
const without = (end) => { let n = 0; setInterval(() => end(++n), 20); };
for await (const line of createInterface({ input: process.stdin })) {
  const { id, method, params } = JSON.parse(line);
  if (method === 'initialize') send({ id, result: { protocolVersion: 1, agentCapabilities: {} } });
  if (method === 'session/new') send({ id, result: { sessionId: 's' } });
  if (method !== 'session/prompt') continue;
  const told = params.prompt.map(({ text }) => text).join('\\n');
  appendFileSync('told.txt', told + '\\n====\\n');
  if (does === 'circles') without((n) => call('c' + n, 'ls', 'a.txt'));
  else if (does === 'wanders') without((n) => call('c' + n, 'ls ' + n, 'nothing'));
  else if (does === 'opens') without((n) => { for (let i = 0; i < 200; i++) update({ sessionUpdate: 'tool_call', toolCallId: n + '-' + i, title: 'shell', kind: 'execute' }); });
  else if (does === 'hangs') setInterval(() => undefined, 1000);
  else {
    if (told.includes('test -f made.txt')) writeFileSync('made.txt', '');
    say('Done.');
    send({ id, result: { stopReason: 'end_turn' } });
  }
}
`;

describe('a task of an agent of ACP', () => {
  let env: RunEnv;
  beforeAll(async () => {
    const gateway = { socket: '/nowhere/gateway.sock', ready: async () => undefined };
    env = await openRunEnv({ settings: { unsandboxedShell: true, gateway } });
  });
  afterAll(() => env.close());

  const outcome = async (does: string, of: Partial<PlanTask> = {}, maxTurns = 50) => {
    const file = join(tempFolder(), 'agent.mjs');
    writeFileSync(file, program);
    chmodSync(file, 0o755);
    const workspace = tempFolder();
    const runner = { kind: 'acp' as const, command: [file, does] };
    const worker = agent({ runner, isolate: 'shared', maxTurns, tools: ['bash', 'filesystem', 'web'] });
    const result = await env.run(plan({ workspace, agents: { worker }, tasks: [task(of)] }));
    return { workspace, ...result.tasks['one']! };
  };

  it('fails where it goes round in circles', async () => {
    expect(await outcome('circles')).toMatchObject({
      status: 'failed',
      error: expect.stringMatching(/circle/) as string,
    });
  });

  it('fails where it has used up its turns', async () => {
    const error = expect.stringMatching(/no end after 3 turns: give the agent a higher max_turns/) as string;
    expect(await outcome('wanders', {}, 3)).toMatchObject({ status: 'failed', error });
  });

  it('fails where its time is over, and its program with it', async () => {
    const error = expect.stringMatching(/task one took longer than its timeout of 1\.5 s/) as string;
    expect(await outcome('hangs', { timeoutMs: 1500 })).toMatchObject({ status: 'failed', error });
  });

  it('fails where it has more calls under way than any agent makes', async () => {
    const error = expect.stringMatching(/more calls under way/) as string;
    expect(await outcome('opens')).toMatchObject({ status: 'failed', error });
  });

  it('hears of a check that fails, also where it has no memory and begins anew', async () => {
    const { workspace, ...end } = await outcome('does', {
      prompt: 'Make it.',
      checks: { commands: ['test -f made.txt'] },
    });
    expect(end).toMatchObject({ status: 'succeeded', output: 'Done.' });
    expect(existsSync(join(workspace, 'made.txt'))).toBe(true);
    const [, second] = readFileSync(join(workspace, 'told.txt'), 'utf8').split('====');
    expect(second).toMatch(
      /Make it\.[^]*This task was begun before[^]*a check of this task fails: `test -f made\.txt`/,
    );
  });
});
