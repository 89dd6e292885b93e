import { describe, expect, it } from 'vitest';
import type { KeptBlock, KeptMessage, Message } from '../../../../src/domain/conversation/conversation.ts';
import { pruneView, roomOf } from '../../../../src/domain/conversation/prune-view.ts';
import { toSent, wholeView } from '../../../../src/domain/conversation/sent-messages.ts';
import type { PlacedMessage } from '../../../../src/domain/conversation/shorten.ts';
import { viewAfter } from '../../../../src/domain/conversation/shorten.ts';
import { toCachedRequest } from '../../../../src/models/cached-request.ts';
import { estimateInputTokens } from '../../../../src/models/estimate.ts';
import { signatureOf } from '../../../../src/testing/wire-request.ts';
import type { WireRequest } from '../../../../src/testing/wire-request.ts';
import { complaintAbout } from '../../../../src/testing/complaints.ts';
import { aRequest } from '../../models/model-fixture.ts';
import { fc, runs } from '../../../support/base/properties.ts';
import { user } from '../../../support/plan/builders.ts';

const rest = { system: 'You read.', tools: [] };
const estimate = (messages: Message[]): number => estimateInputTokens({ ...rest, messages });
const room = (most: number) => ({ most, others: rest.system.length + 2, estimate });

/** One turn: what its answer says, and the sizes of its calls' results. */
interface Turn {
  said: number;
  results: number[];
}

const turn = fc.record({
  said: fc.integer({ min: 1, max: 300 }),
  results: fc.array(fc.integer({ min: 0, max: 3000 }), { maxLength: 4 }),
});

/** The messages of a turn: a thought, a text, calls; then their results, or words. */
function messagesOf({ said, results }: Turn, at: number): KeptMessage[] {
  const thinking = `thought ${at}`;
  const ids = results.map((_, place) => `t${at}-${place}`);
  const answer: KeptBlock[] = [
    { type: 'thinking', thinking, signature: signatureOf(thinking) },
    { type: 'text', text: 'y'.repeat(said) },
    ...ids.map((id) => ({ type: 'tool_use' as const, id, name: 'bash', input: { at } })),
  ];
  const given: KeptBlock[] = results.map((size, place) => ({
    ...{ type: 'tool_result', tool_use_id: ids[place]!, content: 'é'.repeat(size) },
  }));
  return [
    { role: 'assistant', content: answer },
    { role: 'user', content: given.length > 0 ? given : [{ type: 'text', text: 'go on' }] },
  ];
}

/** A conversation turn by turn, each view trimmed as the answers before it say; what each turn sent. */
function talk(turns: readonly Turn[], most: number) {
  let view: PlacedMessage[] = [{ ...user('the task'), id: 'm1', depth: 1 }];
  let depth = 1;
  const sent = [pruneView(view, room(most))];
  for (const [at, each] of turns.entries()) {
    const { trim } = sent.at(-1)!;
    const [answer, next] = messagesOf(each, at).map((message) => ({ ...message, id: `m${++depth}`, depth }));
    // As the store keeps it: see activities/turn/to-reply.ts.
    if (trim.results > 0) answer!.content = [{ type: 'trimmed', results: trim.results }, ...answer!.content];
    view = [...viewAfter(view, trim), answer!, next!];
    sent.push(pruneView(view, room(most)));
  }
  return { sent, view };
}

describe('pruneView', () => {
  it('leaves a view that fits as it is', () => {
    fc.assert(
      fc.property(fc.array(turn, { maxLength: 12 }), (turns) => {
        const { sent, view } = talk(turns, Infinity);
        expect(sent.at(-1)).toEqual({ messages: toSent(view), trim: wholeView });
      }),
    );
  });

  it('sends what a provider takes, no more than there is room for, and all that was said in what it sends', () => {
    fc.assert(
      fc.property(fc.array(turn, { maxLength: 20 }), fc.integer({ min: 1500, max: 8000 }), (turns, most) => {
        for (const { messages } of talk(turns, most).sent) {
          const request = toCachedRequest(aRequest({ messages, tools: [] }));
          expect(complaintAbout(request as unknown as WireRequest, '')).toBeNull();
          expect(messages[0]).toEqual({ role: 'user', content: [{ type: 'text', text: 'the task' }] });
          const newest = messages.at(-1)!.content.filter(({ type }) => type === 'tool_result').length;
          // The beginning of each result always stays.
          if (most > 1500 + newest * 300) expect(estimate(messages)).toBeLessThanOrEqual(most);
          for (const { role, content } of messages) {
            if (role === 'assistant') expect(content[0]).toMatchObject({ type: 'thinking' });
          }
        }
      }),
      runs(300),
    );
  });

  it('changes what was sent before in steps: each makes room for many turns', () => {
    const short = fc.record({
      said: fc.constant(50),
      results: fc.array(fc.integer({ min: 0, max: 600 }), { maxLength: 2 }),
    });
    fc.assert(
      fc.property(fc.array(short, { minLength: 20, maxLength: 60 }), (turns) => {
        const most = 8000;
        const { sent } = talk(turns, most);
        const steps = sent.slice(1).flatMap(({ messages }, at) => {
          const before = sent[at]!.messages;
          const isSame = JSON.stringify(messages.slice(0, before.length)) === JSON.stringify(before);
          return isSame ? [] : [at];
        });
        // A turn is about 800 tokens at most, so a third of the room takes several.
        for (const [place, at] of steps.entries()) if (place > 0) expect(at - steps[place - 1]!).toBeGreaterThan(2);
      }),
      runs(300),
    );
  });

  it('is the same for a retry', () => {
    fc.assert(
      fc.property(fc.array(turn, { maxLength: 12 }), (turns) => {
        const { view } = talk(turns, 3000);
        expect(pruneView(view, room(3000))).toEqual(pruneView(view, room(3000)));
      }),
    );
  });
});

describe('the room of a view', () => {
  it.each([
    [undefined, 200_000, 8000, Infinity],
    [150_000, null, 8000, 150_000],
    [150_000, 200_000, 8000, 150_000],
    [150_000, 100_000, 8000, 92_000],
    // Answers as long as all that it takes: they get shorter, the conversation does not get empty.
    [150_000, 8000, 8000, 2000],
  ])('of %s tokens, a window of %s and answers of %s is %s', (pruneAt, window, maxTokens, most) => {
    expect(roomOf(pruneAt, { window, maxTokens })).toBe(most);
  });
});
