import { describe, expect, it } from 'vitest';
import { Peers } from '../../../src/gateway/peers.ts';

const second = 1000;

/** Hears, second by second from `from` on, what `beats` say. @returns in which of them somebody was taken for dead */
function hear(peers: Peers, beats: readonly string[], from = 0): number[] {
  return beats.flatMap((beat, index) =>
    peers.hear([{ id: 'a', beat }], (from + index) * second).length > 0 ? [index] : [],
  );
}

describe('another gateway', () => {
  it('is dead when nothing new was heard of it in five turns in a row', () => {
    expect(hear(new Peers(), ['1', '1', '1', '1', '1', '1'])).toEqual([5]);
    expect(hear(new Peers(), ['1', '1', '1', '1', '1', '2', '2', '2', '2', '2', '2'])).toEqual([10]);
  });

  it('has all of its time again when the database was away, or the machine asleep, or its clock set', () => {
    const peers = new Peers();
    expect(hear(peers, ['1', '1', '1', '1', '1'])).toEqual([]);
    expect(hear(peers, ['1', '1', '1', '1', '1'], 3600)).toEqual([]);
    expect(hear(peers, ['1', '1', '1', '1', '1', '1'], 10)).toEqual([5]);
  });

  it('that is gone is waited for by nobody', () => {
    const peers = new Peers();
    const [there, gone] = [peers.signalOf('a'), peers.signalOf('b')];
    hear(peers, ['1']);
    expect([there.aborted, gone.aborted]).toEqual([false, true]);
    peers.hear([], second);
    expect(there.aborted).toBe(true);
    // One that entered again is another one.
    expect(peers.signalOf('a').aborted).toBe(false);
  });
});
