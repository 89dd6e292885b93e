import { describe, expect, it } from 'vitest';
import { DefinitionError } from '../../../../src/definition/source/diagnostic.ts';
import { loadPlan } from '../../../../src/definition/load-plan.ts';
import { readYaml } from '../../../../src/definition/source/read-yaml.ts';
import { usualBounds } from '../../../../src/domain/source/source-bounds.ts';
import { SourceText } from '../../../../src/definition/source/source-text.ts';
import { registryOf } from '../registry-of.ts';
import { fc, runs } from '../../../support/base/properties.ts';
import { workClock } from '../../../support/base/patience.ts';

const size = usualBounds.bytes;
const fill = (unit: string, more = ''): string => unit.repeat(Math.floor((size - more.length) / unit.length)) + more;
const lines = (count: number, line: (index: number) => string): string =>
  Array.from({ length: count }, (_, index) => line(index)).join('');

/** Documents that kill or stall parsers: deep, wide, long, repeated, self-referring. */
const bombs: Record<string, string> = {
  'the 2 KB document that aborts V8 when parsed twice': '['.repeat(1000) + ']'.repeat(1000),
  'mixed brackets': '[{a: '.repeat(400) + '}]'.repeat(400),
  'open brackets': fill('['),
  'open braces': fill('{'),
  'open maps in flow': fill('{a:'),
  'closed brackets': fill(']'),
  'closed braces': fill('}'),
  'brackets in turn': fill('[]'),
  'braces in a list': `a: [${fill('{},', ']').slice(10)}`,
  'nested sequences on a line': fill('- '),
  'nested explicit keys': fill('? '),
  'nested empty keys': fill(': '),
  'nested keys on a line': fill('a: '),
  'staircase of keys': lines(700, (index) => `${' '.repeat(index)}a:\n`),
  'staircase of items': lines(700, (index) => `${' '.repeat(index)}-\n`),
  'staircase of tabs': lines(700, (index) => `${'\t'.repeat(index)}a:\n`),
  '20,000 keys': lines(20_000, (index) => `k${index}: 1\n`),
  '20,000 equal keys': lines(20_000, () => 'k: 1\n'),
  '20,000 keys in flow': `{${lines(20_000, (index) => `k${index}: 1, `)}}`,
  '2,400 equal keys': lines(2400, () => 'k: 1\n'),
  '60,000 items': lines(60_000, () => '- a\n'),
  '2,400 mistyped keys': lines(2400, (index) => `promt${index}: 1\n`),
  '1,600 wrong tasks': `phases:\n  - name: a\n    tasks:\n${lines(1600, () => '      - {}\n')}`,
  '1,200 unknown agents': `phases:\n  - name: a\n    tasks:\n${lines(1200, (index) => `      - { profile: x${index}, prompt: a }\n`)}`,
  '1,600 colliding ids': `phases:\n  - name: a\n    tasks:\n${lines(1600, () => '      - { prompt: a }\n')}`,
  'billion laughs': lines(9, (index) => `a${index}: &a${index} [${`*a${index - 1},`.repeat(9)}]\n`),
  'anchor that holds itself': 'a: &a [*a]\n',
  'many anchors': fill('&a '),
  'many aliases': fill('*a '),
  'many tags': fill('!a '),
  'a long tag': `!<${fill('a', '>').slice(2)}`,
  'merge keys': `a: {}\n${lines(2000, () => '<<: {}\n')}`,
  'many documents': fill('---\n'),
  'many document ends': fill('...\n'),
  'many directives': fill('%YAML 1.2\n'),
  'unknown directives': fill('%a\n'),
  newlines: fill('\n'),
  'carriage returns': fill('\r'),
  'key and newlines': `a:${fill('\n').slice(2)}`,
  'item and newlines': `-${fill('\n').slice(1)}`,
  comments: fill('#\n'),
  'a long comment': `#${fill('a').slice(1)}`,
  'indented comments': `a:\n  b:\n${fill('    #\n').slice(9)}`,
  'comments in flow': `[${fill(' #\n').slice(2)}]`,
  spaces: fill(' '),
  tabs: fill('\t'),
  'lines of spaces': fill(`${' '.repeat(99)}\n`),
  'a long word': fill('a'),
  'a long key': fill('a', ': 1'),
  'a long quoted key': `"${fill('a', '": 1').slice(1)}`,
  'a long number': `a: ${fill('9').slice(3)}`,
  'an open quote': `"${fill('a\n').slice(1)}`,
  'an open single quote': `'${fill("''").slice(1)}`,
  'quoted line breaks': `"${fill(' \n', '"').slice(1)}`,
  'a thousand escapes': `"${fill('\\u0041', '"').slice(6)}`,
  'wrong escapes': `"${fill('\\q', '"').slice(1)}`,
  'plain text over many lines': `x: ${fill('a\n  ').slice(4)}`,
  'block of blank lines': `a: |\n${fill(' \n').slice(6)}`,
  'folded lines': `a: >\n${fill(' a\n').slice(6)}`,
  'many blocks': fill('- |\n'),
  'block headers': fill('|'),
  commas: `[${fill(',').slice(1)}`,
  colons: fill(':'),
  percents: fill('%'),
  'at signs': fill('@'),
  backticks: fill('`a '),
  'byte order marks': fill('\ufeff'),
  'line separators': fill('\u2028'),
  'zero bytes': fill('\0'),
  'lone surrogates': `a: ${fill('\ud800').slice(3)}`,
  'one byte too much': fill('a') + 'aa',
  'many expressions': `phases: [{ name: a, tasks: [{ prompt: '${fill('${{ x }}').slice(200)}' }] }]`,
  'open expressions': `phases: [{ name: a, tasks: [{ prompt: '${fill('${{').slice(200)}' }] }]`,
  'escaped expressions': `phases: [{ name: a, tasks: [{ prompt: '${fill('$${{').slice(200)}' }] }]`,
  '900 tasks that depend on unknown ones': `tasks:\n${lines(900, (index) => `- { id: a${index}${'x'.repeat(60)}, depends_on: [b${index}${'y'.repeat(58)}] }\n`)}`,
  '900 tasks that ask for unknown results': `tasks:\n${lines(900, (index) => `- { id: a${index}${'x'.repeat(60)}, prompt: '\${{ tasks.b${index}${'y'.repeat(58)} }}' }\n`)}`,
  '900 rings': `tasks:\n${lines(900, (index) => `- { id: a${index}, depends_on: [a${index ^ 1}] }\n`)}`,
  'everything waits for everything': `tasks:\n${lines(65, (index) => `- { id: a${index}, depends_on: [${Array.from({ length: 65 }, (_, other) => `a${other}`).join()}] }\n`)}`,
  '1,200 tasks of one context': `tasks:\n${lines(1200, () => '- { context_name: a }\n')}`,
  '900 tasks that write everything': `tasks:\n${lines(900, () => `- { files_scope: ['**/*a*/**/*b*/**'] }\n`)}`,
  'expressions that take long': `tasks:\n- prompt: '${`\${{ [${'1,'.repeat(199)}1].map(a, [${'1,'.repeat(199)}1].map(b, [a, b, a, b])) }}`.repeat(190)}'\n`,
  'long keys that nest':
    lines(60, (index) => `${' '.repeat(index)}${'k'.repeat(1000)}:\n`) +
    lines(2400, (index) => `${' '.repeat(60)}- a${index}\n`),
};

/** What a document does: loads, or is refused in words. */
function outcome(text: string, file: string): 'accepted' | 'refused' {
  try {
    loadPlan({ kind: 'text', text, file }, { agents: registryOf('coder'), cwd: '/p' });
    return 'accepted';
  } catch (error) {
    if (!(error instanceof DefinitionError)) throw error;
    expect(error.message.length).toBeGreaterThan(0);
    expect(error.message.length).toBeLessThan(150_000);
    return 'refused';
  }
}

describe('a hostile definition', () => {
  it('comes in at least 60 kinds', () => expect(Object.keys(bombs).length).toBeGreaterThanOrEqual(60));

  it.each(Object.keys(bombs))('%s: refused 10 times in one process, each time in a short time', (name) => {
    let fastest = Number.POSITIVE_INFINITY;
    for (let round = 0; round < 10; round++) {
      const worked = workClock();
      expect(outcome(bombs[name]!, round % 2 === 0 ? 'bomb.yaml' : 'bomb.json')).toBe('refused');
      fastest = Math.min(fastest, round % 2 === 0 ? worked() : Number.POSITIVE_INFINITY);
    }
    expect(fastest).toBeLessThan(1500);
  });

  it('of any structure ends in data or in a DefinitionError', () => {
    const piece = fc.constantFrom(
      ...'[|]|{|}|- |? |: |, |a|"|\'|\n|  |\t|#|&a |*a |!t |--- |...\n|>|k: |<<: |%|\ufeff|\\|1'.split('|'),
      '|',
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 60 }), fc.constantFrom('yaml', 'json'), (pieces, dialect) => {
        try {
          const { value } = readYaml(new SourceText(pieces.join(''), 'f'), dialect as 'yaml' | 'json');
          expect(JSON.parse(JSON.stringify(value))).toEqual(value);
        } catch (error) {
          if (!(error instanceof DefinitionError)) throw error;
          for (const { line, column } of error.diagnostics) expect([line! > 0, column! > 0]).toEqual([true, true]);
        }
      }),
      runs(3000),
    );
  });

  it.each(['yaml', 'json'] as const)('takes << in quotes for a key like any other: %s', (dialect) => {
    expect(readYaml(new SourceText('{"a": {"<<": {"b": 1}}}', 'f'), dialect).value).toEqual({ a: { '<<': { b: 1 } } });
  });

  it('reads every JSON value as JSON.parse does', () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 5 }), fc.constantFrom(undefined, 2, '\t'), (value, space) => {
        const text = JSON.stringify({ value }, null, space);
        // eslint-disable-next-line no-control-regex
        if (/[\x7f]/.test(text)) return;
        expect(JSON.stringify(readYaml(new SourceText(text, 'f.json'), 'json').value)).toBe(
          JSON.stringify(JSON.parse(text)),
        );
      }),
      runs(500),
    );
  });
});

describe('a hostile object', () => {
  const nested = (depth: number): object => {
    let value: object = {};
    for (let level = 0; level < depth; level++) value = { a: value };
    return value;
  };
  it.each([
    ['too deep', nested(100_000), 'too-deep'],
    ['too wide', { a: Array.from({ length: 100_000 }, () => 1) }, 'too-many-nodes'],
    ['too large', { name: 'a'.repeat(usualBounds.bytes + 1) }, 'too-large'],
    [
      'holding keys of prototypes',
      JSON.parse('{"__proto__":{"x":1},"constructor":{"prototype":{"x":1}},"phases":[]}'),
      'unknown-key',
    ],
  ])('%s is refused', (_, value, code) => {
    try {
      loadPlan({ kind: 'object', value, name: 'inline' }, { agents: registryOf('coder'), cwd: '/p' });
      expect.unreachable();
    } catch (error) {
      expect(error).toBeInstanceOf(DefinitionError);
      expect((error as DefinitionError).diagnostics.map((diagnostic) => diagnostic.code)).toContain(code);
    }
    expect('x' in {}).toBe(false);
  });
});
