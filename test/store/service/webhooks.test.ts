import { randomUUID } from 'node:crypto';
import { beforeEach, describe, expect, it } from 'vitest';
import { usualEvents, type WebhookEvent } from '../../../src/domain/hooks/webhook-events.ts';
import type { WorkerStore } from '../../../src/store/open-store.ts';
import { removeRuns } from '../../../src/store/lifetime/retention.ts';
import { readNewEvents } from '../../../src/store/service/webhook-queue.ts';
import type { NewEndpoint } from '../../../src/store/service/webhooks.ts';
import { openToldRun, raiseBlockers } from '../../support/store/told-run.ts';
import { useTestStore } from '../../support/store/test-store.ts';

let store: WorkerStore;
useTestStore((opened) => (store = opened.store));
// Those of one tenant have their places together.
beforeEach(async () => void (await store.sql.query('delete from webhook_endpoints')));

const openedRun = (runId?: string) => openToldRun(store, runId);
const tell = (runKey: string, ...ids: string[]) => raiseBlockers(store, runKey, ids);

async function endpoint(more: Partial<NewEndpoint> = {}): Promise<string> {
  const id = `wh_${randomUUID()}`;
  const secrets = [{ sealed: 's', until: null }];
  await store.webhooks.add({
    id,
    tenant: 'default',
    url: 'https://a.example/',
    events: [...usualEvents],
    secrets,
    ...more,
  });
  return id;
}

async function readAll(): Promise<void> {
  while (await store.webhooks.readNew());
}

const claimAll = (lease: string, leaseMs = 60_000) => store.webhooks.claim({ lease, leaseMs, limit: 100 });
const deliveriesOf = (id: string) => store.webhooks.deliveries(id, { limit: 100 });

describe('webhooks in the store', () => {
  it('finds each chosen event once, however many look at a time', async () => {
    const runKey = await openedRun();
    await tell(runKey, 'before');
    const [all, other, quiet] = [
      await endpoint(),
      await endpoint({ tenant: 'acme' }),
      await endpoint({ events: ['run:paused'] as WebhookEvent[] }),
    ];
    await tell(runKey, 'one', 'two');
    await Promise.all(Array.from({ length: 8 }, readAll));
    await tell(runKey, 'three');
    await readAll();
    await readAll();
    const found = await deliveriesOf(all);
    expect(found.map(({ seq }) => seq).toSorted((one, other) => one - other)).toEqual([2, 3, 4]);
    expect([await deliveriesOf(other), await deliveriesOf(quiet)]).toEqual([[], []]);
  });

  it('tells a tenant of its own runs alone, and a callback of its run alone', async () => {
    const acme = await endpoint({ tenant: 'acme' });
    const [mine, theirs] = [`acme@${randomUUID()}`, `acme@${randomUUID()}`];
    const callback = await endpoint({ tenant: 'acme', runId: mine });
    for (const id of [mine, theirs]) await tell(await openedRun(id), 'one');
    await readAll();
    expect((await deliveriesOf(acme)).map(({ run }) => run).sort()).toEqual([mine, theirs].sort());
    expect((await deliveriesOf(callback)).map(({ run }) => run)).toEqual([mine]);
    const listed = (await store.webhooks.list('acme')).map(({ id }) => id);
    expect([listed.includes(acme), listed.includes(callback)]).toEqual([true, false]);
    expect(await store.webhooks.find('default', acme)).toBeUndefined();
    expect(await store.webhooks.remove('default', acme)).toBe(false);
  });

  it('hands a delivery to one at a time, and to another when that one is gone, under the same id', async () => {
    const id = await endpoint();
    await tell(await openedRun(), 'one');
    await readAll();
    const claims = (await Promise.all(Array.from({ length: 6 }, (_, at) => claimAll(`lease-${at}`, 20)))).flat();
    const mine = claims.filter((claim) => claim.endpoint.id === id);
    expect(mine).toHaveLength(1);
    await expect.poll(async () => (await claimAll('second')).map((each) => each.id)).toContain(mine[0]!.id);
    const delivered = { state: 'delivered', status: 200 } as const;
    // The first one comes back late: what it says is nobody's.
    for (const at of [0, 1, 2, 3, 4, 5])
      expect(await store.webhooks.record({ id: mine[0]!.id, lease: `lease-${at}` }, delivered)).toBe(false);
    expect(await store.webhooks.record({ id: mine[0]!.id, lease: 'second' }, delivered)).toBe(true);
    expect(await deliveriesOf(id)).toMatchObject([{ state: 'delivered', attempts: 1, lastStatus: 200, nextAt: null }]);
  });

  it('gives up, has it sent again, and tells nobody who is gone', async () => {
    const id = await endpoint();
    const runKey = await openedRun();
    await tell(runKey, 'one');
    await readAll();
    const [claim] = (await claimAll('a')).filter((each) => each.endpoint.id === id);
    const failed = { state: 'failed', status: 500, error: 'it answered 500', nextMs: null } as const;
    await store.webhooks.record({ id: claim!.id, lease: 'a' }, failed);
    expect(await store.webhooks.find('default', id)).toMatchObject({ dead: 1, pending: 0 });
    expect(await store.webhooks.redeliver(id, null)).toBe(1);
    const [again] = (await claimAll('b')).filter((each) => each.endpoint.id === id);
    expect(again).toMatchObject({ id: claim!.id, attempts: 1 });
    await tell(runKey, 'two');
    await readAll();
    await store.webhooks.record({ id: claim!.id, lease: 'b' }, { state: 'gone', status: 410 });
    expect(await store.webhooks.find('default', id)).toMatchObject({ state: 'gone', dead: 2, pending: 0 });
    await tell(runKey, 'three');
    await readAll();
    expect(await deliveriesOf(id)).toHaveLength(2);
  });

  it('lets an endpoint have four on their way, so that none waits for one that is slow', async () => {
    const [slow, quick] = [await endpoint(), await endpoint({ tenant: 'acme' })];
    await tell(await openedRun(), ...Array.from({ length: 30 }, (_, at) => `slow-${at}`));
    await tell(await openedRun(`acme@${randomUUID()}`), 'one');
    await readAll();
    const counts = async (lease: string) => {
      const claimed = await claimAll(lease);
      return [slow, quick].map((id) => claimed.filter((each) => each.endpoint.id === id).length);
    };
    expect([await counts('c'), await counts('d')]).toEqual([
      [4, 1],
      [0, 0],
    ]);
  });

  it('lists deliveries a page at a time, and they leave with their run and their endpoint', async () => {
    const id = await endpoint();
    const runKey = await openedRun();
    await tell(runKey, ...Array.from({ length: 7 }, (_, at) => `e-${at}`));
    await readAll();
    const pages: string[] = [];
    for (let after: string | undefined; ;) {
      const page = await store.webhooks.deliveries(id, { limit: 3, after });
      pages.push(...page.map((each) => each.id));
      if (page.length < 3) break;
      after = page.at(-1)!.id;
    }
    expect(new Set(pages).size).toBe(7);
    await store.runs.remove(runKey);
    expect(await deliveriesOf(id)).toEqual([]);
    expect(await store.webhooks.remove(null, id)).toBe(true);
  });
});

describe('webhooks in the store, while other things happen', () => {
  it('pass over runs, and wait for webhooks, that somebody is removing', async () => {
    const [id, leaving] = [await endpoint(), await endpoint()];
    const [runKey, other] = [await openedRun(), await openedRun()];
    for (const key of [runKey, other]) await tell(key, 'one');
    const read = await store.transaction(async (sql) => {
      await removeRuns(sql, [runKey]);
      await sql.query('delete from webhook_endpoints where id = $1', [leaving]);
      const reading = readAll();
      // It comes to the locks that this transaction holds before it ends, or after it: both are well.
      await expect
        .poll(async () => {
          const { rows } = await store.sql.query<{ count: number }>(
            `select count(*)::int as count from pg_stat_activity where wait_event_type = 'Lock' and datname = current_database()`,
          );
          return rows[0]!.count;
        })
        .toBe(1);
      return { reading };
    });
    await read.reading;
    await readAll();
    expect((await deliveriesOf(id)).map(({ run }) => `${run}~key`)).toEqual([other]);
  });

  it('look at no run that ended long ago, except where something happens after its end', async () => {
    const id = await endpoint();
    await store.sql.query(`update webhook_endpoints set since = now() - interval '90 days' where id = $1`, [id]);
    const runKey = await openedRun();
    await readAll();
    const { rows } = await store.sql.query<{ names: string }>(
      `select string_agg(column_name, ',') as names from information_schema.columns
       where table_name = 'runs' and column_name not in ('no', 'run_key', 'run_id', 'ended_at') and is_generated = 'NEVER'`,
    );
    const { names } = rows[0]!;
    await store.sql.query(
      `insert into runs (run_key, run_id, ended_at, ${names})
       select 'old' || g || '~key', 'old' || g, now() - interval '1 day', ${names} from runs, generate_series(1, 5000) g where run_key = $1`,
      [runKey],
    );
    await store.sql.query('analyze runs');
    await tell('old7~key', 'late');
    const looked = await store.transaction(async (sql) => {
      expect(await readNewEvents(sql)).toBe(false);
      const counts = await sql.query<{ rows: number }>(
        `select (seq_tup_read + coalesce(idx_tup_fetch, 0))::int as rows from pg_stat_xact_user_tables where relname = 'runs'`,
      );
      return counts.rows[0]!.rows;
    });
    expect(looked).toBeLessThan(1000);
    expect((await deliveriesOf(id)).map(({ run }) => run)).toEqual(['old7']);
    await store.sql.query(`delete from runs where run_key like 'old%'`);
  });

  it('tell a webhook nothing of what happened while it was off, whoever else is told', async () => {
    const id = await endpoint();
    const runKey = await openedRun();
    await store.webhooks.setState(id, 'disabled');
    await tell(runKey, 'off');
    await store.webhooks.setState(id, 'active');
    await tell(runKey, 'on');
    await readAll();
    expect((await deliveriesOf(id)).map(({ seq }) => seq)).toEqual([2]);
  });

  it('are done with a callback when its run has ended, and can send it again', async () => {
    const runId = `back-${randomUUID()}`;
    const id = await endpoint({ runId, events: ['blocker:raised'] });
    await tell(await openedRun(runId), 'end');
    await readAll();
    expect(await store.webhooks.list('default', runId)).toMatchObject([{ id, state: 'done', pending: 1 }]);
    const [claim] = (await claimAll('cb')).filter((each) => each.endpoint.id === id);
    const failed = { state: 'failed', status: 500, error: 'x', nextMs: null } as const;
    await store.webhooks.record({ id: claim!.id, lease: 'cb' }, failed);
    expect(await store.webhooks.find('default', id)).toMatchObject({ dead: 1 });
    expect(await store.webhooks.redeliver(id, null)).toBe(1);
    expect((await claimAll('cb2')).map((each) => each.id)).toContain(claim!.id);
  });

  it('send nothing more to who is gone, also what was on its way at that time', async () => {
    const id = await endpoint();
    await tell(await openedRun(), 'one', 'two');
    await readAll();
    const [one, two] = (await claimAll('g')).filter((each) => each.endpoint.id === id);
    await store.webhooks.record({ id: one!.id, lease: 'g' }, { state: 'gone', status: 410 });
    const failed = { state: 'failed', status: 500, error: 'x', nextMs: 5000 } as const;
    await store.webhooks.record({ id: two!.id, lease: 'g' }, failed);
    expect((await deliveriesOf(id)).map(({ state }) => state)).toEqual(['dead', 'dead']);
  });

  it('let a tenant have eight on their way, and others come first', async () => {
    const tenant = `many-${randomUUID().slice(0, 8)}`;
    const many = await Promise.all(Array.from({ length: 5 }, () => endpoint({ tenant })));
    const few = await endpoint({ tenant: `${tenant}-2` });
    await tell(await openedRun(`${tenant}@${randomUUID()}`), 'one', 'two', 'three');
    await readAll();
    await tell(await openedRun(`${tenant}-2@${randomUUID()}`), 'one');
    await readAll();
    const claimed = await claimAll('many');
    expect(claimed.filter(({ endpoint: { id } }) => many.includes(id))).toHaveLength(8);
    expect(claimed.filter(({ endpoint: { id } }) => id === few)).toHaveLength(1);
    expect((await claimAll('more')).filter(({ endpoint: { id } }) => many.includes(id))).toEqual([]);
  });

  it('forget what was delivered a month ago', async () => {
    const id = await endpoint();
    await tell(await openedRun(), 'one', 'two');
    await readAll();
    const claims = (await claimAll('t')).filter((each) => each.endpoint.id === id);
    for (const claim of claims)
      await store.webhooks.record({ id: claim.id, lease: 't' }, { state: 'delivered', status: 200 });
    await store.sql.query(`update webhook_deliveries set ended_at = now() - interval '31 days' where id = $1`, [
      claims[0]!.id,
    ]);
    await store.webhooks.tidy();
    expect((await deliveriesOf(id)).map((each) => each.id)).toEqual([claims[1]!.id]);
  });
});

describe('triggers in the store', () => {
  const trigger = (name: string) => ({
    ...{ tenant: 'default', name, scheme: { kind: 'github' } as const, secrets: [{ sealed: 's', until: null }] },
    mapping: {
      workflow: 'w',
      events: [],
      when: null,
      inputs: {},
      callback: null,
      limits: {},
      workspace: null,
      board: null,
    },
    source: 'text',
  });

  it('are there once a tenant and name, and keep their secrets when they are replaced', async () => {
    expect(await store.triggers.add(trigger('a'), false)).toBe(true);
    expect(await store.triggers.add(trigger('a'), false)).toBe(false);
    expect(await store.triggers.add({ ...trigger('a'), secrets: [], source: 'new' }, true)).toBe(true);
    expect(await store.triggers.find('default', 'a')).toMatchObject({ secrets: trigger('a').secrets, source: 'new' });
    expect(await store.triggers.add({ ...trigger('a'), tenant: 'acme' }, false)).toBe(true);
    expect((await store.triggers.list('acme')).map(({ tenant }) => tenant)).toEqual(['acme']);
  });

  it('know what came by any of its names, and only their own', async () => {
    const [b, c] = [trigger('b'), trigger('c')];
    for (const each of [b, c]) await store.triggers.add(each, false);
    await store.triggers.remember(b, ['id:1', 'bytes:1'], 'run-1');
    await store.triggers.remember(b, ['id:1', 'bytes:2'], 'run-2');
    expect(await store.triggers.startedBy(b, ['bytes:1'])).toBe('run-1');
    expect(await store.triggers.startedBy(b, ['id:1'])).toBe('run-1');
    expect(await store.triggers.startedBy(c, ['id:1'])).toBeNull();
    await store.triggers.remove('default', 'b');
    await store.triggers.remember(b, ['id:9'], 'run-9');
    expect(await store.triggers.startedBy(b, ['id:1', 'id:9'])).toBeNull();
  });
});
