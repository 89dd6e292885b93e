import { describe, expect, it } from 'vitest';
import type { WorkerStore } from '../../../src/store/open-store.ts';
import type { RunEventDraft } from '../../../src/domain/run/run-events.ts';
import { RunStates } from '../../../src/store/run/run-states.ts';
import { emptyRunState, reduceRun } from '../../../src/domain/run/run-state.ts';
import { allEvents } from '../../support/run/all-events.ts';
import { openToldRun } from '../../support/store/told-run.ts';
import { useTestStore } from '../../support/store/test-store.ts';

const added = (id: string): RunEventDraft => ({
  ...{ key: `added/${id}`, type: 'task:added', taskId: id, phase: null, agentName: 'coder', context: id },
});

describe('what the events of a run add up to', () => {
  let store: WorkerStore;
  useTestStore((opened) => ({ store } = opened));

  /** Tells of more tasks, by whatever process. */
  async function tell(runKey: string, count: number): Promise<void> {
    await store.sql.query(
      `with bump as (update runs set last_seq = last_seq + $2 where run_key = $1 returning no, last_seq - $2 as base)
       insert into events (run_no, seq, key, data)
       select no, base + n, 'added/' || base + n, jsonb_build_object('type', 'task:added', 'taskId', 't' || base + n,
         'phase', null, 'agentName', 'coder', 'context', 'c') from bump, generate_series(1, $2::int) n`,
      [runKey, count],
    );
  }

  async function rowOf(runKey: string): Promise<{ no: number; last_seq: number }> {
    const text = 'select no, last_seq from runs where run_key = $1';
    return (await store.sql.query<{ no: number; last_seq: number }>(text, [runKey])).rows[0]!;
  }

  it('is whole at every question, however much was told since the one before', async () => {
    const runKey = await openToldRun(store);
    expect(await store.events.state(runKey)).toEqual(emptyRunState);
    let told = 0;
    for (const more of [1, 0, 5000, 5001, 10_000, 3]) {
      await tell(runKey, more);
      told += more;
      const { lastSeq, tasks } = await store.events.state(runKey);
      expect([lastSeq, tasks.size]).toEqual([told, told]);
    }
  });

  it('stays right while more runs are asked for than are kept', async () => {
    const states = new RunStates(store.sql, 200);
    const runKeys = await Promise.all(Array.from({ length: 4 }, () => openToldRun(store)));
    for (let count = 1; count <= 40; count++) {
      const runKey = runKeys[(count * count) % runKeys.length]!;
      await tell(runKey, count);
      const { no, last_seq } = await rowOf(runKey);
      expect((await states.of(no)).lastSeq).toBe(last_seq);
    }
  });

  it('is nothing any more once the run was removed', async () => {
    const runKey = await openToldRun(store);
    await store.events.append(runKey, [added('a')]);
    expect(await store.events.state(runKey)).toEqual((await allEvents(store, runKey)).reduce(reduceRun, emptyRunState));
    await store.runs.remove(runKey);
    await expect(store.events.state(runKey)).rejects.toMatchObject({ reason: 'not-found' });
  });
});
