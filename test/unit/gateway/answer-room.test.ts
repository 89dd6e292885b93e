import { expect, it } from 'vitest';
import { AnswerRoom } from '../../../src/gateway/call/answer-room.ts';

it('answers under way have their bytes together, and give them back once', () => {
  const room = new AnswerRoom(100);
  const [first, second] = [room.open(), room.open()];
  first.take(60);
  expect(() => second.take(60)).toThrow('all the memory');
  second.giveBack();
  first.giveBack();
  first.giveBack();
  const third = room.open();
  third.take(100);
  expect(() => room.open().take(1)).toThrow('all the memory');
});
