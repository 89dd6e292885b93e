import { randomUUID } from 'node:crypto';
import type { FrozenRun } from '../../../src/activities/base/frozen-run.ts';
import { createFrozenRuns } from '../../../src/activities/base/frozen-run.ts';
import { recordProgress } from '../../../src/activities/run/record-progress.ts';
import type { BeginTask, BegunTask, EndedTask, RecordProgressInput } from '../../../src/contracts/progress.ts';
import type { Lineage } from '../../../src/contracts/orchestrate-input.ts';
import { parseInstanceId } from '../../../src/domain/ids/execution-id.ts';
import type { Plan } from '../../../src/domain/plan/plan.ts';
import type { WorkerStore } from '../../../src/store/open-store.ts';
import { openRun, savePlan } from '../../../src/store/runs.ts';
import { useTestStore } from './test-store.ts';

/** A run in the store, driven by hand the way the workflow does it. */
export interface StoreRun {
  runKey: string;
  frozen: FrozenRun;
  record(input: Partial<RecordProgressInput>): ReturnType<typeof recordProgress>;
  /** Begins a task. */
  begin(id: string, more?: Partial<BeginTask>): Promise<BegunTask>;
  /** Writes an answer into the conversation and ends the task with it. @returns the head */
  succeed(id: string, text: string, more?: Partial<EndedTask>): Promise<string>;
  fail(id: string, more?: Partial<EndedTask>): Promise<void>;
}

/** A database of the file's own, and runs in it. */
export function useStore(): { store: () => WorkerStore; open: (plan: Plan, lineage?: Lineage) => Promise<StoreRun> } {
  let store: WorkerStore;
  useTestStore((opened) => (store = opened.store));
  return { store: () => store, open: (plan, lineage) => openStoreRun(store, plan, lineage ?? null) };
}

/** Goes on from everything that is unchanged in another run. */
export function lineageOf(run: StoreRun, more: Partial<Lineage> = {}): Lineage {
  return { kind: 'retry', run: run.frozen.runId, runKey: run.runKey, from: null, redo: [], only: null, ...more };
}

export async function openStoreRun(store: WorkerStore, plan: Plan, lineage: Lineage | null): Promise<StoreRun> {
  const runKey = `run-${randomUUID()}`;
  const planHash = await savePlan(store.sql, plan);
  const limits = { nano: 5_000_000_000, tokens: null };
  const opened = { runKey, runId: runKey, temporalRunId: 't', plan, planHash, board: runKey, launch: null, lineage };
  await openRun(store.sql, opened, limits);
  const frozen = await createFrozenRuns(store)(runKey);
  const record: StoreRun['record'] = (input) => recordProgress(store, frozen, { runKey, events: [], ...input });
  const contextOf = async (id: string): Promise<string> => {
    const rows = await store.runs.tasks(runKey);
    return rows.find((row) => row.id === id)?.context ?? id;
  };
  const ended = async (id: string, more: Partial<EndedTask>): Promise<void> => {
    const context = await contextOf(id);
    const end = {
      id,
      status: 'failed',
      agent: 'worker',
      context,
      durationMs: 5,
      attempts: 1,
      error: null,
      head: null,
    } as const;
    await record({ ended: [{ ...end, ...more }] });
  };
  return {
    runKey,
    frozen,
    record,
    async begin(id, more = {}) {
      const { begun } = await record({ begin: [{ ...parseInstanceId(id), id, epoch: 0, head: null, ...more }] });
      return begun[0]!;
    },
    async succeed(id, text, more = {}) {
      const { parent, depth, root } = await findParent(store, more.head ?? null);
      const head = randomUUID();
      await store.sql.query(
        `insert into messages (id, run_no, parent, root, depth, call_key, role, content, usage, cost_nano)
         values ($1, $2, $3, $4, $5, $6, 'assistant', $7, $8, 1000)`,
        [
          ...[head, frozen.no, parent, root ?? head, depth + 1, `${id}~1/1/0`],
          ...[JSON.stringify([{ type: 'text', text }]), JSON.stringify(usage)],
        ],
      );
      await ended(id, { ...more, status: 'succeeded', head });
      return head;
    },
    fail: (id, more = {}) => ended(id, { error: 'no luck', ...more }),
  };
}

const usage = { inputTokens: 1, outputTokens: 1, cacheReadTokens: 0, cacheWriteTokens: 0 };

async function findParent(store: WorkerStore, head: string | null) {
  const { rows } = await store.sql.query<{ id: string; depth: number; root: string }>(
    'select id, depth, root from messages where id = $1',
    [head],
  );
  return { parent: rows[0]?.id ?? null, depth: rows[0]?.depth ?? 0, root: rows[0]?.root ?? null };
}
