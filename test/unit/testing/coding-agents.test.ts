import { afterEach, describe, expect, it, vi } from 'vitest';
import type { JsonObject } from '../../../src/domain/json.ts';
import type { Rule, ScriptedModelServer } from '../../../src/testing/index.ts';
import { startScriptedModel } from '../../../src/testing/index.ts';

const servers: ScriptedModelServer[] = [];

afterEach(async () => {
  await Promise.all(servers.splice(0).map((server) => server.close()));
});

async function start(answer: Rule['answer']): Promise<ScriptedModelServer> {
  const server = await startScriptedModel({ rules: [{ name: 'always', when: () => true, answer }] });
  servers.push(server);
  return server;
}

const user = (text: string): JsonObject => ({ role: 'user', content: text });

/** The status of what the Messages API answers. */
async function post(server: ScriptedModelServer, body: object, headers: Record<string, string> = {}): Promise<number> {
  const whole = { model: 'claude-haiku-4-5', max_tokens: 100, ...body };
  return (await fetch(`${server.url}/v1/messages`, { method: 'POST', body: JSON.stringify(whole), headers })).status;
}

describe('startScriptedModel, asked by coding agents', () => {
  it('takes what is said of the system between turns from clients that ask for it alone, as part of the system', async () => {
    const seen = vi.fn(() => ({ text: 'Seen.' }));
    const server = await start(seen);
    const between = { role: 'system', content: [{ type: 'text', text: 'Be quick.' }] };
    const body = { system: 'You are one.', messages: [user('Do it.'), between, { role: 'system', content: [] }] };
    expect(await post(server, body)).toBe(400);
    const headers = { 'anthropic-beta': 'effort-2025-11-24,per-turn-control-2026-07-01' };
    expect(await post(server, body, headers)).toBe(200);
    expect(seen).toHaveBeenCalledOnce();
    expect(seen).toHaveBeenCalledWith(
      expect.objectContaining({
        system: 'You are one.\nBe quick.',
        prompt: 'Do it.',
        turn: 0,
        messages: [{ role: 'user', content: [{ type: 'text', text: 'Do it.' }] }],
      }),
    );
  });

  it('takes tools in a namespace and what a client says of itself over the Responses API', async () => {
    const seen = vi.fn(() => ({ text: 'Seen.' }));
    const server = await start(seen);
    const tool = (name: string): JsonObject => ({
      ...{ type: 'function', name, description: '', strict: false },
      parameters: { type: 'object', properties: {} },
    });
    const body = {
      model: 'gpt-5.4',
      client_metadata: { turn_id: 'a' },
      tools: [tool('run'), { type: 'namespace', name: 'crew', description: '', tools: [tool('ask')] }],
      input: [
        { role: 'developer', content: 'You are one.' },
        { role: 'user', content: 'Do it.' },
      ],
    };
    const send = (value: object): Promise<Response> =>
      fetch(`${server.url}/v1/responses`, { method: 'POST', body: JSON.stringify(value) });
    expect((await send(body)).status).toBe(200);
    expect(seen).toHaveBeenCalledWith(
      expect.objectContaining({ system: 'You are one.', prompt: 'Do it.', tools: ['run', 'ask'] }),
    );
    const twice = { ...body, tools: [tool('run'), { type: 'namespace', name: 'crew', tools: [tool('run')] }] };
    expect(await (await send(twice)).text()).toContain("Duplicate function name: 'run'");
  });
});
