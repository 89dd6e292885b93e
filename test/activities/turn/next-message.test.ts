import { describe, expect, it } from 'vitest';
import { nextMessage, unknownOutcome } from '../../../src/activities/turn/next-message.ts';
import { isOwedTurn } from '../../../src/activities/turn/owed-turn.ts';
import { toolUsesOf } from '../../../src/domain/conversation/conversation.ts';
import { toolKey } from '../../../src/domain/ids/journal-key.ts';
import type { TurnInput } from '../../../src/contracts/turn.ts';
import type { StoredMessage } from '../../../src/store/run/conversation.ts';
import { createViewCache, findView } from '../../../src/store/run/conversation.ts';
import { listMessages } from '../../../src/store/messages/message-rows.ts';
import type { AgentMessage } from '../../../src/store/messages/messages.ts';
import { writeAgentMessage } from '../../../src/store/messages/messages.ts';
import { agent, plan, task } from '../../support/plan/builders.ts';
import type { StoreRun } from '../../support/store/store-run.ts';
import { useStore } from '../../support/store/store-run.ts';

const { store, open } = useStore();

async function next(run: StoreRun, more: Partial<TurnInput> = {}) {
  const input: TurnInput = {
    ...{ runKey: run.runKey, taskId: 'one', attempt: 1, turn: 1, epoch: 0, agent: 'worker', context: 'one' },
    ...{ head: null, prompt: 'task' },
    ...more,
  };
  const before = input.head ? await findView(store().sql, createViewCache(), input.head) : [];
  const { message, events, mail } = await nextMessage(
    store(),
    run.frozen,
    { ...input, hasMail: true, known: new Map() },
    before,
  );
  return {
    texts: message.content.map((block) => (block.type === 'text' ? block.text : block.type)),
    events,
    message,
    mail,
  };
}

// A message counts as delivered with the call that it stands in.
async function freeze(run: StoreRun, { message, mail }: Awaited<ReturnType<typeof next>>): Promise<void> {
  const holder = { token: 't', host: 'h', pid: 1, workflowId: 'w', runId: 'r', activityId: '1' };
  await store().journal.beginModel({
    ...{ no: run.frozen.no, key: message.callKey, holder, message, mail, intent: {} },
    ...{ reserve: { nano: 0, tokens: 0 }, events: [] },
  });
}

const step = { taskId: 'one', attempt: 1, turn: 1, epoch: 0 };

function storedAnswer(...ids: string[]): StoredMessage {
  const uses = ids.map((id) => ({ type: 'tool_use' as const, id, name: 'bash', input: {} }));
  return {
    ...{ id: 'answer', parent: 'asked', root: 'asked', viewFrom: null, depth: 2, callKey: 'one~1/1/0' },
    ...{ role: 'assistant', content: uses },
  };
}

describe('nextMessage', () => {
  it('finds what tools did of an answer that an earlier version stored, under the ids that it had', async () => {
    const run = await open(plan());
    const asked = { ...storedAnswer(), id: 'asked', parent: null, depth: 1, role: 'user' as const };
    // That version ran the first call of each id, and lost the others.
    const answer = storedAnswer('toolu_1', 'a.b', 'same', 'same');
    for (const id of ['toolu_1', 'a.b', 'same']) {
      const result = async () => ({ content: `did ${id}`, isError: false });
      await store().journal.once(run.frozen.no, toolKey(step, id), result);
    }
    const input = {
      ...step,
      runKey: run.runKey,
      agent: 'worker',
      context: 'one',
      turn: 2,
      head: 'answer',
      prompt: null,
    };
    const next = await nextMessage(store(), run.frozen, { ...input, hasMail: false, known: new Map() }, [
      asked,
      answer,
    ]);
    expect(next.message.content).toMatchObject([
      { content: 'did toolu_1' },
      { content: 'did a.b' },
      { content: 'did same' },
      { content: unknownOutcome, is_error: true },
    ]);
    const ids = next.message.content.map((block) => block.type === 'tool_result' && block.tool_use_id);
    expect(ids).toEqual(toolUsesOf(answer).map((use) => use.id));
  });

  it('takes the prompt that was made when the task began, and the plan’s when it has no row', async () => {
    const run = await open(
      plan({ inputs: { n: 4 }, tasks: [task({ id: 'one', template: ['Count to ', { expression: 'inputs.n' }] })] }),
    );
    expect((await next(run)).texts).toEqual(['Do one.']);
    await run.begin('one');
    expect((await next(run)).texts).toEqual(['Count to 4']);
    expect((await next(run, { prompt: { text: 'Other.' } })).texts).toEqual(['Other.']);
  });

  it('says what a structured output looks like', async () => {
    const run = await open(plan({ tasks: [task({ id: 'one', output: { type: 'object', required: ['score'] } })] }));
    await run.begin('one');
    const [text] = (await next(run)).texts;
    expect(text).toMatch(/^Do one\./);
    expect(text).toContain('{"type":"object","required":["score"]}');
    expect((await next(run, { prompt: { text: 'Again.' } })).texts).toEqual(['Again.']);
  });

  it('delivers messages of the context after everything else, again when the turn is repeated', async () => {
    const run = await open(plan());
    await run.record({ messages: [{ id: 'm', to: 'one', from: 'ann', text: 'hurry' }] });
    expect((await next(run, { taskId: 'two', context: 'two', prompt: { text: 'x' } })).events).toEqual([]);
    const first = await next(run);
    expect(first.texts).toEqual(['Do one.', 'Message from ann: hurry']);
    expect(first.events).toEqual([
      { key: 'delivered/m', type: 'message:delivered', messageId: 'm', taskId: 'one', to: 'one' },
    ]);
    await freeze(run, first);
    expect((await next(run)).message).toEqual(first.message);
    expect((await next(run, { turn: 2, prompt: { text: 'Go on.' } })).texts).toEqual(['Go on.']);
  });

  describe('of more messages than a turn has room for', () => {
    const write = (run: StoreRun, id: string, more: Partial<AgentMessage> = {}): Promise<void> =>
      writeAgentMessage(store().sql, run.frozen.no, {
        ...{ id, kind: 'data', to: 'one', from: 'two', fromTask: 'two', text: `<<${id}>>`, ...more },
      });
    const told = (texts: readonly string[]): string[] => texts.flatMap((text) => /<<(.*)>>/.exec(text)?.[1] ?? []);
    const stored = async (run: StoreRun): Promise<string[]> =>
      (await listMessages(store().sql, run.runKey)).map(
        ({ id, state, isFolded }) => `${id} ${state}${isFolded ? ' folded' : ''}`,
      );
    const crew = () =>
      plan({ tasks: [task({ id: 'one' }), task({ id: 'two' })], agents: { worker: agent({ tools: ['inbox'] }) } });

    it('shows the newest and what somebody waits for, and the older ones as one summary', async () => {
      const run = await open(crew());
      await write(run, 'question', { kind: 'request' });
      await run.record({ messages: [{ id: 'person', to: 'one', from: 'ann', text: '<<person>>' }] });
      for (let nth = 1; nth <= 101; nth++) await write(run, `d${nth}`, { from: nth === 1 ? 'three' : 'two' });
      await write(run, 'all', { kind: 'broadcast' });

      const first = await next(run);
      const newest = Array.from({ length: 97 }, (_, at) => `d${at + 5}`);
      expect(told(first.texts)).toEqual(['question', 'person', ...newest, 'all']);
      expect(first.texts[1]).toBe(
        '[4 older messages to you, not shown as more came than a turn has room for: 3 from two, 1 from three. Nobody waits for an answer to them. To read them, use inbox with {"folded": true}.]',
      );
      expect(first.events).toHaveLength(104);
      expect(await stored(run)).toContain('d1 queued');
      await freeze(run, first);
      expect((await stored(run)).slice(0, 7)).toEqual([
        ...['question delivered', 'person delivered', 'd1 delivered folded', 'd2 delivered folded'],
        ...['d3 delivered folded', 'd4 delivered folded', 'd5 delivered'],
      ]);
      expect((await next(run)).message).toEqual(first.message);
      expect((await next(run, { turn: 2, prompt: { text: 'Go on.' } })).texts).toEqual(['Go on.']);
    });

    it('counts bytes too, has what somebody waits for come later rather than not at all, and once more in an attempt anew', async () => {
      const run = await open(crew());
      const text = (id: string): string => `<<${id}>>${'ä'.repeat(12_000)}`;
      for (const id of ['q1', 'q2', 'q3']) await write(run, id, { kind: 'request', text: text(id) });
      await write(run, 'd', { text: text('d') });

      const first = await next(run);
      expect(told(first.texts)).toEqual(['q1', 'q2']);
      expect(first.texts.at(-1)).toMatch(/^\[1 more message to you did not fit/);
      expect(first.texts[1]).toMatch(/^\[1 older message to you.*1 from two/);
      await freeze(run, first);
      const second = await next(run, { turn: 2, prompt: { text: 'Go on.' } });
      expect(told(second.texts)).toEqual(['q3']);
      await freeze(run, second);
      expect(await stored(run)).toEqual(['q1 delivered', 'q2 delivered', 'q3 delivered', 'd delivered folded']);

      const anew = await next(run, { attempt: 2 });
      expect(told(anew.texts)).toEqual(['q1', 'q2']);
      expect(anew.events).toEqual([]);
      await freeze(run, anew);
      expect(await stored(run)).toContain('q3 queued');
      const rest = await next(run, { attempt: 2, turn: 2, prompt: { text: 'Go on.' } });
      expect([told(rest.texts), rest.events]).toEqual([['q3'], []]);
    });

    it('takes a thousand waiting ones at most, the oldest, and the rest with the next turn', async () => {
      const run = await open(crew());
      await store().sql.query(
        `insert into inbox (run_no, id, context, sender, body, from_context)
         select $1, 'd' || n, 'one', 'two', '<<d' || n || '>>', 'two' from generate_series(1, 1100) as n`,
        [run.frozen.no],
      );
      await write(run, 'question', { kind: 'request' });
      const first = await next(run);
      expect([first.mail.length, ...told(first.texts).slice(-2)]).toEqual([1001, 'd1000', 'question']);
      await freeze(run, first);
      expect(told((await next(run, { turn: 2, prompt: { text: 'Go on.' } })).texts)).toHaveLength(100);
    });

    it('shows the beginning of one that is too large by itself, and says how to read the rest', async () => {
      const run = await open(crew());
      await write(run, 'large', { text: 'ä'.repeat(20_000), data: '漢'.repeat(19_000) });
      await run.record({ messages: [{ id: 'person', to: 'one', from: 'ann', text: '😀'.repeat(20_000) }] });
      const [, summary, person] = (await next(run)).texts;
      expect(summary).toMatch(/^\[1 older message to you/);
      expect(Buffer.byteLength(person!)).toBeLessThan(66_000);
      expect(person).toMatch(/😀\n\[7232 more characters, not shown: read it with inbox and \{"id": "person"\}\]$/);

      const other = await open(crew());
      await write(other, 'large', { text: 'ä'.repeat(20_000), data: '漢'.repeat(19_000) });
      expect((await next(other)).texts[1]).toMatch(
        /ä\n\[data: JSON of 19002 characters, not shown: read it with inbox/,
      );
    });
  });
});

describe('isOwedTurn', () => {
  it('owes another turn for what came while the last one was asked, and none for what somebody else can answer', async () => {
    const run = await open(plan({ communication: true }));
    const owed = (lastTurn = 9) =>
      isOwedTurn(store(), run.frozen, { context: 'one', turn: 2 }, { hasLater: false, lastTurn });
    const send = (id: string, more: Partial<AgentMessage>) =>
      writeAgentMessage(store().sql, run.frozen.no, {
        ...{ id, kind: 'data', to: 'one', from: 'two', fromTask: 'two', text: 'half is done' },
        ...more,
      });
    await send('m1', {});
    await send('m2', { kind: 'handoff', to: 'other' });
    await send('m3', { kind: 'request', ask: { deadline: new Date().toISOString(), fallback: null, call: 'c' } });
    expect(await owed()).toBe(false);
    await send('m4', { kind: 'handoff' });
    expect([await owed(), await owed(2)]).toEqual([true, false]);
    await freeze(run, await next(run));
    expect(await owed()).toBe(false);
  });
});
