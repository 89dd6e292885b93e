import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import type { JsonObject } from '../../../src/domain/json.ts';
import { outputNote, parseOutput } from '../../../src/domain/plan/output-note.ts';
import { checkOutput, outputSchemaProblem, OutputSchemaError } from '../../../src/models/check-output.ts';
import { fc } from '../../support/base/properties.ts';

const schema: JsonObject = {
  type: 'object',
  properties: { score: { type: 'number' }, kind: { enum: ['a', 'b'] } },
  required: ['score'],
  additionalProperties: false,
};

describe('checkOutput', () => {
  it.each([
    '{"score": 80}',
    ' \n{"score": 80, "kind": "a"}\n',
    'Here it is:\n```json\n{"score": 1}\n```\nDone.',
    '```\n{"score":1}\n```',
  ])('takes %j', (text) => {
    expect(checkOutput(schema, text)).toBeNull();
  });

  it.each([
    ['{score: 80}', 'is not JSON'],
    ['The score is 80.', 'is not JSON'],
    ['', 'is not JSON'],
    ['```json\n{"score":1}\n```\n```json\n{"score":2}\n```', 'is not JSON'],
    ['{"score": "80"}', '/score: must be number'],
    ['{"kind": "a"}', "must have required property 'score'"],
    ['{"score": 1, "more": 2}', 'must NOT have additional properties (more)'],
    ['{"score": 1, "kind": "c"}', '/kind: must be equal to one of the allowed values: ["a","b"]'],
  ])('says of %j what is wrong: %s', (text, problem) => {
    expect(checkOutput(schema, text)).toContain(problem);
  });

  it('refuses schemas that cannot be used, and does not reach for others', () => {
    for (const bad of [{ $ref: 'http://localhost:1/x' }, { type: 'no-such-type' }, { pattern: '(' }] as JsonObject[]) {
      expect(() => checkOutput(bad, '"x"')).toThrow(OutputSchemaError);
      expect(outputSchemaProblem(bad)).toContain('cannot be used');
    }
    const other = { $schema: 'http://json-schema.org/draft-07/schema#', type: 'string', format: 'our-own' };
    expect(outputSchemaProblem(other)).toBeNull();
  });

  it('ends a pattern that would never end', () => {
    const bad = { type: 'string', pattern: '^(a+)+$' } as JsonObject;
    expect(() => checkOutput(bad, JSON.stringify(`${'a'.repeat(60)}b`))).toThrow('takes more than');
  });

  it('does not take a process that was stopped for a schema that takes long', async () => {
    const main = fileURLToPath(new URL('stopped-check.ts', import.meta.url));
    const child = spawn(process.execPath, ['--import', 'tsx', main], { stdio: ['ignore', 'pipe', 'inherit'] });
    let said = '';
    child.stdout.on('data', (chunk: Buffer) => (said += chunk.toString()));
    await once(child.stdout, 'data');
    child.kill('SIGSTOP');
    await sleep(3000);
    child.kill('SIGCONT');
    await once(child, 'close');
    expect(said).toBe('begins\nnull\n');
  });
});

describe('parseOutput', () => {
  it('gives back every JSON value, bare or in a fence', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        const text = JSON.stringify(value, null, 1);
        const same = JSON.parse(text) as unknown;
        expect(parseOutput(text, null)).toEqual(same);
        expect(parseOutput(`So:\n\`\`\`json\n${text}\n\`\`\`\n`, null)).toEqual(same);
      }),
    );
  });

  it('tells the model the schema, the same each time', () => {
    expect(outputNote(schema)).toContain(JSON.stringify(schema));
    expect(outputNote(schema)).toBe(outputNote(structuredClone(schema)));
  });
});
