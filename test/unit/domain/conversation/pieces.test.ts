import { describe, expect, it } from 'vitest';
import type { ContentBlock, KeptBlock, KeptMessage } from '../../../../src/domain/conversation/conversation.ts';
import { textOf, unfinishedOf } from '../../../../src/domain/conversation/conversation.ts';
import type { Piece } from '../../../../src/domain/conversation/pieces.ts';
import { joinPieces } from '../../../../src/domain/conversation/pieces.ts';
import { toSent } from '../../../../src/domain/conversation/sent-messages.ts';
import type { TranscriptEntry } from '../../../../src/domain/conversation/transcript-entry.ts';
import { joinEntries } from '../../../../src/domain/conversation/transcript-entry.ts';
import { fc, runs } from '../../../support/base/properties.ts';
import { toolPair, user } from '../../../support/plan/builders.ts';

const text = (words: string): ContentBlock => ({ type: 'text', text: words });
const use: ContentBlock = { type: 'tool_use', id: 'a', name: 'bash', input: {} };
const cutUse: ContentBlock = { type: 'tool_use', id: 'b', name: 'filesystem', input: {}, problem: 'It did not run.' };
const thought: ContentBlock = { type: 'thinking', thinking: 'hm', signature: 's' };

function cut(...content: ContentBlock[]): Piece {
  return { content, isAtLimit: true };
}

function whole(...content: ContentBlock[]): Piece {
  return { content, isAtLimit: false };
}

function answer(content: KeptBlock[]): KeptMessage {
  return { role: 'assistant', content };
}

/** Keeps answers one after the other, each knowing those before it. */
function keep(...pieces: Piece[]): KeptMessage[] {
  const kept: KeptMessage[] = [];
  for (const piece of pieces) kept.push(answer(joinPieces(kept, piece)));
  return kept;
}

const last = (...pieces: Piece[]): KeptMessage => keep(...pieces).at(-1)!;

describe('joinPieces', () => {
  it('puts the text of all pieces together to the letter, however it was cut', () => {
    const isJoined = (pieces: string[]): boolean => {
      const kept = keep(...pieces.map((piece, at) => (at < pieces.length - 1 ? cut : whole)(text(piece))));
      // An answer of spaces alone is none.
      return textOf(kept.at(-1)!).trimStart() === pieces.join('').trimStart();
    };
    fc.assert(fc.property(fc.array(fc.string(), { minLength: 1, maxLength: 6 }), isJoined), runs(2000));
  });

  it('counts pieces, and begins anew after an answer that came to its end', () => {
    const times = keep(cut(text('a')), cut(text('b')), whole(text('c')), cut(text('d'))).map(unfinishedOf);
    expect(times.map((one) => one?.times)).toEqual([1, 2, undefined, 1]);
    expect(textOf(last(cut(text('a')), cut(text('b')), whole(text('c'))))).toBe('abc');
  });

  it.each(['', ' \n\t', '\u200b\u00a0', '\ufeff\u2060\u00ad', '\u0000'])('takes %j for no answer', (nothing) => {
    expect(last(whole(thought, text(nothing))).content).toEqual([{ type: 'unfinished', why: 'empty', times: 1 }]);
    expect(textOf(last(whole(text(`${nothing}.`))))).toBe(`${nothing}.`);
  });

  it('takes a whole text for done when nothing more comes of it', () => {
    const end = last(cut(text('all of it')), whole());
    expect([textOf(end), unfinishedOf(end)]).toEqual(['all of it', null]);
  });

  it('keeps a call that was cut apart: what comes after it is an answer of its own', () => {
    const first = cut(text('I write it.'), cutUse);
    expect(unfinishedOf(last(first))).toEqual({ type: 'unfinished', why: 'limit', times: 1 });
    expect(last(first, whole(text('done'))).content).toEqual([text('done')]);
    expect(unfinishedOf(last(first, first))?.times).toBe(2);
    expect(unfinishedOf(last(cut(use, cutUse)))?.times).toBe(0);
    expect(unfinishedOf(last(whole(cutUse)))).toBeNull();
    expect(unfinishedOf(last(cut(use)))).toBeNull();
  });

  it.each([[[]], [[text(' \n')]], [[thought]]])(
    'knows that there is nothing in %j, and how often in an attempt',
    (content) => {
      const kept = keep(whole(...content), whole(use), whole(...content));
      expect(kept[0]!.content).toEqual([{ type: 'unfinished', why: 'empty', times: 1 }]);
      expect(unfinishedOf(kept[2]!)?.times).toBe(2);
      expect(last(whole(...content), whole(text('here'))).content).toEqual([text('here')]);
    },
  );
});

describe('joinEntries', () => {
  it('makes one entry of pieces, with the sum of what they cost', () => {
    const asks = user('go on');
    const pieces = keep(cut(text('a')), cut(text('b')), { ...whole(thought, text('c'), use) });
    const messages = [user('task'), pieces[0]!, asks, pieces[1]!, asks, pieces[2]!, user('more')];
    const entries = messages.map((message, at): TranscriptEntry => {
      const isPaid = message.role === 'assistant';
      const facts = { id: String(at), taskId: 'one', turn: at, at: '' };
      return { ...facts, message, usage: isPaid ? { outputTokens: at } : null, costUsd: isPaid ? at : null };
    });
    const joined = joinEntries(entries);
    expect(joined.map(({ id, costUsd }) => [id, costUsd])).toEqual([
      ['0', null],
      ['5', 9],
      ['6', null],
    ]);
    expect(joined[1]).toMatchObject({ usage: { outputTokens: 9 }, message: { content: [thought, text('abc'), use] } });
  });
});

describe('toSent', () => {
  it('sends pieces as they came, and nothing of what is the store’s own', () => {
    const pieces = keep(cut(thought, text('a')), cut(text('b'), use, cutUse));
    const { problem: _problem, ...sentUse } = { problem: '', ...cutUse };
    expect(toSent([user('task'), pieces[0]!, user('go on'), pieces[1]!])).toEqual([
      user('task'),
      answer([thought, text('a')]),
      user('go on'),
      answer([text('b'), use, sentUse as ContentBlock]),
    ]);
  });

  it('sends nothing for nothing: what is said after it is said with what was said before', () => {
    const [call, result] = toolPair('a');
    expect(toSent([user('task'), call, result, last(whole()), user('go on')])).toEqual([
      user('task'),
      call,
      { role: 'user', content: [...result.content, text('go on')] },
    ]);
  });
  it('sends no thought behind which nothing stands', () => {
    const hidden: ContentBlock = { type: 'redacted_thinking', data: 'secret' };
    const cutBehind = [[thought], [hidden, thought], [thought, text(' \n')]].map((content) => last(cut(...content)));
    for (const answered of cutBehind) {
      expect(toSent([user('task'), answered, user('go on')])).toEqual([
        { role: 'user', content: [text('task'), text('go on')] },
      ]);
    }
    const between = last(cut(thought, text('a'), hidden, thought));
    expect(toSent([user('task'), between, user('go on')])[1]).toEqual(answer([thought, text('a')]));
    const ended = last(cut(text('a')), whole(thought));
    expect(toSent([user('task'), ended, user('more')])).toHaveLength(1);
    expect(toSent([last(whole(thought, use))])).toEqual([answer([thought, use])]);
  });
});
