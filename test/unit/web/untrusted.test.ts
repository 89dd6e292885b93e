import { describe, expect, it } from 'vitest';
import { readInline } from '../../../web/src/untrusted/read-inline.ts';
import { readMarkdown } from '../../../web/src/untrusted/read-markdown.ts';
import { differingLines, readPatch } from '../../../web/src/untrusted/read-patch.ts';
import { safeAddress } from '../../../web/src/untrusted/safe-link.ts';
import { xssStrings } from '../../fixtures/xss/strings.ts';

describe('Markdown of models', () => {
  it('has what models write: headings, lists in lists, code, quotes, tables, links', () => {
    const text =
      '# One **two**\n\nA `b` *c* ~~d~~ [e](https://f.example/(g))\nh snake_case_word\n\n- x\n  1. y\n  2. z\n- [x] done\n\n```ts\nconst a = 1;\n```\n> q\n\n| a | b |\n| - | - |\n| 1 | `2` |\n\n---';
    const blocks = readMarkdown(text);
    expect(blocks.map(({ type }) => type)).toEqual(['heading', 'paragraph', 'list', 'code', 'quote', 'table', 'rule']);
    expect(blocks[0]).toEqual({ type: 'heading', level: 1, within: ['One ', { type: 'strong', within: ['two'] }] });
    expect(blocks[1]).toMatchObject({
      within: [
        'A ',
        { type: 'code', text: 'b' },
        ' ',
        { type: 'em', within: ['c'] },
        ' ',
        { type: 'del', within: ['d'] },
        ' ',
        { type: 'link', href: 'https://f.example/(g)', within: ['e'] },
        '\nh snake_case_word',
      ],
    });
    expect(blocks[2]).toMatchObject({
      start: null,
      items: [[{ type: 'paragraph' }, { type: 'list', start: 1, items: [[{}], [{}]] }], [{ within: ['☑ done'] }]],
    });
    expect(blocks[3]).toEqual({ type: 'code', language: 'ts', text: 'const a = 1;' });
    expect(blocks[5]).toMatchObject({ head: [['a'], ['b']], rows: [[['1'], [{ type: 'code', text: '2' }]]] });
  });

  it('finds addresses in a text, without the sentence around them', () => {
    expect(readInline('See https://a.example/b?c=d. (http://e.example)')).toEqual([
      'See ',
      { type: 'link', href: 'https://a.example/b?c=d', within: ['https://a.example/b?c=d'] },
      '. (',
      { type: 'link', href: 'http://e.example', within: ['http://e.example'] },
      ')',
    ]);
  });

  it('has no HTML, and no link that runs something or has a name before its host', () => {
    expect(readMarkdown('<script>x</script>')).toEqual([{ type: 'paragraph', within: ['<script>x</script>'] }]);
    let refused = 0;
    for (const text of xssStrings) {
      const said = JSON.stringify(readMarkdown(text));
      for (const [, found] of said.matchAll(/"href":"((?:[^"\\]|\\.)*)"/g)) {
        const href = JSON.parse(`"${found!}"`) as string;
        const isPlain = /^https?:\/\/(?:evil\.example\/\d|www\.w3\.org\/)\P{Cc}*$/u.test(href);
        expect([href, safeAddress(href) !== null]).toEqual([href, isPlain]);
        if (!isPlain) refused++;
      }
    }
    expect(refused).toBeGreaterThan(10);
  });

  it.each([
    ['brackets', '['],
    ['links', '[a]('],
    ['quotes', '> '],
    ['lists', '- '],
    ['emphasis', '*a_ '],
    ['pairs', '**'],
    ['ticks', '`a``'],
    ['angles', '<http://'],
    ['addresses', 'https://a.b '],
    ['pipes', '|a'],
    ['fences', '```\n'],
    ['entities', '&amp;'],
    ['lines', 'x\n'],
    ['nested lists', '  - a\n'],
  ])('is read in a time that grows with its length alone: %s', (_, part) => {
    const steps = (characters: number): number => {
      const text = part.repeat(Math.floor(characters / part.length));
      const began = process.cpuUsage();
      for (let round = 0; round < 3; round++) readMarkdown(text);
      const { user, system } = process.cpuUsage(began);
      return user + system;
    };
    steps(20_000);
    const [small, large] = [steps(25_000), steps(200_000)];
    // Eight times the text. Quadratic work would be 64 times as much.
    expect(large).toBeLessThan(Math.max(small * 32, 600_000));
  });
});

describe('links of others', () => {
  it('lead to http and https, by the name that is read', () => {
    expect(safeAddress('HTTPS://a.example/x')?.href).toBe('https://a.example/x');
    const refused = [
      ...['javascript:x', 'data:text/html,x', '//a.example', '/x', 'x', '', 'blob:http://a.example/1', 'file:///x'],
      ...[
        'http://b@a.example/',
        'http://b:c@a.example/',
        'java\tscript:x',
        ' https://a.example',
        'https://a.example/\n',
      ],
      ...['https://a.example/\u202Egpj', 'http://', 'ftp://a.example'],
    ];
    for (const href of refused) expect([href, safeAddress(href)]).toEqual([href, null]);
  });
});

describe('patches', () => {
  it('are read file by file, with the numbers of both sides; what looks like a head within a file is a line of it', () => {
    const patch = [
      'diff --git a/x y.ts b/x y.ts',
      'index 1..2 100644',
      '--- a/x y.ts',
      '+++ b/x y.ts',
      '@@ -1,3 +1,3 @@',
      ' one',
      '--- a/two',
      '+++ b/two',
      ' three',
      'diff --git a/b.png b/b.png',
      'Binary files a/b.png and b/b.png differ',
    ].join('\n');
    const [file, binary] = readPatch(patch);
    expect(file).toMatchObject({ name: 'x y.ts', added: 1, removed: 1 });
    expect(file!.lines.slice(1)).toEqual([
      { kind: 'same', before: 1, after: 1, text: 'one' },
      { kind: 'removed', before: 2, after: null, text: '-- a/two' },
      { kind: 'added', before: null, after: 2, text: '++ b/two' },
      { kind: 'same', before: 3, after: 3, text: 'three' },
    ]);
    expect(binary).toMatchObject({ name: 'b.png', lines: [{ kind: 'place' }] });
    expect(readPatch('-a\n+b')[0]).toMatchObject({ name: '', added: 1, removed: 1 });
    expect(readPatch('@@ -1 +1 @@\n-a\n+b\n')[0]?.lines.map(({ text }) => text)).toEqual(['a', 'b']);
  });

  it('of two texts have what differs, and a few lines around it', () => {
    expect(differingLines('a\nb\nc', 'a\nx\nc')).toBe(' a\n-b\n+x\n c');
    expect(differingLines('a', 'a')).toBe('');
    expect(differingLines('a', 'a\nb')).toBe(' a\n+b');
  });
});
