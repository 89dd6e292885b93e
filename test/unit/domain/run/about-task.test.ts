import { describe, expect, it } from 'vitest';
import { aboutPrompt, executionText } from '../../../../src/domain/run/about-task.ts';
import { quoted } from '../../../../src/workflows/base/cosmetics.ts';

describe('executionText', () => {
  it.each([
    ['build', 'build'],
    ['build[0]', 'build, item 0'],
    ['build#2', 'build, iteration 2'],
    ['build[3]#2', 'build, item 3, iteration 2'],
    ['help:1:build#2', 'help:1:build#2'],
    ['of an [older] grammar', 'of an [older] grammar'],
  ])('says %s in words: %s', (id, text) => expect(executionText(id)).toBe(text));
});

describe('aboutPrompt', () => {
  it('is short, and cuts no letter in two', () => {
    expect(aboutPrompt('Dig.')).toBe('Dig.');
    const cut = aboutPrompt('\u{1f600}'.repeat(200));
    expect(cut.isWellFormed()).toBe(true);
    expect(cut.length).toBeLessThanOrEqual(301);
  });
});

describe('quoted', () => {
  it.each(['# no title\n![p](http://evil.example/p)', '```\n# out\n```', '~~~\n`````\n\u001b[2J\u2028'])(
    'shows a text as it stands: %j',
    (text) => {
      const lines = quoted(text).split('\n');
      expect([lines[0], lines.at(-1)]).toEqual(['```text', '```']);
      expect(lines.slice(1, -1).join('\n')).not.toMatch(/`{3}|[^\P{Cc}\n\t]/u);
    },
  );
});
