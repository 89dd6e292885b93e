import { describe, expect, it } from 'vitest';
import type { Cassette, TapeCall } from '../../../../src/domain/cassette/cassette.ts';
import type { Message } from '../../../../src/domain/conversation/conversation.ts';
import { noUsage } from '../../../../src/domain/money/usage.ts';
import type { ModelClient, ModelRequest } from '../../../../src/models/model.ts';
import type { JsonObject, JsonValue } from '../../../../src/domain/json.ts';
import type { SlowTool, ToolCall, ToolOutput } from '../../../../src/tools/tool.ts';
import type { ToolServers } from '../../../../src/activities/base/dependencies.ts';
import { agent, plan } from '../../../support/plan/builders.ts';
import { createReplay } from '../../../../src/workers/cassette/replay.ts';

const run = 'crew-x7k2';
const head = { model: 'claude-haiku-4-5', system: `You work for ${run}.`, tools: ['bash'] };

function said(
  role: Message['role'],
  text: string,
): { role: Message['role']; content: [{ type: 'text'; text: string }] } {
  return { role, content: [{ type: 'text', text }] };
}

function call(step: string, asked: number, text: string): TapeCall {
  return { step, head: 0, asked, answer: [{ type: 'text', text }], stop: 'end_turn' };
}

const cassette: Cassette = {
  ...{ format: 'gaffer-cassette', version: 1, run, workflow: 'crew', plan: 'sha256:x', inputs: {} },
  heads: [head],
  messages: [
    { parent: null, ...said('user', `Build ${run} at 2026-11-29T10:00:00.000Z, says m-zm4iyu1wscr94.`) },
    { parent: 0, ...said('assistant', 'Built.') },
    { parent: 1, ...said('user', 'Test it.') },
    { parent: null, ...said('user', 'Write one line.') },
  ],
  calls: [
    call('build~1/1/0', 0, 'Built.'),
    call('test~1/1/0', 2, 'Tested.'),
    call('line[0]~1/1/0', 3, 'first'),
    call('line[1]~1/1/0', 3, 'second'),
  ],
  tools: [],
};

function request(step: string, messages: Message[], more: Partial<ModelRequest> = {}): ModelRequest {
  const callKey = `other-9:01234567-89ab-cdef-0123-456789abcdef/${step}`;
  const tools = ['report_blocker', 'bash'].map((name) => ({ name, description: 'new words', input_schema: {} }));
  const system = 'You work for other-9.';
  return { model: head.model, system, tools, messages, maxTokens: 100, callKey, ...more };
}

function replay({ isLive = false, from = cassette } = {}) {
  const told: string[][] = [];
  const asked: ModelRequest[] = [];
  const live: ModelClient = {
    complete(each) {
      asked.push(each);
      return Promise.resolve({ content: [{ type: 'text', text: 'live' }], stopReason: 'end_turn', usage: noUsage });
    },
  };
  const created = createReplay(from, { isLive, onDifference: (lines) => told.push(lines) });
  const client = created.client(live);
  const ask = async (...given: Parameters<typeof request>): Promise<string> => {
    const { content } = await client.complete(request(...given), { signal: new AbortController().signal });
    return content[0]?.type === 'text' ? content[0].text : '';
  };
  const tools = (tool: SlowTool) => created.tools(new Map([[tool.name, tool]])).get(tool.name) as SlowTool;
  const servers = (of: ToolServers) => created.servers(of);
  return { ask, told, asked, client, tools, servers, counts: created.counts };
}

function slowTool(name: string, does: (command: string) => void): SlowTool {
  return {
    ...{ name, kind: 'slow', definition: { name, description: '', input_schema: {} } },
    ...{ problemOf: () => null, effectOf: () => 'once', describe: ({ command }) => commandOf(command) },
    run: ({ command }) => {
      does(commandOf(command));
      return Promise.resolve({ content: 'live' });
    },
  };
}

function commandOf(value: JsonValue | undefined): string {
  return typeof value === 'string' ? value : '';
}

const added = { name: 'notes.add_note', input: { text: 'hi' }, content: 'noted', isError: false };

function runTool(tool: SlowTool, { id, input }: { id: string; input: JsonObject }): Promise<ToolOutput> {
  const runKey = 'other-9:01234567-89ab-cdef-0123-456789abcdef';
  return tool.run(input, { runKey, callKey: `build~1/1/${id}/0` } as ToolCall, new AbortController().signal);
}

const first = said('user', 'Build other-9 at 2026-12-01T08:30:00Z, says m-3fs0k2l9ab1.');

describe('createReplay', () => {
  it('answers by what is asked, in any order, whatever the run is called and when it runs', async () => {
    const { ask, asked, counts } = replay();
    expect(await ask('test~1/1/0', [first, said('assistant', 'Built.'), said('user', 'Test it.')])).toBe('Tested.');
    expect(await ask('build~1/1/0', [first])).toBe('Built.');
    expect(asked).toEqual([]);
    expect(counts).toEqual({ calls: 2, tools: 0, different: 0 });
  });

  it('gives the same question of two tasks the answer of each, again and again', async () => {
    const { ask } = replay();
    for (const _ of [1, 2]) {
      expect(await ask('line[1]~1/1/0', [said('user', 'Write one line.')])).toBe('second');
      expect(await ask('line[0]~1/1/0', [said('user', 'Write one line.')])).toBe('first');
    }
    expect(await ask('renamed~1/1/0', [said('user', 'Write one line.')])).toBe('first');
  });

  it('names the first request that differs, with what differs, and asks nobody', async () => {
    const { ask, asked, told, counts } = replay();
    const changed = said('user', 'Build other-9\u001b[2J well at 2026-12-01T08:30:00Z, says m-3fs0k2l9ab1.');
    await expect(ask('build~1/1/0', [changed])).rejects.toMatchObject({
      kind: 'bad-request',
      message: expect.stringContaining('build~1/1/0 differs from the cassette'),
    });
    expect(told).toEqual([
      [
        'The first that differs from the cassette is the request of build~1/1/0 (nothing is asked live):',
        "user's text 1 differs:",
        '- Build {run} at {time}, says {message}.',
        '+ Build {run}\u241b[2J well at {time}, says {message}.',
      ],
    ]);
    expect(asked).toEqual([]);
    expect(counts.different).toBe(1);
  });

  it.each([
    ['model', { model: 'claude-sonnet-4-6' }],
    ['system prompt', { system: 'You rest.' }],
    ['tools', { tools: [] }],
    ['output schema', { output: { type: 'object' } }],
  ])('sees another %s', async (part, more) => {
    const { ask, told } = replay();
    await expect(ask('build~1/1/0', [first], more)).rejects.toThrow('differs');
    expect(told[0]![1]).toBe(`${part} differs:`);
  });

  it('knows the tools of servers and own ones, whose names models get in another form', async () => {
    const tools = ['inbox', 'notes.add_note', 'acme.greet'];
    const heads = [{ ...head, tools: ['acme__greet', 'notes__add_note'] }];
    const { ask, told } = replay({ from: { ...cassette, heads } });
    const asked = tools.map((name) => ({ name, description: '', input_schema: {} }));
    expect(await ask('build~1/1/0', [first], { tools: asked })).toBe('Built.');
    await expect(ask('build~1/1/0', [first], { tools: asked.slice(0, 2) })).rejects.toThrow('differs');
    expect(told[0]!.slice(1)).toEqual(['tools differs:', '- acme__greet', '+ notes__add_note']);
  });

  it('asks live only what differs, where it may', async () => {
    const { ask, asked, counts } = replay({ isLive: true });
    expect(await ask('build~1/1/0', [first])).toBe('Built.');
    expect(await ask('build~1/1/0', [said('user', 'Something else.')])).toBe('live');
    expect(asked).toHaveLength(1);
    expect(counts).toEqual({ calls: 1, tools: 0, different: 1 });
  });

  it('never does what a recorded answer asks for, though it does what a model asks for now', async () => {
    const did: string[] = [];
    const bash = slowTool('bash', (command) => did.push(command));
    const use = (id: string, command: string) => ({ type: 'tool_use' as const, id, name: 'bash', input: { command } });
    const step = 'build~1/1/0';
    const asks = { step, head: 0, asked: 0, answer: [use('a', 'ls'), use('b/1', 'rm *')], stop: 'tool_use' as const };
    const ls = { step: 'build~1/1/a/0', name: 'bash', input: { command: 'ls' }, content: 'a.txt', isError: false };
    const { client, tools, told } = replay({ isLive: true, from: { ...cassette, calls: [asks], tools: [ls] } });
    const { content } = await client.complete(request(step, [first]), { signal: new AbortController().signal });
    const results: ToolOutput[] = [];
    for (const block of content) if (block.type === 'tool_use') results.push(await runTool(tools(bash), block));
    expect(results[0]).toEqual({ content: 'a.txt' });
    expect(results[1]).toMatchObject({ isError: true, content: expect.stringContaining('it did not run') });
    expect(told).toEqual([
      [expect.stringContaining('the call rm * of build~1/1/b/1/0'), expect.stringContaining('it did not run')],
    ]);
    expect(did).toEqual([]);
    expect(await runTool(tools(bash), use('b', 'rm *'))).toEqual({ content: 'live' });
    expect(did).toEqual(['rm *']);
  });

  it('has the tools of servers from the cassette, and starts no server, where nothing is asked live', async () => {
    const heads = [{ ...head, tools: ['bash', 'notes__add_note', 'notes__list', 'other__x'] }];
    const from = { ...cassette, heads, tools: [{ ...added, step: 'build~1/1/a/0' }] };
    const mcp = { sources: [{ file: '/.mcp.json', text: '{"mcpServers":{"notes":{"command":"node"}}}' }] };
    const agents = { one: agent({ tools: ['notes.*'] }), two: agent({ tools: ['bash', 'notes.gone', 'notes.list'] }) };
    const did: string[] = [];
    const live: ToolServers = {
      freeze: () => Promise.reject(new Error('asked')),
      toolsOf: ({ tools = [] }) => tools.map(({ name }) => slowTool(name, () => did.push(name))),
    };
    const about = { runKey: 'r', signal: new AbortController().signal };
    const { servers } = replay({ from });
    const frozen = await servers(live).freeze(plan({ agents, mcp }), about);
    expect(frozen.agents['one']!.tools).toEqual(['notes.add_note', 'notes.list', 'notes.gone']);
    expect(frozen.agents['two']!.tools).toEqual(['bash', 'notes.gone', 'notes.list']);
    expect(frozen.mcp!.tools!.map(({ name }) => name)).toEqual(frozen.agents['one']!.tools);
    const [addNote, list] = servers(live).toolsOf(frozen.mcp!) as SlowTool[];
    expect(await runTool(addNote!, { id: 'a', input: added.input })).toEqual({ content: 'noted' });
    expect(await runTool(list!, { id: 'b', input: {} })).toMatchObject({ isError: true });
    expect(did).toEqual([]);
    await expect(replay({ from, isLive: true }).servers(live).freeze(plan({ mcp }), about)).rejects.toThrow('asked');
  });

  it('takes no longer for each call the longer its conversation is', async () => {
    const most = 4000;
    const text = (at: number) => said(at % 2 === 0 ? 'user' : 'assistant', `word ${at}`);
    const messages = Array.from({ length: most }, (_, at) => ({ parent: at === 0 ? null : at - 1, ...text(at) }));
    const calls = Array.from({ length: most }, (_, at) => call(`build~1/${at}/0`, most - 2, `said ${at}`));
    const { ask, told } = replay({ from: { ...cassette, messages, calls } });
    const asked = Array.from({ length: most - 1 }, (_, at) => text(at));
    expect(await ask('build~1/3999/0', asked)).toBe('said 3999');
    await expect(ask('build~1/9999/0', [...asked.slice(0, -1), said('user', 'else')])).rejects.toThrow('differs');
    expect(told[0]!.slice(1)).toEqual(["user's text 3999 differs:", '- word 3998', '+ else']);
  });

  it('shows what differs from the recorded request that begins most alike', async () => {
    const { ask, told } = replay();
    await expect(ask('new~1/1/0', [first, said('assistant', 'Built.'), said('user', 'Sell it.')])).rejects.toThrow();
    expect(told[0]!.slice(1)).toEqual(["user's text 3 differs:", '- Test it.', '+ Sell it.']);
  });

  it('says so of a cassette with nothing in it', async () => {
    const told: string[][] = [];
    const empty = createReplay(
      { ...cassette, calls: [] },
      { isLive: false, onDifference: (lines) => told.push(lines) },
    );
    const nobody: ModelClient = { complete: () => Promise.reject(new Error('asked')) };
    const { signal } = new AbortController();
    await expect(empty.client(nobody).complete(request('a~1/1/0', [first]), { signal })).rejects.toThrow(
      'holds no call',
    );
  });
});
