import { describe, expect, it } from 'vitest';
import type { Cassette } from '../../../../src/domain/cassette/cassette.ts';
import { readCassette } from '../../../../src/domain/cassette/read-cassette.ts';

const cassette: Cassette = {
  ...{ format: 'gaffer-cassette', version: 1, run: 'crew-r1', workflow: 'crew', plan: 'sha256:x', inputs: { a: 1 } },
  heads: [{ model: 'm', system: 's', tools: ['bash'] }],
  messages: [
    { parent: null, role: 'user', content: [{ type: 'text', text: 'Go.' }] },
    { parent: 0, role: 'assistant', content: [{ type: 'tool_use', id: 't', name: 'bash', input: { command: 'ls' } }] },
    { parent: 1, role: 'user', content: [{ type: 'tool_result', tool_use_id: 't', content: 'a', is_error: true }] },
  ],
  calls: [{ step: 'a~1/1/0', head: 0, asked: 0, output: {}, answer: [{ type: 'text', text: 'ok' }], stop: 'end_turn' }],
  tools: [{ step: 'a~1/1/t/0', name: 'bash', input: { command: 'ls' }, content: 'a', isError: false }],
  choices: [{ workflow: 'crew', id: 'a', attempt: 1, model: 'm', complexity: 'simple' }],
  delegates: [{ workflow: 'crew', task: 'b', agent: 'coder' }],
};
const text = JSON.stringify(cassette);

describe('readCassette', () => {
  it('reads what was written, and no key besides', () => {
    const more = text.replace('"role":"user"', '"role":"user","rights":"all"').replace('"step"', '"cost":1,"step"');
    expect(readCassette(more)).toEqual({ cassette, problem: null });
  });

  it('reads cassettes of before, which say nothing of what was chosen', () => {
    const { choices: _c, delegates: _d, ...before } = cassette;
    expect(readCassette(JSON.stringify(before))).toEqual({ cassette: before, problem: null });
  });

  it.each([
    ['{', 'it is no JSON'],
    ['null', 'its "format"'],
    [text.replace('"version":1', '"version":9'), 'its "version" is not 1'],
    [text.replace('"inputs":{"a":1}', '"inputs":[]'), 'inputs is no object'],
    [text.replace('"parent":0', '"parent":1'), 'messages[1].parent is no message before it'],
    [text.replace('"parent":0', '"parent":-1'), 'messages[1].parent is no message before it'],
    [text.replace('"parent":0', '"parent":0.5'), 'messages[1].parent is no message before it'],
    [text.replace('"role":"assistant"', '"role":"system"'), 'messages[1].role is neither'],
    [text.replace('"type":"tool_use"', '"type":"foreign"'), 'messages[1].content[0].type is none of'],
    [text.replace('"head":0', '"head":1'), 'calls[0].head is no place'],
    [text.replace('"asked":0', '"asked":"0"'), 'calls[0].asked is no place'],
    [text.replace('"end_turn"', '"anything"'), 'calls[0].stop is none of'],
    [text.replace('"isError":false', '"isError":0'), 'tools[0].isError is neither'],
    [text.replace('["bash"]', '[7]'), 'heads[0].tools is no list of names'],
    [text.replace('"tools":[{', '"tools":[7,{'), 'tools[0] is no object'],
    [text.replace('"attempt":1', '"attempt":"1"'), 'choices[0].attempt is no number'],
    [text.replace('"simple"', '"any"'), 'choices[0].complexity is none of'],
    [text.replace('"agent":"coder"', '"agent":7'), 'delegates[0].agent is no text'],
  ])('says what is wrong with %s', (broken, problem) => {
    expect(readCassette(broken)).toEqual({ cassette: null, problem: expect.stringContaining(problem) });
  });
});
