import { describe, expect, it } from 'vitest';
import { readRequest } from '../../../src/gateway/content/read-request.ts';

const read = (body: object) => readRequest(Buffer.from(JSON.stringify({ model: 'm', max_tokens: 1, ...body })));
const kept = (ttl: string): object => ({ cache_control: { type: 'ephemeral', ttl } });
const text = { type: 'text', text: 'Hi' };

describe('what a request asks to be cached for an hour', () => {
  const places: [name: string, body: (more: object) => object][] = [
    ['itself', (more) => more],
    ['a tool', (more) => ({ tools: [{ name: 'one' }, { name: 'two', ...more }] })],
    ['its system', (more) => ({ system: [text, { ...text, ...more }] })],
    ['a message', (more) => ({ messages: [{ role: 'user', content: [text, { ...text, ...more }] }] })],
    [
      'what a tool said',
      (more) => ({
        messages: [{ role: 'user', content: [{ type: 'tool_result', content: [{ ...text, ...more }] }] }],
      }),
    ],
  ];
  it.each(places)('is found: %s', (_name, body) => {
    expect(read(body(kept('1h'))).cachesForHour).toBe(true);
    for (const other of [kept('5m'), { cache_control: { type: 'ephemeral' } }, { cache_control: null }, {}])
      expect(read(body(other)).cachesForHour).toBe(false);
  });

  it('is nothing that a text says, or a tool is given', () => {
    const input = { cache_control: { ttl: '1h' } };
    const content = [
      { type: 'tool_use', id: 'a', name: 't', input },
      { ...text, text: JSON.stringify(kept('1h')) },
    ];
    expect(read({ messages: [{ role: 'assistant', content }] }).cachesForHour).toBe(false);
  });
});
