import { describe, expect, it } from 'vitest';
import type { RunEventDraft } from '../../../src/domain/run/run-events.ts';
import { plan } from '../../support/plan/builders.ts';
import { useStore } from '../../support/store/store-run.ts';

const { store, open } = useStore();
const told = { taskId: 'one', attempt: 1, error: 'no answer in time', willRetry: true };
const ended = { taskId: 'one', agentName: 'worker', duration: 1, tokensUsed: 0, costUsd: 0, turns: 1 };

describe('a call whose attempt came to no end of its own', () => {
  it.each<{ what: string; event: RunEventDraft; left: string[] }>([
    {
      what: 'failed',
      event: { key: 'e', type: 'task:error', ...told },
      left: ['one~2/1/0', 'one~11/1/0', 'other~1/1/0'],
    },
    {
      what: 'was given up',
      event: { key: 'e', type: 'task:skipped', taskId: 'one', reason: 'ann' },
      left: ['other~1/1/0'],
    },
    {
      what: 'ended in vain',
      event: { key: 'e', type: 'task:complete', ...ended, success: false },
      left: ['other~1/1/0'],
    },
  ])('holds nothing back once its attempt $what', async ({ event, left }) => {
    const run = await open(plan());
    const { no } = run.frozen;
    for (const key of ['one~1/3/0', 'one~2/1/0', 'one~11/1/0', 'other~1/1/0']) {
      const holder = { token: key, host: 'h', pid: 1, workflowId: 'w', runId: 'r', activityId: '1' };
      const scopes = [{ scope: 'phase/p', limitNano: null, limitTokens: 9000 }];
      await store().journal.beginModel({
        ...{ no, key, holder, message: null, intent: {}, reserve: { nano: 100, tokens: 10 }, scopes, events: [] },
      });
    }
    await run.record({ events: [event] });
    await run.record({ events: [event] });
    const { rows } = await store().sql.query(
      `select reserved_nano::integer as nano, reserved_tokens::integer as tokens from runs where no = $1
       union all select reserved_nano, reserved_tokens from ledger where run_no = $1`,
      [no],
    );
    const held = { nano: 100 * left.length, tokens: 10 * left.length };
    expect(rows).toEqual([held, held]);
    const others = await store().sql.query<{ key: string }>(
      'select key from journal where run_no = $1 and reserved_nano > 0 order by key',
      [no],
    );
    expect(others.rows.map(({ key }) => key)).toEqual(left.toSorted());
  });
});
