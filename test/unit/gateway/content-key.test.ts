import { describe, expect, it } from 'vitest';
import { contentKey as keyOf, programOf } from '../../../src/gateway/content/content-key.ts';
import type { Program } from '../../../src/gateway/content/volatile.ts';
import type { Wire } from '../../../src/gateway/wire/wires.ts';
import type { JsonObject } from '../../../src/domain/json.ts';

const contentKey = (
  wire: Wire,
  body: JsonObject,
  headers: Record<string, string>,
  program: Program | null = wire === 'responses' ? 'codex' : 'claude',
): string => keyOf({ wire, body, query: '', headers }, program);

const claude = (session: string, more: JsonObject = {}): [JsonObject, Record<string, string>] => [
  {
    model: 'claude-sonnet-4-6',
    metadata: { user_id: `user_x_session_${session}` },
    system: [
      { type: 'text', text: `x-anthropic-billing-header: cc_version=2.1.332; cch=${session.slice(0, 5)};` },
      {
        type: 'text',
        text: `You are at work. Scratch: /tmp/claude/${session}/scratchpad. Today's date is 2026-11-30.`,
      },
    ],
    messages: [{ role: 'user', content: 'Do it.' }],
    ...more,
  },
  { 'x-claude-code-session-id': session },
];

const one = '11111111-1111-4111-8111-111111111111';
const two = '22222222-2222-4222-8222-222222222222';

const codex = (thread: string, chunk: string, wall: string, output = 'hello'): [JsonObject, Record<string, string>] => [
  {
    model: 'gpt-5',
    prompt_cache_key: thread,
    client_metadata: { installation: thread },
    input: [
      { type: 'message', id: `msg_${thread}`, role: 'user', content: [{ type: 'input_text', text: 'Do it.' }] },
      {
        type: 'function_call_output',
        id: `fco_${chunk}`,
        call_id: 'call_1',
        output: `Chunk ID: ${chunk}\nWall time: ${wall} seconds\nProcess exited with code 0\nOutput:\n${output}`,
      },
    ],
  },
  { session_id: thread },
];

const result = (content: string): JsonObject => ({
  messages: [{ role: 'user', content: [{ type: 'tool_result', tool_use_id: 'toolu_1', content }] }],
});

describe('the key of what a request asks', () => {
  it('is the same in two sessions of claude that do the same', () => {
    expect(contentKey('messages', ...claude(one))).toBe(contentKey('messages', ...claude(two)));
  });

  it('is the same in two sessions of codex that do the same, however long its commands took', () => {
    const key = contentKey('responses', ...codex(one, '0a1b2c', '0.0512'));
    expect(contentKey('responses', ...codex(two, 'ffff00', '12'))).toBe(key);
    expect(contentKey('responses', ...codex(two, 'ffff00', '12', 'goodbye'))).not.toBe(key);
  });

  // As the programs really write them: found with two sessions of each that did the same.
  it.each([
    [
      'the day of claude',
      'messages',
      (n: number) => ({ system: [{ type: 'text', text: `CWD: /work\nDate: 2026-11-3${n}` }] }),
    ],
    [
      'a long output of claude',
      'messages',
      (n: number) =>
        result(
          `<persisted-output>\nOutput too large (49.1KB). Full output saved to: /agent/.claude/projects/-work/${[one, two][n]}/tool-results/b${n}ltknmza.txt\n\n1`,
        ),
    ],
    [
      'a command in the background of claude',
      'messages',
      (n: number) =>
        result(
          `Command running in background with ID: b${n}2. Output is being written to: /t/${[one, two][n]}/tasks/b${n}2.output`,
        ),
    ],
    [
      'names of items and commands of codex',
      'responses',
      (n: number) => ({
        input: [
          { type: 'message', id: `msg_01a22c7${n}-1546-7c40`, role: 'user', content: [] },
          { type: 'function_call', id: `fc_${n}`, call_id: 'call_1', name: 'exec_command', arguments: '{}' },
          {
            ...{ type: 'function_call_output', id: `fco_01a22c7${n}`, call_id: 'call_1' },
            output: `Chunk ID: 8ea85${n}\nWall time: 0.3${n} seconds\nProcess running with session ID 4320${n}\nOutput:\n`,
          },
        ],
      }),
    ],
    [
      'a long output of pi',
      'messages',
      (n: number) => result(`1\n\n[Showing lines 2-3 of 3. Full output: /tmp/pi-bash-5320a84c5e97128${n}.log]`),
    ],
  ] as const)('is the same whatever is %s', (what, wire, body) => {
    const keys = [one, two].map((session, n) =>
      contentKey(
        wire,
        body(n) as JsonObject,
        { 'x-claude-code-session-id': session },
        (['claude', 'codex', 'pi'] as const).find((program) => what.endsWith(program)),
      ),
    );
    expect(keys[0]).toBe(keys[1]);
  });

  it('is another one for another call, and for what only looks like such a name', () => {
    const item = (value: JsonObject): JsonObject => ({ input: [value] });
    const call = (id: string) => contentKey('responses', item({ type: 'function_call', call_id: id }), {});
    expect(call('call_1')).not.toBe(call('call_2'));
    const said = (text: string) => contentKey('responses', item({ role: 'user', content: text }), {});
    expect(said('{"id":"msg_1"}')).not.toBe(said('{"id":"msg_2"}'));
  });

  it.each([
    ['messages', { messages: [{ role: 'user', content: 'Do it!' }] }],
    ['model', { model: 'claude-opus-4-7' }],
    ['a limit', { max_tokens: 5 }],
    ['streaming', { stream: true }],
    ['tools', { tools: [{ name: 'Bash' }] }],
  ] as [string, JsonObject][])('is another one with other %s', (_what, more) => {
    expect(contentKey('messages', ...claude(one, more))).not.toBe(contentKey('messages', ...claude(one)));
  });

  it('is another one on another wire', () => {
    const [body] = claude(one);
    expect(contentKey('chat', body, {})).not.toBe(contentKey('messages', body, {}));
  });

  it('is not emptied by an id that is too short to be one', () => {
    const [body] = claude(one);
    expect(contentKey('messages', body, { session_id: 'e' })).toBe(contentKey('messages', body, {}));
  });

  // What differs elsewhere, or of another program, is another question.
  it.each<[string, Wire, Program | null, (n: number) => JsonObject]>([
    [
      'a day that a person names',
      'messages',
      'claude',
      (n) => ({ messages: [{ role: 'user', content: `Today's date is 2026-11-0${n}` }] }),
    ],
    ['a day in a result', 'messages', 'claude', (n) => result(`Date: 2026-11-0${n}`)],
    ['a path within a result', 'messages', 'claude', (n) => result(`see\n/tasks/alpha${n}.output`)],
    [
      'the input of a tool',
      'messages',
      'claude',
      (n) => ({
        messages: [
          { role: 'assistant', content: [{ type: 'tool_use', id: 'a', name: 'x', input: { id: `msg_${n}` } }] },
        ],
      }),
    ],
    ['what looks like a header in a result', 'messages', 'claude', (n) => result(`x-anthropic-billing-header: ${n}`)],
    [
      'a time within the output of a command',
      'responses',
      'codex',
      (n) => ({ input: [{ type: 'function_call_output', output: `Output:\nWall time: ${n} seconds\n` }] }),
    ],
    [
      'an item that is referred to',
      'responses',
      'codex',
      (n) => ({ input: [{ type: 'item_reference', id: `msg_${n}` }] }),
    ],
    ['the day, of a program that nobody knows', 'messages', null, (n) => ({ system: `Date: 2026-11-0${n}` })],
    ['members, of a program that nobody knows', 'messages', null, (n) => ({ metadata: { user_id: `${n}` } })],
  ])('is another one with another %s', (_what, wire, program, body) => {
    expect(contentKey(wire, body(1), {}, program)).not.toBe(contentKey(wire, body(2), {}, program));
  });

  it('takes nothing out of what is asked that a header names and that is no id', () => {
    const said = (text: string): JsonObject => ({ messages: [{ role: 'user', content: text }] });
    const named = (text: string) => contentKey('messages', said(text), { session_id: text }, 'pi');
    expect(named('delete everything, please')).not.toBe(named('keep everything as it is'));
    const id = { 'x-claude-code-session-id': one };
    expect(contentKey('messages', said(one), id)).not.toBe(contentKey('messages', said(''), id));
  });

  it('is another one with other betas', () => {
    const [body] = claude(one);
    const asks = (betas: string): string => contentKey('messages', body, { 'anthropic-beta': betas });
    expect(asks('a')).not.toBe(contentKey('messages', body, {}));
    expect(asks('a, b')).not.toBe(asks('a'));
    expect(asks('b,a')).toBe(asks('a, b'));
  });

  it('is another one with another version or query, and the same with another try’s headers', () => {
    const [body] = claude(one);
    const asks = (query: string, headers: Record<string, string> = {}): string =>
      keyOf({ wire: 'messages', body, query, headers }, 'claude');
    expect(asks('?beta=true')).not.toBe(asks(''));
    expect(asks('', { 'anthropic-version': '2023-06-01' })).not.toBe(asks(''));
    expect(asks('', { 'idempotency-key': 'x', 'x-stainless-retry-count': '1', 'user-agent': 'y' })).toBe(asks(''));
  });

  it('knows programs by their runner, and one that speaks ACP by what it says', () => {
    expect(programOf({ kind: 'codex' }, {})).toBe('codex');
    expect(programOf({ kind: 'command' }, { 'x-claude-code-session-id': one })).toBeNull();
    expect(programOf({ kind: 'acp' }, { 'x-claude-code-session-id': one })).toBe('claude');
    expect(programOf(undefined, {})).toBeNull();
  });
});
