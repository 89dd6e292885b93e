import { describe, expect, it } from 'vitest';
import type { ContentBlock, KeptBlock, KeptMessage } from '../../../../src/domain/conversation/conversation.ts';
import { textOf, unfinishedOf } from '../../../../src/domain/conversation/conversation.ts';
import { isOpen, joinPieces } from '../../../../src/domain/conversation/pieces.ts';
import { toSent } from '../../../../src/domain/conversation/sent-messages.ts';
import { fc, runs } from '../../../support/base/properties.ts';
import { user } from '../../../support/plan/builders.ts';

const text = (words: string): ContentBlock => ({ type: 'text', text: words });
const use: ContentBlock = { type: 'tool_use', id: 'a', name: 'bash', input: {} };
const thought: ContentBlock = { type: 'thinking', thinking: 'hm', signature: 's' };

function cut(...content: ContentBlock[]) {
  return { content, isAtLimit: true, cutCalls: [] };
}

function whole(...content: ContentBlock[]) {
  return { content, isAtLimit: false, cutCalls: [] };
}

function answer(content: KeptBlock[]): KeptMessage {
  return { role: 'assistant', content };
}

describe('joinPieces', () => {
  it('puts the text of all pieces together to the letter, however it was cut', () => {
    const isJoined = (pieces: string[]): boolean => {
      let before: KeptMessage | null = null;
      for (const [at, piece] of pieces.entries()) {
        const next = at < pieces.length - 1 ? cut(text(piece)) : whole(text(piece));
        before = answer(joinPieces(before, next));
      }
      // An answer of spaces alone is none.
      return textOf(before!).trimStart() === pieces.join('').trimStart();
    };
    fc.assert(fc.property(fc.array(fc.string(), { minLength: 1, maxLength: 6 }), isJoined), runs(2000));
  });

  it('counts pieces, and begins anew after an answer that came to its end', () => {
    const first = joinPieces(null, cut(text('a')));
    const second = joinPieces(answer(first), cut(text('b')));
    expect([first, second].map((content) => unfinishedOf({ content })?.times)).toEqual([1, 2]);
    expect(joinPieces(answer(second), whole(text('c')))).toEqual([text('abc')]);
    expect(unfinishedOf({ content: joinPieces(answer([text('abc')]), cut(text('d'))) })?.times).toBe(1);
  });

  it('takes a whole text for done when nothing more comes of it', () => {
    expect(joinPieces(answer(joinPieces(null, cut(text('all of it')))), whole())).toEqual([text('all of it')]);
  });

  it('keeps a call that was cut apart: what comes after it is an answer of its own', () => {
    const cutCalls = [{ id: 't1', name: 'bash' }];
    const content = joinPieces(null, { ...cut(text('I write it.')), cutCalls });
    expect(unfinishedOf({ content })).toEqual({ type: 'unfinished', why: 'limit', times: 1, calls: cutCalls });
    expect(isOpen(answer(content))).toBe(false);
    expect(joinPieces(answer(content), whole(text('done')))).toEqual([text('done')]);
    expect(unfinishedOf({ content: joinPieces(null, { ...cut(use), cutCalls }) })?.times).toBe(0);
    expect(unfinishedOf({ content: joinPieces(null, cut(use)) })).toBeNull();
  });

  it.each([[[]], [[text(' \n')]], [[thought]]])('knows that there is nothing in %j', (content) => {
    const first = joinPieces(null, whole(...content));
    expect(first).toEqual([{ type: 'unfinished', why: 'empty', times: 1, calls: [] }]);
    expect(unfinishedOf({ content: joinPieces(answer(first), whole()) })?.times).toBe(2);
    expect(joinPieces(answer(first), whole(text('here')))).toEqual([text('here')]);
  });

  it('leaves thoughts before the call that they led to', () => {
    const first = answer(joinPieces(null, cut(thought, text('so '))));
    const second: ContentBlock = { ...thought, signature: 't' };
    expect(joinPieces(first, whole(second, use))).toEqual([second, text('so '), use]);
    expect(joinPieces(first, whole(second, text('it is'), use))).toEqual([second, text('so it is'), use]);
  });
});

describe('toSent', () => {
  it('sends calls that were cut without what was written of them, and something for nothing', () => {
    const cutCalls = [{ id: 'a', name: 'filesystem' }];
    const content = joinPieces(null, { ...cut(thought, use), cutCalls });
    const results = [use, ...cutCalls].map((): ContentBlock => ({
      type: 'tool_result',
      tool_use_id: 'a',
      content: '',
    }));
    expect(toSent([user('go'), answer(content), { role: 'user', content: results }])).toEqual([
      user('go'),
      answer([thought, use, { type: 'tool_use', id: 'a-2', name: 'filesystem', input: {} }]),
      { role: 'user', content: [results[0], { ...results[1], tool_use_id: 'a-2' }] },
    ]);
    expect(toSent([answer(joinPieces(null, whole()))])).toEqual([answer([text('(no answer)')])]);
  });
});
