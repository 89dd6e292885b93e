import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { WireAnswer, WireServer } from '../support/model/wire-server.ts';
import { body, events, json, startWireServer } from '../support/model/wire-server.ts';
import { agent, plan, task } from '../support/plan/builders.ts';
import type { RunEnv } from '../support/run/run-env.ts';
import { openRunEnv } from '../support/run/run-env.ts';

const usage = { input_tokens: 100, output_tokens: 20 };
const message = (...content: object[]): WireAnswer => json({ type: 'message', role: 'assistant', content, usage });

describe('a server that speaks in its own way', () => {
  let env: RunEnv;
  let server: WireServer;
  beforeAll(async () => {
    server = await startWireServer();
    const accounts = { anthropic: { apiKey: 'key-of-the-test', baseURL: server.url } };
    env = await openRunEnv({ settings: { models: { kind: 'scripted', accounts } } });
  });
  afterAll(async () => {
    await env.close();
    await server.close();
  });
  beforeEach(() => server.asked.splice(0));

  const agents = { worker: agent({ tools: ['issue'] }) };

  it('is sent the blocks that nobody here knows as they came, in their places', async () => {
    const search = { type: 'server_tool_use', id: 'srvtoolu_1', name: 'web_search', input: { query: 'x' } };
    const found = { type: 'web_search_tool_result', tool_use_id: 'srvtoolu_1', content: [{ encrypted_content: 'Eq' }] };
    const list = { type: 'tool_use', id: 'toolu_1', name: 'issue', input: '{"action":"list"}' };
    server.answerWith(({ length }) =>
      length === 1 ? message(search, found, list) : message({ type: 'text', text: 'done' }),
    );
    const { tasks, summary } = await env.run(plan({ agents }));
    expect(tasks['one']).toMatchObject({ status: 'succeeded', output: 'done' });
    expect(server.asked).toHaveLength(2);
    expect(server.asked[1]![1]!.content).toEqual([search, found, { ...list, input: { action: 'list' } }]);
    expect(summary).toMatchObject({ totalTokens: 240 });
  });

  it('is taken at its word, in one call, where its JSON has words and blocks around it', async () => {
    const output = { type: 'object', properties: { n: { type: 'integer' } }, required: ['n'] };
    const after = { task: 'one', on: 'all_success', from: 'explicit' } as const;
    const template = ['n is ', { expression: 'tasks.one.output.n' }];
    const tasks = [task({ output }), task({ id: 'two', dependsOn: [after], template })];
    const text = (words: string) => ({ type: 'text', text: words });
    server.answerWith(([first]) =>
      JSON.stringify(first).includes('n is 7')
        ? message(text('done'))
        : message(text('From {"x": 1} I get:'), text('```jsonc\n{"n": 7,}\n```'), text('Anything else?')),
    );
    const { tasks: ended } = await env.run(plan({ agents, tasks }));
    expect(ended).toMatchObject({ one: { status: 'succeeded', output: '{"n":7}' }, two: { status: 'succeeded' } });
    expect(server.asked).toHaveLength(2);
  });

  it('fails a task at once for an error that stays, in whichever shape', async () => {
    const error = { object: 'error', code: 400, message: 'no such parameter', type: 'BadRequestError' };
    server.answerWith(() => events(`data: ${JSON.stringify(error)}\n\n`));
    const { tasks } = await env.run(plan({ agents }));
    expect(tasks['one']).toMatchObject({
      status: 'failed',
      error: expect.stringContaining('no such parameter') as string,
    });
    expect(server.asked).toHaveLength(1);
  });

  it('has the run wait where it is no Messages API, by name, until somebody has put that right', async () => {
    server.answerWith(() => body('<title>Sign in</title>', { 'content-type': 'text/html' }));
    const run = await env.start(plan({ agents }));
    for await (const event of run.events()) {
      if (event.type !== 'run:waiting') continue;
      expect(event).toMatchObject({ cause: 'provider', detail: expect.stringContaining('a web page (“Sign in”)') });
      break;
    }
    expect(server.asked).toHaveLength(1);
    server.answerWith(() => message({ type: 'text', text: 'done' }));
    await run.resume({ by: 'ann' });
    expect((await run.result()).tasks['one']).toMatchObject({ status: 'succeeded', output: 'done' });
  });
});
