import { createViewCache, findView } from '../../../src/store/run/conversation.ts';
import { describe, expect, it } from 'vitest';
import { commitAnswer } from '../../../src/activities/turn/commit-answer.ts';
import type { FrozenCall } from '../../../src/activities/turn/frozen-call.ts';
import { tableFacts } from '../../../src/domain/money/model-table.ts';
import { noUsage } from '../../../src/domain/money/usage.ts';
import type { Holder } from '../../../src/store/journal/entry.ts';
import type { StoredMessage } from '../../../src/store/run/conversation.ts';
import { plan, user } from '../../support/plan/builders.ts';
import type { StoreRun } from '../../support/store/store-run.ts';
import { useStore } from '../../support/store/store-run.ts';

const { store, open } = useStore();
const key = 'one~1/1/0';
const price = tableFacts('claude-haiku-4-5')!.price!;
// $1 and $5 for a million tokens: 400 and 5 tokens cost 425,000 nano-USD.
const usage = { ...noUsage, inputTokens: 400, outputTokens: 5 };
const cost = 425_000;

describe('an answer that comes when another attempt has its call', () => {
  const asks = (run: StoreRun): StoredMessage => ({
    ...{ id: `${run.runKey}/asks`, parent: null, root: `${run.runKey}/asks`, viewFrom: null, depth: 1, callKey: key },
    ...user('Do it.'),
  });
  const begin = (run: StoreRun, token: string) => {
    const holder: Holder = { token, host: 'h', pid: 1, workflowId: 'w', runId: 'r', activityId: '1' };
    return store().journal.beginModel({
      ...{ no: run.frozen.no, key, holder, message: asks(run), intent: {}, reserve: { nano: cost * 2, tokens: 900 } },
      ...{ scopes: [{ scope: 'task/one', limitNano: cost * 20, limitTokens: null }], events: [] },
    });
  };
  const commit = (run: StoreRun, token: string, text: string, more = {}) => {
    const call = {
      access: { client: {} },
      ...{ key, token, price, asked: [asks(run)], calls: 1, reserved: { nano: cost * 2, tokens: 900 } },
      request: { messages: [], maxTokens: 500 } as unknown as FrozenCall['request'],
      input: { taskId: 'one', agent: 'worker', turn: 1, attempt: 1, epoch: 0, context: 'one' } as FrozenCall['input'],
    } as unknown as FrozenCall;
    const answer = { content: [{ type: 'text' as const, text }], stopReason: 'end_turn' as const, usage, ...more };
    return commitAnswer({ store: store() }, run.frozen, call, answer);
  };
  const books = async ({ frozen: { no }, runKey }: StoreRun) => {
    const { rows } = await store().sql.query<{ spent: number; held: number }>(
      `select spent_nano::integer as spent, reserved_nano::integer as held from runs where no = $1
       union all select spent_nano, reserved_nano from ledger where run_no = $1
       union all select sum(cost_nano)::integer, 0 from messages where run_no = $1`,
      [no],
    );
    const events = (await store().events.list(runKey)).map(({ type }) => type);
    return { spent: rows.map(({ spent }) => spent), held: rows.map(({ held }) => held), events };
  };

  it.each([{}, { isCutOff: true }])('is paid for, once, and is not the answer (%j)', async (more) => {
    const run = await open(plan());
    await begin(run, 'slow');
    await begin(run, 'quick');
    expect(await commit(run, 'slow', 'late', more)).toMatchObject({ isOurs: false });
    expect(await commit(run, 'slow', 'late', more)).toMatchObject({ isOurs: false });
    expect(await books(run)).toMatchObject({ spent: [cost, cost, cost], held: [cost * 2, cost * 2, 0] });
    expect(await commit(run, 'quick', 'the answer')).toMatchObject({ isOurs: true });
    expect(await books(run)).toEqual({
      ...{ spent: [cost * 2, cost * 2, cost * 2], held: [0, 0, 0] },
      events: ['agent:broken', 'agent:answer'],
    });
    const { head } = (await store().journal.results(run.frozen.no, [key])).get(key) as { head: string };
    const view = await findView(store().sql, createViewCache(), head);
    expect(view.at(-1)!.content).toEqual([{ type: 'text', text: 'the answer' }]);
  });

  it('is paid for when the other one was quicker', async () => {
    const run = await open(plan());
    await begin(run, 'slow');
    await begin(run, 'quick');
    await commit(run, 'quick', 'the answer');
    expect(await commit(run, 'slow', 'late')).toMatchObject({ isOurs: false });
    expect((await books(run)).spent).toEqual([cost * 2, cost * 2, cost * 2]);
  });

  it('is paid for once when it had come, and only the word of that was lost', async () => {
    const run = await open(plan());
    await begin(run, 'only');
    await commit(run, 'only', 'the answer');
    expect(await commit(run, 'only', 'the answer')).toMatchObject({ isOurs: true });
    await begin(run, 'next');
    expect(await commit(run, 'only', 'the answer')).toMatchObject({ isOurs: true });
    expect((await books(run)).spent).toEqual([cost, cost, cost]);
  });
});
