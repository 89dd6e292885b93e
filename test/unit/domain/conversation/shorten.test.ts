import { describe, expect, it } from 'vitest';
import type { KeptMessage } from '../../../../src/domain/conversation/conversation.ts';
import { toSent, wholeView } from '../../../../src/domain/conversation/sent-messages.ts';
import type { PlacedMessage } from '../../../../src/domain/conversation/shorten.ts';
import { shorten, viewAfter } from '../../../../src/domain/conversation/shorten.ts';
import { fc, runs } from '../../../support/base/properties.ts';
import { assistant, user } from '../../../support/plan/builders.ts';

const placed = (messages: KeptMessage[]): PlacedMessage[] =>
  messages.map((message, at) => ({ ...message, id: `m${at + 1}`, depth: at + 1 }));

/** A prompt, and turns with results of those sizes; each says something, too. */
function conversation(turns: readonly (readonly number[])[]): PlacedMessage[] {
  const messages = turns.flatMap((sizes, turn): KeptMessage[] => {
    const ids = sizes.map((_, place) => `t${turn}-${place}`);
    const uses = ids.map((id) => ({ type: 'tool_use' as const, id, name: 'bash', input: { turn } }));
    const results = sizes.map((size, place) => ({
      ...{ type: 'tool_result' as const, tool_use_id: ids[place]!, content: 'x'.repeat(size) },
    }));
    const said = { type: 'text' as const, text: `turn ${turn}` };
    return [
      { role: 'assistant', content: [said, ...uses] },
      { role: 'user', content: results.length > 0 ? results : [said] },
    ];
  });
  return placed([user('the task'), ...messages]);
}

const sizeOf = (messages: readonly KeptMessage[]): number => JSON.stringify(messages.map((one) => one.content)).length;

describe('shorten', () => {
  it('leaves out results, oldest first, down to half of the room, and nothing that was said', () => {
    const view = conversation(Array<number[]>(10).fill([10_000]));
    const trim = shorten(view, wholeView, { others: 0, share: 0.8 })!;
    expect(trim).toMatchObject({ from: null, longest: null });
    const sent = toSent(view, trim);
    expect(sizeOf(sent)).toBeLessThan(sizeOf(view) * 0.4);
    expect(sizeOf(sent)).toBeGreaterThan(sizeOf(view) * 0.25);
    expect(sent.map(({ content }) => content[0])).toMatchObject(
      view.map(({ content }) => (content[0]!.type === 'text' ? content[0] : { type: 'tool_result' })),
    );
    const lengths = sent.flatMap(({ content }) =>
      content.flatMap((one) => (one.type === 'tool_result' ? [one.content.length] : [])),
    );
    expect(lengths).toEqual(lengths.toSorted((a, b) => a - b));
    expect(JSON.stringify(sent[2])).toMatch(/x{200}…\\n\[the other 9800 characters are left out/);
  });

  it('leaves out the oldest turns where results are not what is long', () => {
    const long = (at: number): KeptMessage => (at % 2 ? assistant : user)(`${at} ${'x'.repeat(1000)}`);
    const view = placed([user('the task'), ...Array.from({ length: 20 }, (_, at) => long(at + 1))]);
    const trim = shorten(view, wholeView, { others: 0, share: 0.5 })!;
    expect(trim).toMatchObject({ results: 0, longest: null });
    const sent = viewAfter(view, trim);
    expect(sent[0]).toEqual(view[0]);
    expect(sent.at(-1)).toEqual(view.at(-1));
    expect(sizeOf(sent)).toBeLessThan(sizeOf(view) * 0.45);
  });

  it('cuts the newest results where they alone are too long', () => {
    const view = conversation([[50_000, 50_000, 100]]);
    const trim = shorten(view, wholeView, { others: 0, share: 0.5 })!;
    const sent = toSent(viewAfter(view, trim), trim);
    expect(sizeOf(sent)).toBeLessThan(sizeOf(view) * 0.5);
    expect(sent.at(-1)!.content).toMatchObject([{}, {}, { content: 'x'.repeat(100) }]);
  });

  it('has nothing to leave out of a prompt', () => {
    expect(shorten(placed([user('x'.repeat(10_000))]), wholeView, { others: 0, share: 0.5 })).toBeNull();
    expect(shorten(conversation([[10]]), wholeView, { others: 100_000, share: 0.5 })).toBeNull();
  });

  it('keeps calls and results together and gets shorter, whatever is said how often', () => {
    const turns = fc.array(fc.array(fc.integer({ min: 0, max: 5000 }), { maxLength: 4 }), {
      minLength: 1,
      maxLength: 12,
    });
    const holds = (sizes: number[][], share: number): boolean => {
      const view = conversation(sizes);
      let trim = wholeView;
      for (let tries = 0; tries < 4; tries++) {
        const next = shorten(view, trim, { others: 1000, share });
        if (!next) return true;
        const [before, after] = [trim, next].map((each) => toSent(viewAfter(view, each), each));
        if (sizeOf(after!) >= sizeOf(before!)) return false;
        const asked = after!.flatMap(({ content }) =>
          content.flatMap((one) => (one.type === 'tool_use' ? [one.id] : [])),
        );
        const answered = after!.flatMap(({ content }) =>
          content.flatMap((one) => (one.type === 'tool_result' ? [one.tool_use_id] : [])),
        );
        if (after![0]!.role !== 'user' || asked.join() !== answered.join()) return false;
        trim = next;
      }
      return true;
    };
    fc.assert(fc.property(turns, fc.double({ min: 0.1, max: 0.95, noNaN: true }), holds), runs(1000));
  });
});

describe('toSent', () => {
  it('goes on without what was left out before, as the answer says that came of it', () => {
    const view = conversation([[5000], [5000], [5000]]);
    const answer = placed([
      ...view,
      {
        role: 'assistant',
        content: [
          { type: 'trimmed', results: 4 },
          { type: 'text', text: 'so' },
        ],
      },
    ]);
    const sent = toSent([...answer, ...placed([user('more')])]);
    expect(sent.at(-2)).toEqual(assistant('so'));
    const lengths = sent.flatMap(({ content }) =>
      content.flatMap((one) => (one.type === 'tool_result' ? [one.content.length > 4000] : [])),
    );
    expect(lengths).toEqual([false, true, true]);
  });
});
