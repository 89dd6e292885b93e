import { describe, expect, it } from 'vitest';
import type { Message } from '../../../../src/domain/conversation/conversation.ts';
import { trimStart } from '../../../../src/domain/conversation/pruning.ts';
import { assistant, toolPair, user } from '../../../support/plan/builders.ts';
import { fc } from '../../../support/base/properties.ts';

const turns = (count: number): Message[] => Array.from({ length: count }, (_, index) => toolPair(`t${index}`)).flat();

describe('trimStart', () => {
  it('keeps everything up to the limit', () => {
    expect(trimStart(turns(24), 50)).toBe(0);
    expect(trimStart([...turns(24), assistant('done')], 50)).toBe(0);
  });

  it('goes once down to half above the limit', () => {
    const rest = [...turns(25), assistant('done')];
    const kept = rest.length - trimStart(rest, 50);
    expect(kept + 1).toBeLessThanOrEqual(26);
    expect(kept + 1).toBeGreaterThan(20);
  });

  it('never separates a tool request from its result', () => {
    const piece = fc.oneof(fc.constant(toolPair('x')), fc.constant([assistant('a')]), fc.constant([user('u')]));
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 60 }), fc.integer({ min: 2, max: 50 }), (pieces, max) => {
        const rest = pieces.flat();
        const first = rest[trimStart(rest, max)];
        expect(first?.content.some((block) => block.type === 'tool_result') ?? false).toBe(
          trimStart(rest, max) === 0 && (rest[0]?.content.some((block) => block.type === 'tool_result') ?? false),
        );
      }),
    );
  });

  it('leaves the beginning of the view where it was for many turns', () => {
    let view: Message[] = [];
    let moves = 0;
    for (let turn = 0; turn < 100; turn++) {
      view = [...view, ...toolPair(`t${turn}`)];
      const start = trimStart(view, 20);
      if (start > 0) moves++;
      view = view.slice(start);
    }
    expect(moves).toBeLessThan(25);
    expect(moves).toBeGreaterThan(5);
  });
});
