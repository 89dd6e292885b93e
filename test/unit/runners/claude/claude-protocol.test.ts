import { describe, expect, it } from 'vitest';
import type { JsonObject } from '../../../../src/domain/json.ts';
import { ClaudeProtocol } from '../../../../src/runners/claude/claude-protocol.ts';

// Lines as claude-code 2.1.332 wrote them, without what nobody reads here.
const results = {
  down: {
    type: 'result',
    subtype: 'success',
    is_error: true,
    result: 'API Error: 529 Overloaded. This is a server-side issue, usually temporary — try again in a moment.',
    terminal_reason: 'api_error',
    permission_denials: [],
    num_turns: 1,
    total_cost_usd: 0,
    api_error_status: 529,
  },
  denied: {
    type: 'result',
    subtype: 'success',
    is_error: false,
    result: 'FINISHED',
    terminal_reason: 'completed',
    permission_denials: [
      {
        tool_name: 'Bash',
        tool_use_id: 'toolu_1',
        tool_input: {
          command: 'touch x',
          description: 'x',
        },
      },
    ],
    num_turns: 2,
    total_cost_usd: 0.005496000000000001,
    api_error_status: null,
  },
  turns: {
    type: 'result',
    subtype: 'error_max_turns',
    is_error: true,
    terminal_reason: 'max_turns',
    permission_denials: [],
    num_turns: 2,
    total_cost_usd: 0.0027990000000000003,
    errors: ['Reached maximum number of turns (1)'],
  },
  schema: {
    type: 'result',
    subtype: 'success',
    is_error: false,
    result: '{"answer":42}',
    terminal_reason: 'completed',
    permission_denials: [],
    structured_output: {
      answer: 42,
    },
    num_turns: 2,
    total_cost_usd: 0.002892,
    api_error_status: null,
  },
};

const started = ({ decides = true } = {}) => new ClaudeProtocol({ decides });
const endOf = (line: JsonObject, protocol = started()) => {
  const { events, isLast } = protocol.read(JSON.stringify(line));
  expect(isLast).toBe(true);
  return events![0];
};
const call = { command: 'touch x', description: 'x' };
const hookLine = (id: string, requestId = `r-${id}`) =>
  JSON.stringify({
    ...{ type: 'control_request', request_id: requestId },
    request: {
      ...{ subtype: 'hook_callback', callback_id: 'before', tool_use_id: id },
      input: { hook_event_name: 'PreToolUse', tool_name: 'Bash', tool_input: call, tool_use_id: id },
    },
  });
const askLine = (id: string) =>
  JSON.stringify({
    ...{ type: 'control_request', request_id: `p-${id}` },
    request: { subtype: 'can_use_tool', tool_name: 'Bash', input: call, tool_use_id: id },
  });
const responseIn = (line: string | null | undefined) => (JSON.parse(line!) as { response: JsonObject }).response;

describe('how a session of claude ended', () => {
  it('is not finished where the program itself refused a tool, though its result says success', () => {
    expect(endOf(results.denied)).toMatchObject({ status: 'denied', tools: ['Bash'], text: 'FINISHED' });
  });

  it('is finished where we refused it: the agent knew, and went on', () => {
    const protocol = started();
    protocol.read(hookLine('toolu_1'));
    protocol.answer('toolu_1', { outcome: 'deny', reason: 'no' });
    expect(endOf(results.denied, protocol)).toMatchObject({ status: 'finished', text: 'FINISHED' });
  });

  it('is refused where the provider was down, though its subtype says success', () => {
    expect(results.down.subtype).toBe('success');
    expect(endOf(results.down)).toMatchObject({ status: 'refused', reason: expect.stringContaining('529 Overloaded') });
  });

  it('is at its limit where its turns are used up', () => {
    expect(endOf(results.turns)).toMatchObject({ status: 'limit' });
  });

  it('has the answer by the schema', () => {
    expect(endOf(results.schema)).toMatchObject({ status: 'finished', output: { answer: 42 } });
  });

  it('is put off with the call that waits, read as ours', () => {
    const deferred_tool_use = { id: 'toolu_1', name: 'Bash', input: call };
    const line = { type: 'result', subtype: 'success', terminal_reason: 'tool_deferred', deferred_tool_use };
    const own = { tool: 'bash', input: { command: 'touch x' } };
    expect(endOf(line)).toMatchObject({ status: 'deferred', call: { id: 'toolu_1', tool: 'Bash', own } });
    expect(endOf({ ...line, deferred_tool_use: null })).toMatchObject({ status: 'failed' });
  });

  it.each([
    ['nothing that is known', { type: 'result' }],
    ['an end that nobody knows', { type: 'result', subtype: 'success', terminal_reason: 'moonlight' }],
    ['an error', { type: 'result', subtype: 'error_during_execution', is_error: true, errors: ['boom'] }],
  ])('is failed by %s', (_, line) => {
    expect(endOf(line)).toMatchObject({ status: 'failed' });
  });

  it('is failed where it ends without a word, with how its errors end', () => {
    const exit = { exitCode: 143, exitSignal: null, stopped: null };
    expect(started().endedBy(exit, 'one\ntwo\n')).toMatchObject({
      ...{ status: 'failed', reason: 'claude ended without a result (exit code 143): two' },
    });
  });

  it('is no failure of its own where somebody else killed it, and one where it was ended for what it takes', () => {
    const endedBy = (exitCode: number | null, exitSignal: string | null, stopped: string | null): string =>
      started().endedBy({ exitCode, exitSignal, stopped }, '').status;
    expect([endedBy(137, null, null), endedBy(null, 'SIGKILL', null)]).toEqual(['killed', 'killed']);
    expect([endedBy(137, null, 'memory'), endedBy(1, null, null)]).toEqual(['failed', 'failed']);
  });
});

describe('a call of claude', () => {
  it('is asked about once: what was said of it counts for a second question of the program, too', () => {
    const protocol = started();
    expect(protocol.read(hookLine('toolu_1')).events).toMatchObject([
      { type: 'permission', id: 'toolu_1', tool: 'Bash' },
    ]);
    const edited = { command: 'touch y' };
    const line = protocol.answer('toolu_1', { outcome: 'allow', input: edited });
    expect(responseIn(line)).toMatchObject({
      request_id: 'r-toolu_1',
      response: { hookSpecificOutput: { permissionDecision: 'allow', updatedInput: edited } },
    });
    const { events, write } = protocol.read(askLine('toolu_1'));
    expect(events).toBeUndefined();
    expect(responseIn(write![0])).toMatchObject({ response: { behavior: 'allow', updatedInput: edited } });
    expect(protocol.answer('toolu_1', { outcome: 'defer' })).toBeNull();
  });

  it('is put off, or refused with the reason', () => {
    const protocol = started();
    protocol.read(hookLine('toolu_1'));
    protocol.read(hookLine('toolu_2'));
    expect(responseIn(protocol.answer('toolu_1', { outcome: 'defer' }))).toMatchObject({
      response: { hookSpecificOutput: { permissionDecision: 'defer' } },
    });
    expect(responseIn(protocol.answer('toolu_2', { outcome: 'deny', reason: 'ask again' }))).toMatchObject({
      response: { hookSpecificOutput: { permissionDecision: 'deny', permissionDecisionReason: 'ask again' } },
    });
  });

  it('is allowed at once where no rule decides', () => {
    const { events, write } = started({ decides: false }).read(askLine('toolu_1'));
    expect(events).toBeUndefined();
    expect(responseIn(write![0])).toMatchObject({ response: { behavior: 'allow', updatedInput: call } });
  });

  it('is told with its result; what is of others, hostile or no JSON is left out', () => {
    const protocol = started();
    const said = (content: unknown, more = {}) =>
      protocol.read(JSON.stringify({ type: 'assistant', message: { content }, ...more })).events;
    expect(
      said([
        { type: 'text', text: 'I begin.' },
        { type: 'tool_use', id: 'a', name: 'Read', input: { file_path: '/w/x' } },
      ]),
    ).toMatchObject([
      { type: 'text', text: 'I begin.' },
      { type: 'tool-call', id: 'a', own: { tool: 'filesystem', input: { action: 'read', path: '/w/x' } } },
    ]);
    expect(said([{ type: 'text', text: 'of an agent of its own' }], { parent_tool_use_id: 'b' })).toEqual([]);
    expect(said([{ type: 'tool_use', id: 7, name: null }, 'x', null])).toEqual([]);
    const result = {
      type: 'user',
      message: {
        content: [{ type: 'tool_result', tool_use_id: 'a', content: [{ type: 'text', text: 'hi' }], is_error: true }],
      },
    };
    expect(protocol.read(JSON.stringify(result)).events).toEqual([
      { type: 'tool-result', id: 'a', ok: false, text: 'hi' },
    ]);
    for (const line of ['', 'no JSON', '[]', '7', '{"type":"control_request"}', '{"type":"user","message":7}'])
      expect(protocol.read(line).events ?? []).toEqual([]);
  });
});
