import { describe, expect, it } from 'vitest';
import { silenceMs, TypedLine } from '../../../../src/cli/work/typed-line.ts';

/** Types keys at times after the question was shown; what came of each. */
function typed(...keys: [atMs: number, keys: string][]) {
  const line = new TypedLine();
  line.begin(0);
  const outcomes = keys.map(([at, text]) => line.type(text, at));
  return { outcomes, text: line.text };
}

const yes = { kind: 'line', text: 'y' };

describe('TypedLine', () => {
  it.each<[string, [number, string][], unknown]>([
    ['counts after a moment of silence', [[silenceMs, 'y\r']], yes],
    [
      'takes a line key by key',
      [
        [silenceMs, 'y'],
        [silenceMs + 1, '\r'],
      ],
      yes,
    ],
    ['is what was typed before the question stood there', [[0, 'y\r']], { kind: 'text' }],
    ['is typed ahead', [[silenceMs - 1, 'y\r']], { kind: 'text' }],
    [
      'comes from a key that is held down',
      [
        [100, 'y\r'],
        [300, 'y\r'],
        [600, 'y\r'],
      ],
      { kind: 'text' },
    ],
    [
      'comes after a key that was let go',
      [
        [100, 'y\r'],
        [100 + silenceMs, 'y\r'],
      ],
      yes,
    ],
    ['holds several lines', [[silenceMs, 'y\rn\ry\r']], yes],
    ['holds sequences of keys and pastes', [[silenceMs, '\x1b[200~y\x1b[201~\x1b[A\x1bOP\r']], yes],
    ['holds control characters', [[silenceMs, '\x00y\x07\x9b\r']], yes],
    ['is taken back', [[silenceMs, 'no\x7f\x7fy\r']], yes],
    ['is cleared', [[silenceMs, 'nonsense\x15y\r']], yes],
    ['ends what runs at any time', [[0, 'yes\x03']], { kind: 'interrupt' }],
  ])('a line that %s', (_, keys, last) => {
    expect(typed(...keys).outcomes.at(-1)).toEqual(last);
  });

  it('begins anew with another question, silence included', () => {
    const line = new TypedLine();
    line.begin(0);
    line.type('y', silenceMs);
    line.begin(silenceMs + 1);
    expect(line.text).toBe('');
    expect(line.type('\r', silenceMs + 2)).toEqual({ kind: 'text' });
  });
});
