import { expect, it } from 'vitest';
import type { Session } from '../../../src/client/connection/session.ts';
import { forTenant } from '../../../src/client/connection/tenant-session.ts';
import { pageRuns } from '../../../src/client/list/list-runs.ts';
import type { WorkerStore } from '../../../src/store/open-store.ts';
import { openRun, savePlan } from '../../../src/store/runs.ts';
import { fc, runs } from '../../support/base/properties.ts';
import { plan as planOf } from '../../support/plan/builders.ts';
import { useTestStore } from '../../support/store/test-store.ts';

let store: WorkerStore;
useTestStore((opened) => ({ store } = opened));

const sessionOf = (tenant: string | null): Session => {
  const session = {
    ...{ store, home: '/nowhere', tenant: null, config: { databaseUrl: 'postgres://somewhere' } },
    connect: () => Promise.reject(new Error('no Temporal here')),
  } as unknown as Session;
  return tenant === null ? session : forTenant(session, tenant);
};

interface Begun {
  tenant: string;
  /** Seconds after a fixed time: several begin at once. */
  at: number;
  workflow: string;
}

let count = 0;
async function begin({ tenant, at, workflow }: Begun): Promise<string> {
  const name = `page-${++count}`;
  const runId = tenant === 'default' ? name : `${tenant}@${name}`;
  const plan = planOf({ name: workflow });
  const planHash = await savePlan(store.sql, plan);
  const run = { runKey: `${runId}:k`, runId, temporalRunId: '1', plan, planHash, board: runId, launch: null };
  const no = await openRun(store.sql, run, { nano: 1, tokens: null });
  await store.sql.query(
    `update runs set status = 'succeeded', ended_at = now(),
       started_at = timestamptz '2026-01-01' + $2 * interval '1 second' where no = $1`,
    [no, at],
  );
  return runId;
}

const remove = (runId: string) => store.runs.remove(`${runId}:k`);

const begun = fc.record({
  tenant: fc.constantFrom('acme', 'zeta', 'default'),
  at: fc.integer({ min: 0, max: 4 }),
  workflow: fc.constantFrom('build', 'test'),
});
const meanwhile = fc.array(
  fc.oneof(
    fc.record({ kind: fc.constant('begins' as const), run: begun }),
    fc.record({ kind: fc.constant('removed' as const), which: fc.nat({ max: 30 }) }),
  ),
  { maxLength: 3 },
);
const walk = fc.record({
  before: fc.array(begun, { maxLength: 14 }),
  steps: fc.array(meanwhile, { maxLength: 8 }),
  limit: fc.integer({ min: 1, max: 4 }),
  tenant: fc.constantFrom('acme', 'default', null),
  workflow: fc.constantFrom('build', undefined),
});

it('pages through all that had begun and stays, once and newest first, whatever begins, ends up late or is removed', async () => {
  await fc.assert(
    fc.asyncProperty(walk, async ({ before, steps, limit, tenant, workflow }) => {
      await store.sql.query('delete from runs');
      const known: { id: string; run: Begun }[] = [];
      for (const run of before) known.push({ id: await begin(run), run });
      const isMine = ({ run }: { run: Begun }) =>
        (tenant === null || run.tenant === tenant) && (workflow === undefined || run.workflow === workflow);
      const first = known.filter(isMine).map(({ id }) => id);
      const removed = new Set<string>();
      const seen: string[] = [];
      const session = sessionOf(tenant);
      const wanted = { limit, ...(workflow !== undefined && { workflow }) };
      let cursor: string | null | undefined;
      for (let page = 0; cursor !== null; page++) {
        const { runs: found, next } = await pageRuns(session, { ...wanted, ...(cursor && { cursor }) });
        expect(found.length === limit || next === null).toBe(true);
        seen.push(...found.map(({ runId }) => runId));
        cursor = next;
        for (const change of steps[page] ?? []) {
          if (change.kind === 'begins') known.push({ id: await begin(change.run), run: change.run });
          else if (known[change.which]) {
            removed.add(known[change.which]!.id);
            await remove(known[change.which]!.id);
          }
        }
      }
      expect(new Set(seen).size).toBe(seen.length);
      expect(seen).toEqual(expect.arrayContaining(first.filter((id) => !removed.has(id))));
      const runOf = new Map(known.map(({ id, run }) => [id, run]));
      expect(seen.every((id) => isMine({ run: runOf.get(id)! }))).toBe(true);
      const times = seen.map((id) => runOf.get(id)!.at);
      expect(times).toEqual(times.toSorted((a, b) => b - a));
    }),
    runs(30),
  );
});

it('says with a cursor nothing that its reader has not seen', async () => {
  await store.sql.query('delete from runs');
  for (let at = 0; at < 4; at++) await begin({ tenant: at % 2 === 0 ? 'acme' : 'zeta', at, workflow: 'build' });
  const { runs: found, next } = await pageRuns(sessionOf('acme'), { limit: 1 });
  const said = Buffer.from(next!, 'base64url').toString();
  const [kind, at, runKey, ...more] = JSON.parse(said) as string[];
  expect([kind, runKey, more]).toEqual(['b', `${found[0]!.runId}:k`, []]);
  expect(Date.parse(at!)).toBe(Date.parse(found[0]!.startedAt));
  await expect(pageRuns(sessionOf('acme'), { limit: 1, cursor: 'bm9uZQ' })).rejects.toThrow(/`cursor` is none/);
  await expect(pageRuns(sessionOf('acme'), { limit: 201 })).rejects.toThrow(/a page has 1 to 200 runs/);
});
