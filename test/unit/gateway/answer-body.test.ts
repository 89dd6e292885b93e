import { describe, expect, it } from 'vitest';
import { AnswerBody } from '../../../src/gateway/call/answer-body.ts';

function opened() {
  const aborted: string[] = [];
  const taken: string[] = [];
  const body = new AnswerBody(({ message }) => aborted.push(message));
  const take = (piece: Buffer): void => void taken.push(piece.toString());
  return { body, aborted, taken, take, push: (text: string) => body.push(Buffer.from(text)) };
}

describe('what comes of an answer', () => {
  it('is handed over piece by piece, also what came before anybody asked for it', async () => {
    const { body, taken, take, push } = opened();
    push('one');
    push('two');
    const done = body.each(take);
    expect(taken).toEqual(['one', 'two']);
    push('three');
    body.end(null);
    push('too late');
    await done;
    expect(taken).toEqual(['one', 'two', 'three']);
  });

  it('is handed over whole when it was over before', async () => {
    const { body, taken, take, push } = opened();
    push('all');
    body.end(null);
    await body.each(take);
    expect(taken).toEqual(['all']);
  });

  it('ends with what it broke off with, before and after somebody asked for it', async () => {
    const early = opened();
    early.push('a');
    early.body.end(new Error('gone'));
    await expect(early.body.each(early.take)).rejects.toThrow('gone');
    expect(early.taken).toEqual(['a']);
    const late = opened();
    const done = late.body.each(late.take);
    late.body.end(new Error('gone'));
    late.body.end(null);
    await expect(done).rejects.toThrow('gone');
  });

  it('is ended, with its connection, by who takes it: because it wants no more, or cannot go on', async () => {
    const one = opened();
    const done = one.body.each(one.take);
    one.body.destroy();
    await expect(done).rejects.toThrow('broke off');
    expect(one.aborted).toEqual(['it broke off']);
    const other = opened();
    const failed = other.body.each(() => {
      throw new Error('no room');
    });
    other.push('a');
    other.push('b');
    await expect(failed).rejects.toThrow('no room');
    expect(other.aborted).toEqual(['no room']);
  });
});
