import { describe, expect, it } from 'vitest';
import type { KeptMessage } from '../../../../src/domain/conversation/conversation.ts';
import { gistBlock, gistIn, notesIn, toGist } from '../../../../src/domain/conversation/gist.ts';
import { pruneView } from '../../../../src/domain/conversation/prune-view.ts';
import type { PlacedMessage } from '../../../../src/domain/conversation/shorten.ts';
import { viewAfter } from '../../../../src/domain/conversation/shorten.ts';
import { assistant, user } from '../../../support/plan/builders.ts';

const room = { most: 600, task: 'two' };

function placed(messages: readonly (KeptMessage & { callKey?: string })[]): PlacedMessage[] {
  return messages.map((message, at) => ({ ...message, id: `m${at}`, depth: at + 1 }));
}

describe('what stands for messages that are left out', () => {
  it('is how each begins, calls with their results, within its room: the first and the newest of them', () => {
    const turns = Array.from({ length: 40 }, (_, at): KeptMessage[] => [
      {
        role: 'assistant',
        content: [
          { type: 'text', text: `step ${at}\nwith more` },
          { type: 'tool_use', id: `t${at}`, name: 'bash', input: { command: `make ${at}` } },
        ],
      },
      { role: 'user', content: [{ type: 'tool_result', tool_use_id: `t${at}`, content: 'no', is_error: true }] },
    ]).flat();
    const gist = toGist(turns, null, room);
    expect(gist.messages).toBe(80);
    expect(gist.text.length).toBeLessThanOrEqual(room.most + 60);
    expect(gist.text).toMatch(/^- step 0 with more\n- used bash \{"command":"make 0"\}\n {2}→ error: no\n/);
    expect(gist.text).toMatch(/\(\d+ lines are left out\)[^]*make 39"\}\n {2}→ error: no$/);
    expect(gist.pinned).toEqual([]);
  });

  it('keeps word for word what was said, the newest as far as there is room, and the task at work whole', () => {
    const prompt = (taskId: string, text: string) => ({ ...user(text), callKey: `${taskId}~1/1/0` });
    const left = [
      prompt('one', `Old task ${'x'.repeat(900)}`),
      assistant('a'),
      prompt('two', `Now this ${'y'.repeat(900)}`),
      assistant('b'),
      { ...user('Message from Ann: the port is 81'), callKey: 'two~1/2/0' },
    ];
    const { pinned } = toGist(left, null, room);
    expect(pinned.map(({ text }) => text.length)).toEqual([160, 909, 32]);
    expect(pinned.at(-1)).toEqual({ text: 'Message from Ann: the port is 81' });
    // The next one is made of it, and another task is at work.
    const next = toGist([assistant('c')], toGist(left, null, room), { ...room, task: 'three' });
    expect(next.messages).toBe(6);
    expect(next.text).toBe('- a\n- b\n- c');
    expect(next.pinned.map(({ text }) => text.length)).toEqual([160, 160, 32]);
    expect(JSON.stringify(gistBlock(next))).toMatch(
      /^\{"type":"text","text":"\[6 messages .*<said>\\nMessage from Ann/,
    );
  });

  it('comes behind the first message, and stays the same until more is left out', () => {
    const messages = Array.from({ length: 9 }, (_, at) => (at % 2 === 0 ? user(`ask ${at}`) : assistant(`say ${at}`)));
    const limits = { messages: 8, most: Infinity, others: 0, estimate: () => 0, gist: room };
    const { messages: sent, trim } = pruneView(placed(messages), limits);
    expect(sent[0]!.content).toEqual([{ type: 'text', text: 'ask 0' }, gistBlock(trim.gist!)]);
    expect(sent.length).toBeLessThanOrEqual(5);
    // As the store keeps it: see activities/turn/to-reply.ts.
    const { results, from, gist } = trim;
    const reply: KeptMessage = {
      role: 'assistant',
      content: [{ type: 'trimmed', results, from: from!, gist: gist! }, ...assistant('say on').content],
    };
    const next = [
      ...viewAfter(placed(messages), trim),
      ...placed([reply, user('more')]).map((one) => ({ ...one, id: `n${one.id}` })),
    ];
    expect(gistIn(next)).toEqual(gist);
    const again = pruneView(next, limits);
    expect(again.trim.gist).toBeNull();
    expect(again.messages.slice(0, sent.length)).toEqual(sent);
  });

  it('knows how far what is left out told of results, events and the state, also where none told of events', () => {
    const told = (upTo: number, seq?: number, change?: number): KeptMessage => ({
      role: 'user',
      content: [
        { type: 'text', text: 'note' },
        { type: 'notes', upTo, ...(seq !== undefined && { seq }), ...(change !== undefined && { change }) },
      ],
    });
    expect(notesIn([told(4)])).toEqual({ results: 4, events: 0, change: 0 });
    const gist = toGist([told(4), told(5, 9, 30), told(6, 12)], null, room);
    expect(gist.pinned).toEqual([]);
    const next = toGist([assistant('a')], gist, room);
    expect(notesIn([{ role: 'assistant', content: [{ type: 'trimmed', results: 0, gist: next }] }, told(5)])).toEqual({
      results: 6,
      events: 12,
      change: 30,
    });
  });

  it('is left out of runs that were begun earlier', () => {
    const messages = Array.from({ length: 9 }, (_, at) => (at % 2 === 0 ? user(`ask ${at}`) : assistant(`say ${at}`)));
    const { messages: sent, trim } = pruneView(placed(messages), {
      messages: 8,
      most: Infinity,
      others: 0,
      estimate: () => 0,
    });
    expect(trim).toMatchObject({ gist: null, from: expect.any(String) });
    expect(sent[0]).toEqual(user('ask 0'));
  });
});
