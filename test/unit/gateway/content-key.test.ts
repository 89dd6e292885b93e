import { describe, expect, it } from 'vitest';
import { contentKey } from '../../../src/gateway/content/content-key.ts';
import type { JsonObject } from '../../../src/domain/json.ts';

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
      { type: 'message', role: 'user', content: [{ type: 'input_text', text: 'Do it.' }] },
      {
        type: 'function_call_output',
        call_id: 'call_1',
        output: `Chunk ID: ${chunk}\nWall time: ${wall} seconds\nProcess exited with code 0\nOutput:\n${output}`,
      },
    ],
  },
  { session_id: thread },
];

describe('the key of what a request asks', () => {
  it('is the same in two sessions of claude that do the same', () => {
    expect(contentKey('messages', ...claude(one))).toBe(contentKey('messages', ...claude(two)));
  });

  it('is the same in two sessions of codex that do the same, however long its commands took', () => {
    const key = contentKey('responses', ...codex(one, '0a1b2c', '0.0512'));
    expect(contentKey('responses', ...codex(two, 'ffff00', '12'))).toBe(key);
    expect(contentKey('responses', ...codex(two, 'ffff00', '12', 'goodbye'))).not.toBe(key);
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
});
