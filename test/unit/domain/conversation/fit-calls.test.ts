import { describe, expect, it, onTestFinished, vi } from 'vitest';
import type { ContentBlock } from '../../../../src/domain/conversation/conversation.ts';
import { toolUsesOf } from '../../../../src/domain/conversation/conversation.ts';
import { fitCalls, tellApart } from '../../../../src/domain/conversation/fit-calls.ts';
import { toSent } from '../../../../src/domain/conversation/sent-messages.ts';
import { builtInList, isNamespaced, toWireName } from '../../../../src/domain/tool-names.ts';
import { fc, runs } from '../../../support/base/properties.ts';
import { user } from '../../../support/plan/builders.ts';

const anyId = fc.oneof(
  fc.constantFrom(
    '',
    'call_0',
    'call_0',
    'call_0-2',
    'a.b',
    'a_b',
    'x'.repeat(64),
    'x'.repeat(70),
    '../../x',
    '\ud800',
  ),
  fc.string({ unit: 'binary' }),
);
const anyName = fc.oneof(
  fc.constantFrom(
    'bash',
    'functions.bash',
    'report blocker',
    '',
    'acme.greet',
    `psql ${'x'.repeat(450)}`,
    'a\nb\u001b[31m',
  ),
  fc.string({ unit: 'binary' }),
);
const anyCall = fc.record({ id: anyId, name: anyName });
const id = /^[A-Za-z0-9_-]{1,80}$/;

describe('fitCalls', () => {
  it('gives every call an id of its own and a name that providers take, whatever a model wrote', () => {
    const isFit = (calls: { id: string; name: string }[], taken: string[]): boolean => {
      const fit = fitCalls(calls, taken);
      const ids = fit.map((call) => call.id);
      const areOwn = new Set([...ids, ...taken]).size === ids.length + new Set(taken).size;
      return areOwn && fit.every((call) => id.test(call.id) && /^[\w-]{1,64}$/.test(toWireName(call.name)));
    };
    fc.assert(fc.property(fc.array(anyCall), fc.array(anyId), isFit), runs(3000));
  });

  it('leaves what is well-formed and there once as it is', () => {
    const calls = [
      { id: 'toolu_01A-b', name: 'bash' },
      { id: 'call_0', name: 'acme.greet' },
    ];
    expect(fitCalls(calls, ['call_1'])).toEqual(calls);
  });

  it('looks a few times for an id, however many calls have the same one', () => {
    const calls = Array.from({ length: 1000 }, () => ({ id: '', name: 'bash' }));
    const looks = vi.spyOn(Set.prototype, 'has');
    onTestFinished(() => looks.mockRestore());
    const ids = fitCalls(calls).map(({ id }) => id);
    tellApart(calls);
    expect(looks.mock.calls.length).toBeLessThan(10 * calls.length);
    expect(ids.at(-1)).toBe('call-1000');
  });

  it('never makes a tool’s name of one that is none', () => {
    const isNoTool = (name: string): boolean => {
      const fit = fitCalls([{ id: 'a', name }])[0]!.name;
      return fit === name || !(isNamespaced(fit) || builtInList.some((tool) => tool.name === fit));
    };
    fc.assert(fc.property(anyName, isNoTool), runs(3000));
    expect(fitCalls([{ id: 'a', name: 'report blocker' }])).toEqual([{ id: 'a', name: 'invalid_report_blocker' }]);
  });
});

function answerOf(...ids: string[]) {
  const content = ids.map((each): ContentBlock => ({ type: 'tool_use', id: each, name: 'bash', input: {} }));
  return { role: 'assistant' as const, content };
}

function resultsOf(...ids: string[]) {
  const content = ids.map((each): ContentBlock => ({ type: 'tool_result', tool_use_id: each, content: each }));
  return { role: 'user' as const, content };
}

describe('toolUsesOf', () => {
  it('tells equal ids of an answer of an earlier version apart, and leaves the others, to which the journal has keys', () => {
    const ids = toolUsesOf(answerOf('a.b', 'call_0', '', 'call_0', 'call_0-2', '', 'a_b')).map((use) => use.id);
    expect(ids).toEqual(['a.b', 'call_0', '', 'call_0-3', 'call_0-2', '-2', 'a_b']);
  });
});

describe('toSent', () => {
  it('sends what an earlier version stored with ids of its own, and each result with its call', () => {
    const view = [
      user('go'),
      answerOf('call_0', 'call_0'),
      resultsOf('call_0', 'call_0'),
      answerOf('call_0', ''),
      resultsOf('call_0', ''),
    ];
    expect(toSent(view)).toMatchObject([
      user('go'),
      answerOf('call_0', 'call_0-2'),
      { content: [{ tool_use_id: 'call_0' }, { tool_use_id: 'call_0-2' }] },
      answerOf('call_0-3', 'call'),
      { content: [{ tool_use_id: 'call_0-3' }, { tool_use_id: 'call' }] },
    ]);
  });

  it('leaves a conversation as it is that is fit', () => {
    const view = [user('go'), answerOf('toolu_1', 'toolu_2'), resultsOf('toolu_1', 'toolu_2')];
    expect(toSent(view)).toEqual(view);
  });
});
