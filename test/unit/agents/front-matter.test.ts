import { expect, it } from 'vitest';
import { refuseMisplaced } from '../../../src/agents/front-matter.ts';
import { SourceText } from '../../../src/definition/source/source-text.ts';

const problemOf = (text: string): unknown => {
  try {
    refuseMisplaced(new SourceText(text, 'agent.md'));
    return null;
  } catch (error) {
    return (error as Error).message;
  }
};

it.each([
  ['behind words', 'Hello.\n---\nname: a\n', 'not the first'],
  ['behind a long comment', `<!--${'\nx'.repeat(40)}\n-->\n\n---\nname: a\n`, 'not the first'],
  ['between other lines', '+++\ntools = "Read"\n', 'is not read'],
  ['which is a chapter far below', `${'words\n'.repeat(20)}---\nname: a\n`, null],
  ['which has keys of its own behind words', 'Hello.\n---\nabc: a\n', null],
])('front matter %s', (_where, text, words) => {
  if (words === null) expect(problemOf(text)).toBeNull();
  else expect(problemOf(text)).toContain(words);
});

it('goes through a file of nothing but fences once', () => {
  expect(problemOf(`x\n${'---\nabc: x\n'.repeat(20_000)}`)).toBeNull();
});
