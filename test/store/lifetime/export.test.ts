import { describe, expect, it } from 'vitest';
import { exportRun, type ExportLine } from '../../../src/store/lifetime/export.ts';
import type { WorkerStore } from '../../../src/store/open-store.ts';
import { openRun, savePlan } from '../../../src/store/runs.ts';
import { plan as planOf } from '../../support/plan/builders.ts';
import { useTestStore } from '../../support/store/test-store.ts';

let store: WorkerStore;

useTestStore((opened) => (store = opened.store));

async function addRun(runId: string, board = runId): Promise<{ runKey: string; no: number }> {
  const plan = planOf({ name: runId });
  const planHash = await savePlan(store.sql, plan);
  const runKey = `${runId}/1`;
  const run = { runKey, runId, temporalRunId: '1', plan, planHash, board, launch: null };
  return { runKey, no: await openRun(store.sql, run, { nano: 7_000_000_000, tokens: null }) };
}

const rowsOf = (lines: ExportLine[], table: string): object[] =>
  lines.flatMap((line) => ('table' in line && line.table === table ? [line.row] : []));

async function exported(runKey: string): Promise<ExportLine[]> {
  return store.transaction(async (sql) => {
    const lines: ExportLine[] = [];
    for await (const line of exportRun(sql, runKey)) lines.push(line);
    return lines;
  });
}

describe('exportRun', () => {
  it('gives every row of the run and of no other, in order, ten thousand events too', async () => {
    const { runKey, no } = await addRun('large');
    const other = await addRun('other');
    for (const one of [no, other.no]) {
      await store.sql.query(
        `insert into events (run_no, seq, key, data) select $1, n, n::text, '{"type":"x"}' from generate_series(1, 10000) n`,
        [one],
      );
    }
    let events = 0;
    await store.transaction(async (sql) => {
      for await (const line of exportRun(sql, runKey)) {
        if (!('table' in line) || line.table !== 'events') continue;
        events += 1;
        expect(line.row['seq']).toBe(events);
      }
    });
    expect(events).toBe(10_000);
  });

  it('begins with what it is, the run and its plan; keeps the order of keys in messages; leaves out who holds what', async () => {
    const { runKey, no } = await addRun('small');
    const content = [{ type: 'tool_use', id: 'x', name: 'issue', input: { zebra: 1, apple: 2 } }];
    await store.sql.query(
      `insert into messages (id, run_no, root, depth, call_key, role, content, cost_nano) values ('m1', $1, 'm1', 1, 'k', 'assistant', $2, 5)`,
      [no, JSON.stringify(content)],
    );
    await store.sql.query(
      `insert into journal (run_no, key, kind, state, owner, holder) values ($1, 'k', 'model', 'done', 'secret-token', '{"pid":1}')`,
      [no],
    );
    const lines = await exported(runKey);
    expect(lines[0]).toEqual({ format: 'gaffer-run', version: 1 });
    expect(lines.slice(1, 3)).toMatchObject([
      { table: 'runs', row: { runId: 'small', limitNano: 7_000_000_000 } },
      { table: 'plans', row: { plan: { name: 'small' } } },
    ]);
    const [message] = rowsOf(lines, 'messages');
    expect(JSON.stringify(message)).toContain(JSON.stringify(content));
    expect(message).toMatchObject({ id: 'm1', costNano: 5 });
    expect(rowsOf(lines, 'journal')).toMatchObject([{ key: 'k', kind: 'model' }]);
    expect(JSON.stringify(lines)).not.toContain('secret-token');
  });

  it("takes the whole board when it is the run's own, and of a shared one what the run made or took", async () => {
    const own = await addRun('own');
    const guest = await addRun('guest', 'shared');
    for (const board of ['own', 'shared']) {
      await store.sql.query('insert into issue_boards (board) values ($1)', [board]);
      for (const [number, by] of [
        [1, 'guest/1'],
        [2, 'somebody'],
      ] as const) {
        await store.sql.query(
          `insert into issues (board, number, title, created_by_run) values ($1, $2, 'title', $3)`,
          [board, number, by],
        );
        await store.sql.query(
          `insert into issue_comments (board, number, author, body) values ($1, $2, 'a', 'hello')`,
          [board, number],
        );
      }
    }
    const counts = async (runKey: string): Promise<number[]> => {
      const lines = await exported(runKey);
      return [rowsOf(lines, 'issues').length, rowsOf(lines, 'issue_comments').length];
    };
    expect(await counts(own.runKey)).toEqual([2, 2]);
    expect(await counts(guest.runKey)).toEqual([1, 1]);
  });
});
