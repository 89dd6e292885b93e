import { describe, expect, it } from 'vitest';
import type { LockWait } from '../../../../src/store/state/lock-ring.ts';
import { ringOf, ringWords } from '../../../../src/store/state/lock-ring.ts';

function waits(id: string, key: string, ...behind: string[]): LockWait {
  return { id, name: id, key, behind: behind.map((one) => ({ id: one, name: one })) };
}

describe('ringOf', () => {
  it.each<[string, LockWait, LockWait[], string[] | null]>([
    ['nobody waits', waits('a', 'x', 'b'), [], null],
    ['whoever it waits for waits for another one', waits('a', 'x', 'b'), [waits('b', 'y', 'c')], null],
    ['two wait for each other', waits('a', 'x', 'b'), [waits('b', 'y', 'a')], ['a', 'b']],
    [
      'three do, over one that waits twice',
      waits('a', 'x', 'b'),
      [waits('b', 'y', 'd'), waits('b', 'z', 'c'), waits('c', 'w', 'a')],
      ['a', 'b', 'c'],
    ],
    [
      'others are in a ring that it is not in',
      waits('a', 'x', 'b'),
      [waits('b', 'y', 'c'), waits('c', 'z', 'b')],
      null,
    ],
    ['who is before it in the row waits for it', waits('a', 'x', 'h', 'b'), [waits('b', 'y', 'a')], ['a', 'b']],
  ])('looks where %s', (_what, first, others, ring) => {
    expect(ringOf(first, others)?.map(({ id }) => id) ?? null).toEqual(ring);
  });

  it('says who waits for whom, and what to do', () => {
    const words = ringWords([waits('a', 'x', 'b'), waits('b', 'y', 'a')]);
    expect(words).toContain('a waits for "x", which b has; b waits for "y", which a has');
    expect(words).toContain('release a lock');
  });
});
