import { describe, expect, it } from 'vitest';
import { saidMessages } from '../../../../src/domain/messages/said-messages.ts';

const tag = (to: string, text: string): string => `<AGENT_MESSAGE to="${to}">\n  ${text}\n</AGENT_MESSAGE>`;
const read = (text: string) => saidMessages(text, 1000);

describe('saidMessages', () => {
  it('reads those of the seed, several of them, on one line too', () => {
    const answer = `I begin.\n${tag('backend-architect', 'Frontend needs the user authentication API spec')}\nThen:\n<AGENT_MESSAGE to='db'>two\nlines</AGENT_MESSAGE>\nDone.`;
    expect(read(answer)).toEqual([
      { to: 'backend-architect', text: 'Frontend needs the user authentication API spec' },
      { to: 'db', text: 'two\nlines' },
    ]);
  });

  it.each([
    ['a fence', `\`\`\`xml\n${tag('a', 'x')}\n\`\`\``],
    ['a fence that does not end', `~~~\n${tag('a', 'x')}`],
    ['a longer fence with a shorter one in it', `\`\`\`\`\n\`\`\`\n${tag('a', 'x')}\n\`\`\`\``],
    ['a fence within a list', `1. So:\n\n    \`\`\`\n${tag('a', 'x').replaceAll(/^/gm, '    ')}\n    \`\`\``],
    [
      'a fence with an indented mark in it',
      `\`\`\`md\n1. Do this:\n\n    \`\`\`\n${tag('a', 'x')}\n    \`\`\`\n\`\`\``,
    ],
    ['a fence that begins a point of a list', `- ~~~\n  ${tag('a', 'x')}\n  ~~~`],
    ['indented code', `So:\n\n${tag('a', 'x').replaceAll(/^/gm, '    ')}`],
    ['code indented by a tab', `So:\n\n${tag('a', 'x').replaceAll(/^/gm, '\t')}`],
    ['a comment', `So: <!--\n${tag('a', 'x')}\n-->`],
    ['a comment that does not end', `<!-- a --> <!--\n${tag('a', 'x')}`],
    ['an element that shows it', `<pre>\n${tag('a', 'x')}\n</pre>`],
    ['a longer one', `<PRE class="x"><code>\n${tag('a', 'x')}\n</code></PRE>`],
    ['a quote', tag('a', 'x').replaceAll(/^/gm, '> ')],
    ['the middle of a line', `Write <AGENT_MESSAGE to="a">x</AGENT_MESSAGE>`],
    ['code in a line', '`<AGENT_MESSAGE to="a">x</AGENT_MESSAGE>`'],
    ['a list', '- <AGENT_MESSAGE to="a">x</AGENT_MESSAGE>'],
  ])('takes none out of %s', (_where, answer) => {
    expect(read(answer)).toEqual([]);
  });

  it.each([
    ['has no end', '<AGENT_MESSAGE to="a">\nx'],
    ['names nobody', tag('', 'x')],
    ['says nothing', tag('a', ' ')],
    ['has no name at all', '<AGENT_MESSAGE>\nx\n</AGENT_MESSAGE>'],
    ['has a name without quotes', '<AGENT_MESSAGE to=a>\nx\n</AGENT_MESSAGE>'],
    ['has another one in it', `<AGENT_MESSAGE to="a">\n${tag('b', 'x')}`.replace('\n</', ' </')],
    ['goes on behind its end', '<AGENT_MESSAGE to="a">\nx\n</AGENT_MESSAGE> and more'],
    ['is too long', tag('a', 'x'.repeat(1001))],
  ])('leaves as text what %s', (_what, answer) => {
    expect(read(answer)).not.toContainEqual(expect.objectContaining({ to: 'a' }));
  });

  it.each([
    ['in a list that has ended', '1. So:\n\nText.\n\n    ```\n'],
    ['deeper than its point', '- So:\n\n          ```\n\n'],
    ['that ends with its list', '- So:\n  ```\n  x\n  ```\n\n'],
    ['within a paragraph', 'So:\n    ```\n'],
  ])('reads what follows a mark %s', (_where, before) => {
    expect(read(`${before}${tag('a', 'x')}`)).toEqual([{ to: 'a', text: 'x' }]);
  });

  it('takes none out of a fence behind words that go on with a point', () => {
    expect(read(`1. So\nand so:\n    \`\`\`\n${tag('a', 'x').replaceAll(/^/gm, '    ')}\n    \`\`\``)).toEqual([]);
  });

  it.each(['<!-- so -->', '<pre>\nx\n</pre>', 'Use `<pre>` and `<!--`.', '<prefix>', '```\n<pre>\n```'])(
    'reads what follows %s',
    (before) => {
      expect(read(`${before}\n${tag('a', 'x')}`)).toEqual([{ to: 'a', text: 'x' }]);
    },
  );

  it('reads what follows code between marks that are no fence', () => {
    expect(read(`\`\`\`npm test\`\`\` is green.\n${tag('a', 'x')}`)).toEqual([{ to: 'a', text: 'x' }]);
  });

  it('reads what follows indented code that begins like a fence', () => {
    const indented = 'Text:\n\n    ``` begins a fence\n\n';
    expect(read(`${indented}${tag('a', 'x')}`)).toEqual([{ to: 'a', text: 'x' }]);
  });

  it('is bounded, and quick on what never ends', () => {
    expect(read(`<AGENT_MESSAGE\n${'- '.repeat(50_000)}\n${'`'.repeat(50_000)}x\``)).toEqual([]);
    expect(read(Array.from({ length: 100 }, () => tag('a', 'x')).join('\n'))).toHaveLength(20);
    expect(read('<AGENT_MESSAGE to="a">\n'.repeat(20_000))).toEqual([]);
  });
});
