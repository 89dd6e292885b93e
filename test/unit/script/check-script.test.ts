import { describe, expect, it } from 'vitest';
import { checkScript } from '../../../src/script/check/check-script.ts';
import { readSchema } from '../../../src/script/read-schema.ts';
import { toProgram } from '../../../src/script/to-program.ts';
import { runBody, valueOf } from '../../support/script/run-source.ts';

const meta = "export const meta = { name: 'a', description: 'b' }\n";

const refused = [
  ['a clock', `${meta}const t = 1 +\n  Date.now()`, 'nondeterminism', 3, 3, /Date\.now/],
  ['chance in a template', `${meta}log(\`\${Math.random()}\`)`, 'nondeterminism', 2, 8, /Math\.random/],
  ['a date of now in a default', `${meta}const f = (d = new Date()) => d`, 'nondeterminism', 2, 16, /new Date/],
  ['an import', `${meta}import fs from 'node:fs'`, 'syntax', 2, 1, /no import/],
  ['an import at run time', `${meta}const f = () => import('x')`, 'syntax', 2, 17, /no import\(\)/],
  ['a second export', `${meta}export const x = 1`, 'syntax', 2, 1, /no export but meta/],
  ['a broken line', `${meta}\nconst a = ;`, 'syntax', 3, 11, /Unexpected token/],
  ['a type of a variable', `${meta}const a: string = 'x'`, 'syntax', 2, 8, /TypeScript.*take the types out/],
  ['an interface', `${meta}interface A { b: string }`, 'syntax', 2, 1, /TypeScript/],
  ['types of parameters', `${meta}const f = async (a: Item[], b?: number) => 1`, 'syntax', 2, 19, /TypeScript/],
  ['a cast', `${meta}const a = x as Item`, 'syntax', 2, 13, /TypeScript/],
  ['no meta', 'return 1', 'meta', 1, 1, /begins with export const meta/],
  ['a computed name', "export const meta = { ['name']: 'a', description: 'b' }", 'meta', 1, 23, /literal/],
  ['a call in meta', "export const meta = { name: 'a', description: f() }", 'meta', 1, 47, /literal/],
  ['a meta that may change', "export let meta = { name: 'a', description: 'b' }", 'meta', 1, 1, /export const meta/],
  ['no name', "export const meta = { description: 'b' }", 'meta', 1, 21, /no name/],
  [
    'an empty description',
    "export const meta = { name: 'a', description: ' ' }",
    'meta',
    1,
    21,
    /description must be a text/,
  ],
  ['code of no end in depth', `${meta}return ${'['.repeat(400)}${']'.repeat(400)}`, 'syntax', 2, 257, /too deep/],
  ['white space alone', ' \n\t\n', 'empty', 1, 1, /empty/],
] as const;

describe('checkScript', () => {
  it.each(refused)('refuses %s, with its place', (_what, source, kind, line, column, message) => {
    expect(checkScript(source)).toMatchObject({
      problems: [{ kind, line, column, message: expect.stringMatching(message) as unknown }],
    });
  });

  it('names everything that is wrong, in order', () => {
    const checked = checkScript(
      "export const meta = { name: 4, description: 'b' }\nDate.now()\nexport default 1\nnew Date",
    );
    expect(checked).toMatchObject({ problems: [{ line: 1 }, { line: 2 }, { line: 3 }, { line: 4 }] });
  });

  it('refuses code that is deeper than its own parser goes', () => {
    const message = expect.stringMatching(/too deep/) as unknown;
    expect(checkScript(`${meta}return ${'('.repeat(200_000)}`)).toMatchObject({
      problems: [{ kind: 'syntax', message }],
    });
  });

  it('lets long code pass that is not deep', () => {
    const sum = Array(3000).fill("'x'").join(' +\n');
    expect(checkScript(`${meta}return ${sum}`)).toMatchObject({ meta: { name: 'a' } });
  });

  it('reads meta, and which scripts are called', () => {
    const source = `/* first */ export const meta = {
      name: \`a\`, description: 'b', whenToUse: 'often', more: [-1, null],
      phases: [{ title: 'One', detail: 'd' }, 'no phase', { title: 'Two', model: 'm' }],
    };
    await workflow('child'); workflow({ scriptPath: 'x/y.js' }, 1); workflow(name); other.workflow('no')`;
    expect(checkScript(source)).toEqual({
      meta: {
        ...{ name: 'a', description: 'b', whenToUse: 'often' },
        phases: [
          { title: 'One', detail: 'd', model: null },
          { title: 'Two', detail: null, model: 'm' },
        ],
      },
      children: [{ name: 'child' }, { scriptPath: 'x/y.js' }],
    });
  });
});

describe('toProgram', () => {
  it.each([
    ["export const meta = { name: 'a }', description: \"it's {\", /* ' { */ }; return 1", 71],
    ["\uFEFF#!/usr/bin/env x\r\n// don't\r\nexport\nconst meta = {\r\n  a: `}`, // '\r\n}\r\nreturn 1", 0],
    ['export const meta={}\n;return 1', 1],
  ])('leaves every character of %j in its place', (source) => {
    const program = toProgram(source);
    expect(
      program
        .slice(0, -3)
        .split(/\r\n|\n/)
        .map((line) => line.indexOf('return 1')),
    ).toEqual(source.split(/\r\n|\n/).map((line) => line.indexOf('return 1')));
  });
});

describe('readSchema', () => {
  it.each([
    [{ type: 'object' }, null],
    [{ type: 'object', properties: { a: { $ref: '#/$defs/x' } }, $defs: { x: { type: ['string', 'null'] } } }, null],
    [{ type: 'object', properties: { a: {} }, anyOf: [{ required: ['a'] }] }, null],
    [{ type: 'object', properties: { a: { items: [{ enum: [1] }], additionalItems: false } } }, null],
    [{ type: 'array' }, /root/],
    [[], /root/],
    ['text', /root/],
    [{ type: 'object', required: ['a'] }, /"a" is none of its properties/],
    [{ type: 'object', properties: { a: { type: 'strin' } } }, /properties\/a\/type: "strin"/],
    [{ type: 'object', properties: { a: { $ref: '#/$defs/x' } } }, /names nothing/],
    [{ type: 'object', properties: { a: { $ref: 'http://x.example/y' } } }, /names nothing/],
    [{ type: 'object', properties: { a: { pattern: 1 } } }, /no regular expression/],
    [{ type: 'object', properties: { a: { minLength: '2' } } }, /must be a number/],
    [{ type: 'object', properties: { a: { enum: [] } } }, /list of values/],
    [{ type: 'object', allOf: {} }, /list of schemas/],
    [{ type: 'object', flavour: 1 }, /unknown keyword "flavour"/],
  ])('of %j is %s', (schema, problem) => {
    const reading = readSchema(JSON.stringify(schema));
    expect(reading).toEqual(problem === null ? { patterns: [] } : { problem: expect.stringMatching(problem) });
  });
});

describe('numbers in a script', () => {
  it('are written for people as in English, everywhere', async () => {
    const values = await valueOf(
      'return [1234567.8917, -1000, 999, 1e21, NaN, 2.5, 12n ** 5n].map((n) => n.toLocaleString()).concat((3).toLocaleString("de", { minimumFractionDigits: 2 }))',
    );
    expect(values).toEqual(['1,234,567.892', '-1,000', '999', '1e+21', 'NaN', '2.5', '248,832', '3.00']);
  });
});

describe('an error of a class of its own', () => {
  it('is told by the line where it was made, also where its constructor takes the stack itself', async () => {
    const body = `class Own extends Error { constructor(text) { super(text); this.name = 'Own'; Error.captureStackTrace(this, Own) } }

throw new Own('x')`;
    expect((await runBody(body)).end).toMatchObject({ kind: 'throw', name: 'Own', message: 'x', line: 4 });
  });
});
