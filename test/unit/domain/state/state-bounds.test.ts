import { describe, expect, it } from 'vitest';
import { stateBounds, stateKeyProblem } from '../../../../src/domain/state/state-bounds.ts';

describe('stateKeyProblem', () => {
  it.each(['count', 'plan/items', 'a.b-c:1', '_x', '9'])('takes %s', (key) => {
    expect(stateKeyProblem(key)).toBeNull();
  });

  it.each(['', '/a', 'a b', 'a\u001b[2J', 'ä', 'a\n', '-a', 'a\u0000', 'a'.repeat(stateBounds.keyLength + 1)])(
    'refuses %j, with what a key may be',
    (key) => {
      expect(stateKeyProblem(key)).toMatch(/a key (is made of letters|has at most 120)/);
    },
  );
});
