import { CancelledFailure } from '@temporalio/common';
import { describe, expect, it } from 'vitest';
import { billBrokenCall } from '../../../src/activities/money/bill-broken-call.ts';
import { finishRun } from '../../../src/activities/run/finish-run.ts';
import { tableFacts } from '../../../src/domain/money/model-table.ts';
import { noUsage } from '../../../src/domain/money/usage.ts';
import type { Holder } from '../../../src/store/journal/entry.ts';
import { plan } from '../../support/plan/builders.ts';
import type { StoreRun } from '../../support/store/store-run.ts';
import { useStore } from '../../support/store/store-run.ts';

const { store, open } = useStore();
const key = 'one~1/1/0';
const price = tableFacts('claude-haiku-4-5')!.price!;
// $1 and $5 for a million tokens: 400 and 5 tokens cost 425,000 nano-USD.
const usage = { ...noUsage, inputTokens: 400, outputTokens: 5 };
const cost = 400 * price.input + 5 * price.output;

describe('a call that broke off', () => {
  const begin = async (run: StoreRun, token: string, limitNano: number | null = null): Promise<void> => {
    const holder: Holder = { token, host: 'h', pid: 1, workflowId: 'w', runId: 'r', activityId: '1' };
    const scopes = [{ scope: 'task/one', limitNano, limitTokens: null }];
    await store().journal.beginModel({
      ...{ no: run.frozen.no, key, holder, message: null, intent: {}, reserve: { nano: cost * 2, tokens: 900 } },
      ...{ scopes, events: [] },
    });
  };
  const bill = (run: StoreRun, token: string, more = {}) =>
    billBrokenCall({ store: store() }, run.frozen, {
      ...{ key, token, price, usage, error: new Error('the answer broke off') },
      ...{ reserved: { tokens: 900 }, request: { maxTokens: 500 } },
      input: { taskId: 'one', agent: 'worker', turn: 1 } as Parameters<typeof billBrokenCall>[2]['input'],
      ...more,
    });
  const sums = async ({ frozen: { no } }: StoreRun) => {
    const { rows } = await store().sql.query(
      `select spent_nano::integer as spent, spent_tokens::integer as tokens, reserved_nano::integer as held from runs where no = $1
       union all select spent_nano, spent_tokens, reserved_nano from ledger where run_no = $1`,
      [no],
    );
    return rows;
  };
  const story = async (run: StoreRun) => (await store().events.list(run.runKey)).map(({ type }) => type);

  it('P1 P2 is paid once in every limit, and its row keeps its reservation', async () => {
    const run = await open(plan());
    await begin(run, 'first');
    await bill(run, 'first');
    await bill(run, 'first');
    const paid = { spent: cost, tokens: 405, held: cost * 2 };
    expect(await sums(run)).toEqual([paid, paid]);
    expect(await store().events.list(run.runKey)).toMatchObject([
      { type: 'agent:broken', taskId: 'one', tokensUsed: 405, costUsd: cost / 1e9, error: 'the answer broke off' },
    ]);
    await begin(run, 'second');
    await bill(run, 'second', { error: new CancelledFailure('WORKER_SHUTDOWN') });
    expect((await store().events.list(run.runKey)).at(-1)).toMatchObject({ error: 'given up: worker shutdown' });
    // Another attempt has the row by now; what this one used is used all the same.
    await bill(run, 'late');
    expect(await sums(run)).toEqual([0, 1].map(() => ({ spent: cost * 3, tokens: 1215, held: cost * 2 })));
  });

  it('P1 is not paid after the end of its run, nor when nothing was counted', async () => {
    const run = await open(plan());
    await begin(run, 'first');
    await bill(run, 'first', { usage: noUsage });
    expect(await story(run)).toEqual([]);
    await finishRun({ store: store() }, run.frozen, {
      ...{ runKey: run.runKey, runId: run.runKey, workflow: 'test', stop: null, durationMs: 1 },
      ...{ tasks: [], compensations: [], last: null },
    });
    const before = await story(run);
    await bill(run, 'first');
    expect(await story(run)).toEqual(before);
    expect((await sums(run))[0]).toMatchObject({ spent: 0, tokens: 0 });
  });

  it('gives its reservation back where no room is left for the retry, which then asks anew', async () => {
    const run = await open(plan());
    await begin(run, 'first', cost * 2);
    await bill(run, 'first');
    expect((await sums(run))[1]).toEqual({ spent: cost, tokens: 405, held: 0 });
    expect(await story(run)).toEqual(['agent:broken']);
    const { rows } = await store().sql.query('select 1 from journal where run_no = $1', [run.frozen.no]);
    expect(rows).toEqual([]);
  });

  it('is in what is told of the end of its task, also where the next attempt succeeds at once', async () => {
    const run = await open(plan());
    await begin(run, 'first');
    await bill(run, 'first');
    const end = { agentName: 'worker', duration: 1, tokensUsed: 0, costUsd: 0, turns: 1, success: true } as const;
    const ends = ['one', 'two'].map(
      (taskId) => ({ ...end, taskId, type: 'task:complete', key: `end/${taskId}~1` }) as const,
    );
    await run.record({ events: ends });
    expect((await store().events.list(run.runKey)).filter(({ type }) => type === 'task:complete')).toMatchObject([
      { taskId: 'one', costUsd: cost / 1e9, tokensUsed: 405, turns: 0 },
      { taskId: 'two', costUsd: 0, tokensUsed: 0, turns: 1 },
    ]);
  });

  it('P3 counts for its task in the result, but as no turn of it', async () => {
    const run = await open(plan());
    await run.begin('one');
    await begin(run, 'first');
    await bill(run, 'first');
    await run.fail('one', { error: 'gone' });
    const result = await finishRun({ store: store() }, run.frozen, {
      ...{ runKey: run.runKey, runId: run.runKey, workflow: 'test', stop: null, durationMs: 1 },
      ...{ tasks: [], compensations: [], last: null },
    });
    expect(result.tasks['one']).toMatchObject({ turns: 0, costUsd: cost / 1e9, usage });
    expect(result.summary.costUsd).toBe(cost / 1e9);
  });
});
