import { describe, expect, it } from 'vitest';
import type { JsonObject } from '../../../src/domain/json.ts';
import { doubledName } from '../../../src/domain/source/doubled-names.ts';
import { unpriced } from '../../../src/gateway/content/unpriced.ts';
import { fc } from '../../support/base/properties.ts';

describe('what a request may ask that the table of prices does not say', () => {
  it.each([
    [{ speed: 'fast' }, 'speed: "fast"'],
    [{ inference_geo: 'us' }, 'inference_geo: "us"'],
    [{ service_tier: 'priority' }, 'service_tier: "priority"'],
    [{ service_tier: ['flex'] }, 'service_tier: ["flex"]'],
    [{ background: true }, 'background: true'],
    [{ models: ['a-dearer-one'] }, 'models: ["a-dearer-one"]'],
    [{ audio: { voice: 'a' } }, 'audio: {"voice":"a"}'],
    [{ previous_response_id: 'resp_1' }, 'previous_response_id: "resp_1"'],
    [{ conversation: { id: 'conv_1' } }, 'conversation: {"id":"conv_1"}'],
    [{ prompt: { id: 'pmpt_1' } }, 'prompt: {"id":"pmpt_1"}'],
    [{ tools: [{ type: 'image_generation' }] }, 'the tool image_generation'],
    [{ input: [{ type: 'item_reference', id: 'rs_1' }] }, 'an item_reference'],
    [{ input: [{ content: [{ type: 'input_file', file_id: 'file_1' }] }] }, 'a file_id'],
    [{ messages: [{ content: [{ type: 'file', file: { file_id: 'file_1' } }] }] }, 'a file_id'],
    [{ messages: [{ content: [{ type: 'document', source: { type: 'file', file_id: 'f' } }] }] }, 'a file_id'],
  ])('is refused: %j', (body, told) => {
    expect(unpriced({ model: 'm', ...(body as JsonObject) })).toBe(told);
  });

  it.each<JsonObject>([
    {},
    { speed: 'standard' },
    { service_tier: 'auto', background: false },
    { inference_geo: null },
  ])('may be left as it is: %j', (body) => {
    expect(unpriced({ model: 'm', ...body })).toBeNull();
  });
});

describe('names that an object has twice', () => {
  const found = (text: string): string | null => doubledName(text, JSON.parse(text));

  it.each([
    ['{"a": 1, "a": 2}', 'a'],
    ['{"a": {"b": [{"c": 1}, {"c": 2, "\\u0063": 3}]}}', 'c'],
    ['{"q\\"": ":{", "x": "\\\\", "x": 1}', 'x'],
    ['{"a": "\\\\\\"}", "b": {"a": 1}, "c": ["a", "a"]}', null],
    ['{ }', null],
  ])('%s', (text, name) => {
    expect(found(text)).toBe(name);
  });

  it('are counted however deep they stand', () => {
    const deep = (within: string): string => '{"a":['.repeat(20_000) + within + ']}'.repeat(20_000);
    expect(found(deep('{"b":1,"c":2}'))).toBeNull();
    expect(found(deep('{"b":1,"b":2}'))).toBe('b');
  });

  it('are none in what was written of a value, with whatever between, and found where one is added', () => {
    const spaces = fc.constantFrom(undefined, 1, '\t', '\n ');
    fc.assert(
      fc.property(fc.jsonValue(), fc.string(), spaces, (value, name, space) => {
        const [written, within] = [JSON.stringify(name), JSON.stringify(value, null, space)];
        expect(found(`{${written}\r\n\t : ${within}}`)).toBeNull();
        expect(found(`{${written} : ${within}, ${written}:1}`)).toBe(name);
      }),
    );
  });

  it('are looked for in a request with a long file in it', () => {
    expect(found(`{"a": 1, "file": "${'A'.repeat(20_000_000)}", "a": 2}`)).toBe('a');
  });
});
