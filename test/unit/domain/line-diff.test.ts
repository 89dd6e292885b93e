import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { patchOf } from '../../../src/domain/line-diff.ts';

/** What comes of a text by a patch, as anybody who reads unified diffs has it. */
function patched(before: string, patch: string): string {
  const old = before === '' ? [] : before.split(/(?<=\n)/);
  const made: string[] = [];
  let at = 0;
  for (const hunk of patch.split(/^(?=@@ )/m).filter((each) => each !== '')) {
    const [, first = '', count = ''] = /^@@ -(\d+),(\d+) /.exec(hunk)!;
    const begin = Number(count) === 0 ? Number(first) : Number(first) - 1;
    made.push(...old.slice(at, begin));
    at = begin;
    const lines = hunk.split(/(?<=\n)/).slice(1);
    for (const [index, line] of lines.entries()) {
      if (line.startsWith('\\')) continue;
      const isOpen = lines[index + 1]?.startsWith('\\') === true;
      const text = isOpen ? line.slice(1, -1) : line.slice(1);
      if (line[0] !== '+') expect(old[at++]).toBe(text);
      if (line[0] !== '-') made.push(text);
    }
  }
  return [...made, ...old.slice(at)].join('');
}

describe('patchOf', () => {
  it('shows a change with three lines around it, and where it stands', () => {
    const before = 'a\nb\nc\nd\ne\nf\ng\nh\n';
    expect(patchOf(before, before.replace('e', 'E'))).toBe('@@ -2,7 +2,7 @@\n b\n c\n d\n-e\n+E\n f\n g\n h\n');
    expect(patchOf(before, before)).toBe('');
    expect(patchOf('', 'new')).toBe('@@ -0,0 +1,1 @@\n+new\n\\ No newline at end of file\n');
  });

  it('leads from any text to any other', () => {
    const text = fc
      .array(fc.constantFrom('a\n', 'b\n', 'c\n', '', '\n'), { maxLength: 30 })
      .map((lines) => lines.join(''));
    fc.assert(
      fc.property(text, text, fc.boolean(), (before, after, isOpen) => {
        const end = isOpen ? `${after}z` : after;
        expect(patched(before, patchOf(before, end))).toBe(end);
      }),
    );
  });

  it('gives up on the shortest way where two texts have next to nothing in common', () => {
    const lines = (word: string): string => Array.from({ length: 5000 }, (_, at) => `${word}${at}\n`).join('');
    const patch = patchOf(lines('a'), lines('b'));
    expect(patch.startsWith('@@ -1,5000 +1,5000 @@\n-a0\n')).toBe(true);
    expect(patched(lines('a'), patch)).toBe(lines('b'));
  });
});
