import { describe, expect, it } from 'vitest';
import type { JsonObject } from '../../../../src/domain/json.ts';
import { parseOutput } from '../../../../src/domain/plan/output-note.ts';

const schema: JsonObject = {
  type: 'object',
  properties: { answer: { type: 'string' }, n: { type: 'integer' } },
  required: ['answer', 'n'],
};
const json = '{"answer": "x", "n": 1}';
const value = { answer: 'x', n: 1 };

describe('parseOutput', () => {
  it.each([
    ['text before', `Here is the result:\n\n${json}`],
    ['text after', `${json}\n\nLet me know if you need more.`],
    ['a fence and text', `Sure!\n\`\`\`json\n${json}\n\`\`\`\nHope that helps.`],
    ['two fences', `First I looked:\n\`\`\`bash\nls\n\`\`\`\nResult:\n\`\`\`json\n${json}\n\`\`\``],
    ['a fence in capitals', `\`\`\`JSON\n${json}\n\`\`\``],
    ['a fence of JSON5', `\`\`\`json5\n${json}\n\`\`\``],
    ['a fence of more words', `\`\`\`jsonc title="a.json"\n${json}\n\`\`\``],
    ['tildes', `~~~json\n${json}\n~~~`],
    ['longer fences', `\`\`\`\`\`json\n${json}\n\`\`\`\`\``],
    ['a fence on its line', `\`\`\`json ${json} \`\`\``],
    ['a fence that is only opened', `\`\`\`json\n${json}`],
    ['a BOM', `\ufeff${json}`],
    ['blanks that nobody sees', `\u00a0${json}\u200b`],
    ['a draft among thoughts', `<think>maybe {"answer": "y", "n": 2}?</think>\n${json}`],
    ['thoughts before', `<thinking>{hm} [1] {</thinking>\n${json}`],
    ['tags', `<json>${json}</json>`],
    ['a comma before an end', '{"answer": "x", "n": 1,\n}'],
    ['the same twice', `${json}\n\nAgain:\n${json}`],
    ['another object that the schema cannot be about', `For {"input": 1} and [2] it is ${json}`],
  ])('takes the one value that can be meant: %s', (_, text) => {
    expect(parseOutput(text, schema)).toEqual(value);
  });

  it('reads line breaks and fences within texts', () => {
    expect(parseOutput('{"answer": "a\n\tb, }", "n": 1}', schema)).toEqual({ answer: 'a\n\tb, }', n: 1 });
    const fenced = { answer: 'run:\n```bash\nls\n```\n', n: 1 };
    expect(parseOutput(`So: ${JSON.stringify(fenced)}`, schema)).toEqual(fenced);
    expect(parseOutput(`\`\`\`json\n${JSON.stringify(fenced)}\n\`\`\``, schema)).toEqual(fenced);
  });

  it.each([
    ['nothing', ''],
    ['words', 'The answer is x.'],
    ['a broken object', '{"answer": "x", "n": '],
    ['names without quotes', '{answer: "x", n: 1}'],
    ['two that can be meant', `${json} or {"answer": "y", "n": 2}`],
    ['none that can be meant', 'See {"answer": "x"} and [1].'],
    ['a number in words', 'It is 80.'],
  ])('takes none where it would have to guess: %s', (_, text) => {
    expect(parseOutput(text, schema)).toBeUndefined();
  });

  it('takes the whole, or a fence, as it is, for any schema', () => {
    expect(parseOutput(' [1, 2] ', schema)).toEqual([1, 2]);
    expect(parseOutput('So:\n```json\n"yes"\n```', { type: 'string' })).toBe('yes');
    expect(parseOutput('a [1] b', { type: ['array', 'null'] })).toEqual([1]);
    expect(parseOutput('a [1] {"b": 2}', null)).toBeUndefined();
  });

  it.each(['{', '["', '{"a":', '[[1],'])('comes to an end with a million of %j', (part) => {
    expect(parseOutput(part.repeat(1_000_000 / part.length), schema)).toBeUndefined();
  });
});
