import { randomUUID } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import type { RunEventDraft } from '../../../src/domain/run/run-events.ts';
import { CallHeld } from '../../../src/store/journal/call-held.ts';
import { setStatus } from '../../../src/store/run/run-settings.ts';
import { plan, task } from '../../support/plan/builders.ts';
import { useStore } from '../../support/store/store-run.ts';

const { store, open } = useStore();

describe('what a slice tells the store', () => {
  const ended = { agent: 'worker', durationMs: 1, attempts: 1, error: null, head: null } as const;
  const at = (id: string) => ({ id, task: id, item: null, iteration: 1, epoch: 0, head: null });
  const complete = (taskId: string): RunEventDraft => ({
    ...{ key: `complete/${taskId}~1`, taskId, agentName: 'worker', success: true },
    type: 'task:complete',
    status: 'succeeded',
    ...{ duration: 1, tokensUsed: 0, costUsd: 0, turns: 1 },
  });

  it('ends nothing that somebody gave up meanwhile, says so, and begins nothing that may be ready by it', async () => {
    const run = await open(plan({ tasks: ['done', 'gone', 'next', 'never'].map((id) => task({ id })) }));
    for (const id of ['done', 'gone']) await run.begin(id);
    await run.record({ ended: ['gone', 'never'].map((id) => ({ ...ended, id, context: id, status: 'skipped' })) });
    const told = await run.record({
      isOfSlice: true,
      events: [complete('done'), complete('gone')],
      ended: ['done', 'gone'].map((id) => ({ ...ended, id, context: id, status: 'succeeded' })),
      begin: [at('next'), at('never')],
    });
    expect(told.begun).toEqual([]);
    expect(told.givenUp).toEqual(expect.arrayContaining(['gone', 'never']));
    const rows = await store().runs.tasks(run.runKey);
    expect(Object.fromEntries(rows.map(({ id, status }) => [id, status]))).toEqual({
      ...{ done: 'succeeded', gone: 'skipped', never: 'skipped' },
    });
    const events = await store().events.list(run.runKey);
    expect(events.flatMap((event) => (event.type === 'task:complete' ? [event.taskId] : []))).toEqual(['done']);
  });

  it('gives up what has not ended, and says what had', async () => {
    const run = await open(plan({ tasks: ['done', 'working', 'next'].map((id) => task({ id })) }));
    for (const id of ['done', 'working']) await run.begin(id);
    await run.record({ isOfSlice: true, ended: [{ ...ended, id: 'done', context: 'done', status: 'succeeded' }] });
    const giveUp = ['done', 'working', 'next'].map((id) => ({ ...ended, id, context: id, status: 'skipped' as const }));
    expect((await run.record({ giveUp })).hadEnded).toEqual(['done']);
    const rows = await store().runs.tasks(run.runKey);
    expect(Object.fromEntries(rows.map(({ id, status }) => [id, status]))).toEqual({
      ...{ done: 'succeeded', working: 'skipped', next: 'skipped' },
    });
  });

  it('begins no call while its run is paused, and the same one after', async () => {
    const run = await open(plan({ tasks: [task({ id: 'a' })] }));
    const { no } = run.frozen;
    const begin = (isHeldByPause: boolean) => {
      const holder = { token: randomUUID(), host: 'h', pid: 1, workflowId: 'w', runId: 'r', activityId: '1' };
      const intent = {
        no,
        key: 'a~1/1/0',
        holder,
        message: null,
        intent: {},
        reserve: { nano: 1, tokens: 1 },
        events: [],
      };
      return store().journal.beginModel({ ...intent, isHeldByPause });
    };
    for (const status of ['pausing', 'paused'] as const) {
      await setStatus(store().sql, no, status);
      await expect(begin(true)).rejects.toThrow(CallHeld);
    }
    await setStatus(store().sql, no, 'running');
    expect(await begin(true)).toMatchObject({ state: 'fresh' });
    const { rows } = await store().sql.query('select reserved_nano as held from runs where no = $1', [no]);
    expect(rows).toEqual([{ held: 1 }]);
  });
});
