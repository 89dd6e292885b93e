import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { readEach } from '../../../../src/cli/work/each-lines.ts';
import { DefinitionError } from '../../../../src/definition/source/diagnostic.ts';
import { tempFolder } from '../../../support/base/temp-folder.ts';

function read(text: string): unknown {
  const path = join(tempFolder(), 'inputs.jsonl');
  writeFileSync(path, text);
  try {
    return readEach(path, 'inputs.jsonl');
  } catch (error) {
    if (!(error instanceof DefinitionError)) throw error;
    return error.diagnostics.map(({ file, line, message }) => `${file}:${line} ${message}`);
  }
}

it.each(['{"a":1}\n{"b":[2]}\n', '{"a":1}\n{"b":[2]}', '\ufeff{"a":1}\r\n{"b":[2]}\r\n'])('reads %j', (text) => {
  expect(read(text)).toEqual([{ a: 1 }, { b: [2] }]);
});

it('names each line that is no object, and where it stands', () => {
  expect(read('{"a":1}\n\n[1]\n{"a":\n"x"\nnull\n')).toEqual([
    'inputs.jsonl:2 the line is empty',
    'inputs.jsonl:3 the line is no JSON object',
    'inputs.jsonl:4 the line is no JSON object',
    'inputs.jsonl:5 the line is no JSON object',
    'inputs.jsonl:6 the line is no JSON object',
  ]);
});

it('names a line whose values stand too deep in each other, also deeper than anything could read', () => {
  const deep = (levels: number): string => `{"a":${'['.repeat(levels)}${']'.repeat(levels)}}`;
  expect(read(`{"a":1}\n${deep(64)}\n${deep(100_000)}\n`)).toEqual([
    'inputs.jsonl:2 its values stand more than 64 deep in each other',
    'inputs.jsonl:3 its values stand more than 64 deep in each other',
  ]);
  expect(read(deep(63))).toHaveLength(1);
});

it('reads nothing of an empty file but one empty line', () => {
  expect(read('')).toEqual(['inputs.jsonl:1 the line is empty']);
});
