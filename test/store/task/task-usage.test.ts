import { expect, it } from 'vitest';
import type { WorkerStore } from '../../../src/store/open-store.ts';
import type { StoredMessage } from '../../../src/store/run/conversation.ts';
import { writeForeignMessage } from '../../../src/store/run/foreign-messages.ts';
import { openRun, savePlan } from '../../../src/store/runs.ts';
import { usageByTask } from '../../../src/store/task/task-usage.ts';
import { plan as planOf } from '../../support/plan/builders.ts';
import { useTestStore } from '../../support/store/test-store.ts';

let store: WorkerStore;
useTestStore((opened) => ({ store } = opened));

it('counts what a program of others says as turns, beside the calls that the gateway was paid for, and nothing of tools and of an earlier run', async () => {
  const plan = planOf();
  const planHash = await savePlan(store.sql, plan);
  const run = { runKey: 'turns:1', runId: 'turns', temporalRunId: '1', plan, planHash, board: 'turns', launch: null };
  const no = await openRun(store.sql, run, { nano: 1, tokens: null });
  const said = (id: string, role: StoredMessage['role'], depth: number): StoredMessage => ({
    ...{ id, role, depth, parent: null, root: id, viewFrom: null, callKey: `a~1/${depth}/0`, content: [] },
  });
  for (const [index, role] of (['user', 'assistant', 'user', 'assistant'] as const).entries())
    await writeForeignMessage(store.sql, no, said(`said-${index}`, role, index + 1));
  const insert = `insert into messages (id, run_no, root, depth, call_key, role, content, usage, cost_nano) values ($1, $2, $1, $3, $4, 'assistant', '[]', $5, $6)`;
  const usage = JSON.stringify({ inputTokens: 5, outputTokens: 7, cacheReadTokens: 0, cacheWriteTokens: 0 });
  const session = `insert into journal (run_no, key, kind, state, owner) values ($1, 'a~1/1/session/0', 'tool', 'done', '')`;
  await store.sql.query(session, [no]);
  await store.sql.query(insert, ['paid', no, 1, 'a~1/1/0', usage, 30]);
  await store.sql.query(insert, ['broken', no, 0, 'a~1/1/0', usage, 10]);
  await store.sql.query(insert, ['copied', no, 2, 'b~1/1/0', null, 0]);
  await store.sql.query(insert, ['answer-of-a-tool', no, 2, 'c~1/1/0', null, null]);
  const used = await usageByTask(store.sql, no);
  expect(used.get('a')).toMatchObject({ turns: 2, nanos: 40, usage: { inputTokens: 10, outputTokens: 14 } });
  expect([used.get('b'), used.get('c')]).toEqual([undefined, undefined]);
});
