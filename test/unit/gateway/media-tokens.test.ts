import { describe, expect, it } from 'vitest';
import { mediaOf } from '../../../src/gateway/content/media-tokens.ts';
import { readRequest } from '../../../src/gateway/content/read-request.ts';
import { Refusal } from '../../../src/gateway/http/refusal.ts';
import type { JsonObject } from '../../../src/domain/json.ts';

const noise = Buffer.alloc(1_000_000, 7);

function png(width: number, height: number): string {
  const head = Buffer.alloc(24);
  head.writeUInt32BE(0x89504e47, 0);
  head.writeUInt32BE(width, 16);
  head.writeUInt32BE(height, 20);
  return Buffer.concat([head, noise]).toString('base64');
}

function jpeg(width: number, height: number): string {
  const comment = Buffer.from([0xff, 0xfe, 0, 6, 1, 2, 3, 4]);
  const frame = Buffer.from([0xff, 0xc2, 0, 17, 8, height >> 8, height & 255, width >> 8, width & 255]);
  return Buffer.concat([Buffer.from([0xff, 0xd8]), comment, frame, noise]).toString('base64');
}

const pdf = (pages: number): string =>
  Buffer.concat([Buffer.from(`%PDF-1.7 /Type /Pages ${'<< /Type /Page >>'.repeat(pages)}`), noise]).toString('base64');

const messages = (...content: JsonObject[]): JsonObject => ({ messages: [{ role: 'user', content }] });
const base64 = (media_type: string, data: string): JsonObject => ({ source: { type: 'base64', media_type, data } });
const tokens = (body: JsonObject): number => mediaOf(body).tokens;

describe('what pictures are expected to take', () => {
  it.each([
    ['a PNG, by its size', base64('image/png', png(600, 600)), 600],
    ['a JPEG, by its size', base64('image/jpeg', jpeg(1200, 600)), 1200],
    ['a small one', base64('image/png', png(8, 8)), 300],
    ['a huge one, which is made smaller', base64('image/png', png(20_000, 20_000)), 4800],
    ['one whose size is not known', base64('image/webp', noise.toString('base64')), 1600],
    ['two pages', base64('application/pdf', pdf(2)), 9200],
  ])('%s', (_what, block, expected) => {
    expect(tokens(messages(block))).toBe(expected);
  });

  it('on every wire, and in what a tool gave', () => {
    const data = png(600, 600);
    const url = `data:image/png;base64,${data}`;
    expect(tokens(messages({ type: 'image_url', image_url: { url } }))).toBe(600);
    expect(tokens({ input: [{ role: 'user', content: [{ type: 'input_image', image_url: url }] }] })).toBe(600);
    const file = `data:application/pdf;base64,${pdf(1)}`;
    expect(tokens({ input: [{ role: 'user', content: [{ type: 'input_file', file_data: file }] }] })).toBe(4600);
    expect(tokens(messages({ type: 'file', file: { file_data: file } }))).toBe(4600);
    expect(tokens({ input: [{ type: 'function_call_output', output: [{ image_url: url }] }] })).toBe(600);
    expect(tokens(messages({ type: 'tool_result', content: [base64('image/png', data)] }))).toBe(600);
  });

  it('is their share of what is held back: a megabyte of picture is no 390,000 tokens', () => {
    const body = {
      model: 'm',
      ...messages({ type: 'text', text: 'x'.repeat(3500) }, base64('image/png', png(600, 600))),
    };
    const { inputTokens } = readRequest(Buffer.from(JSON.stringify(body)));
    expect(inputTokens).toBeGreaterThan(1600);
    expect(inputTokens).toBeLessThan(1700);
  });

  it('leaves what is no picture as long as it is, and what has no pages to be seen', () => {
    expect(
      mediaOf(messages(base64('text/plain', noise.toString('base64')), { text: 'data:image/png;base64,AA' })),
    ).toEqual({
      ...{ length: 0, tokens: 0 },
    });
    const packed = noise.toString('base64');
    expect(tokens(messages(base64('application/pdf', packed)))).toBe(Math.ceil(packed.length / 3.5));
  });

  it('of what is nested too deep is not looked for', () => {
    let content: JsonObject = {};
    for (let depth = 0; depth < 20; depth++) content = { content: [content] };
    expect(() => mediaOf(messages(content))).toThrow(Refusal);
  });
});
