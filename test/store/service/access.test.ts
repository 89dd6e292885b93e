import { createHash, randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { createAuditStore } from '../../../src/store/service/audit.ts';
import type { NewKey } from '../../../src/store/service/keys.ts';
import type { WorkerStore } from '../../../src/store/open-store.ts';
import { useTestStore } from '../../support/store/test-store.ts';

let store: WorkerStore;
useTestStore((opened) => (store = opened.store));

const hashOf = (text: string): Buffer => createHash('sha256').update(text).digest();
const key = (id: string, more: Partial<NewKey> = {}): NewKey => ({
  ...{ id, hash: hashOf(id), name: `name of ${id}`, tenant: 'default', scopes: ['read'], roles: [], lastsMs: null },
  ...more,
});
const past = -1;
const minute = 60_000;

describe('keys', () => {
  it('are found while they are valid, and told as invalid when they have expired or were revoked', async () => {
    for (const each of [key('good'), key('old', { lastsMs: past }), key('gone')]) await store.keys.create(each);
    await store.keys.revoke('gone');
    const valid = await Promise.all(['good', 'old', 'gone', 'none'].map((id) => store.keys.find(id)));
    expect(valid.map((found) => found?.isValid)).toEqual([true, false, false, undefined]);
    expect(valid[0]).toMatchObject({
      hash: hashOf('good'),
      isUnnoted: true,
      key: { id: 'good', name: 'name of good', scopes: ['read'] },
    });
  });

  it('are listed by tenant, with when they were used, which is written once a minute', async () => {
    await store.keys.create(key('acme1', { tenant: 'acme', scopes: ['run'], roles: ['owner'], lastsMs: minute }));
    await store.keys.touch('acme1');
    const [first] = await store.keys.list('acme');
    await store.keys.touch('acme1');
    expect(await store.keys.list('acme')).toEqual([first]);
    expect(first).toMatchObject({ id: 'acme1', roles: ['owner'], revokedAt: null });
    expect(Date.parse(first!.expiresAt!) - Date.parse(first!.createdAt)).toBeGreaterThan(minute / 2);
    expect(first!.lastUsedAt).not.toBeNull();
    expect((await store.keys.list()).map(({ id }) => id)).toEqual(expect.arrayContaining(['good', 'acme1']));
  });

  it('are revoked once: a second time changes nothing, and one that is not there is told', async () => {
    await store.keys.create(key('twice'));
    const first = await store.keys.revoke('twice');
    expect(await store.keys.revoke('twice')).toEqual(first);
    expect(await store.keys.revoke('nobody')).toBeUndefined();
  });

  it('swap a code for a cookie once, also when twenty come at once, and not after its time', async () => {
    await store.keys.create(key('page', { hash: null, lastsMs: minute }));
    const [code, late] = [randomBytes(32), randomBytes(32)];
    await store.keys.addCode('page', code, minute);
    await store.keys.addCode('page', late, past);
    const cookies = Array.from({ length: 20 }, () => randomBytes(32));
    const swapped = await Promise.all(cookies.map((cookie) => store.keys.swapCode(code, cookie, minute)));
    expect(swapped.filter(Boolean)).toEqual([expect.objectContaining({ id: 'page' })]);
    expect(await store.keys.swapCode(late, randomBytes(32), minute)).toBeUndefined();
    const found = await Promise.all(cookies.map((cookie) => store.keys.findSession(cookie)));
    expect(found.filter(Boolean)).toHaveLength(1);
    expect(await store.keys.findSession(code)).toBeUndefined();
    const mine = cookies[found.findIndex(Boolean)]!;
    const [second, other] = [randomBytes(32), randomBytes(32)];
    await store.keys.addCode('page', second, minute);
    await store.keys.swapCode(second, other, minute);
    const isListed = async () => (await store.keys.list()).some(({ id }) => id === 'page');
    await store.keys.endSession(mine);
    expect(await store.keys.findSession(mine)).toBeUndefined();
    // Its key stands for the other browser, too, and ends with the last one.
    expect([await store.keys.findSession(other), await isListed()]).toEqual([expect.anything(), true]);
    await store.keys.endSession(other);
    expect(await isListed()).toBe(false);
  });

  it('end what browsers have with them, and leave nothing of browsers behind', async () => {
    await store.keys.create(key('other', { hash: null, lastsMs: minute }));
    const [code, cookie] = [randomBytes(32), randomBytes(32)];
    await store.keys.addCode('other', code, minute);
    await store.keys.swapCode(code, cookie, minute);
    expect(await store.keys.find('other')).toBeUndefined();
    expect(await store.keys.findSession(cookie)).toMatchObject({ id: 'other' });
    await store.keys.revoke('other');
    expect(await store.keys.findSession(cookie)).toBeUndefined();
    expect((await store.keys.list()).map(({ id }) => id)).not.toContain('other');
    await store.keys.create(key('next', { hash: null, lastsMs: minute }));
    const { rows } = await store.sql.query(`select id from api_keys where id = 'other'`);
    expect(rows).toEqual([]);
  });
});

describe('the audit', () => {
  const entry = { keyId: 'k', keyName: 'Kim', tenant: 'acme', action: 'POST /api/runs', runId: 'acme@r', result: 'ok' };

  it('chains what processes write at once, gives it newest first, and refuses to change or forget anything', async () => {
    await Promise.all(Array.from({ length: 20 }, (_, at) => store.audit.add({ ...entry, detail: { at } })));
    await store.audit.add({ ...entry, keyId: null, tenant: 'default', runId: null });
    const check = await store.audit.verify();
    const all = await store.audit.list({ limit: 100 });
    expect(check).toEqual({ brokenAt: null, rows: 21, head: all[0]!.hash });
    expect(all.map(({ no }) => no)).toEqual(Array.from({ length: 21 }, (_, at) => 21 - at));
    expect(await store.audit.list({ tenant: 'acme', runId: 'acme@r', after: all[1]!.hash, limit: 1 })).toMatchObject([
      { no: 19, ...entry },
    ]);
    expect(await store.audit.starterOf('acme@r')).toBeUndefined();
    await store.audit.add({ ...entry, runId: 'acme@s', detail: { started: true } });
    expect(await store.audit.starterOf('acme@s')).toBe('Kim');
    for (const text of [`update audit set result = 'no'`, 'delete from audit', 'truncate audit'])
      await expect(store.sql.query(text)).rejects.toThrow('the audit is only added to');
    // The chain does not depend on how a session writes times and numbers.
    await store.transaction(async (sql) => {
      await sql.query(`set local time zone 'Asia/Tokyo'`);
      await sql.query(`set local extra_float_digits = -5`);
      const { rows } = await sql.query<{ same: boolean }>(
        'select bool_and(a.hash = audit_hash(a)) as same from audit a',
      );
      expect(rows).toEqual([{ same: true }]);
    });
  });

  it.each([
    ['a changed word', `update audit set result = 'changed' where no = 7`, 7],
    ['a row that was taken out', 'delete from audit where no = 9', 10],
    ['a row of another hand', `update audit set hash = sha256('x') where no = 12`, 12],
  ])('shows %s of whoever switched the triggers off', async (_, tamper, brokenAt) => {
    const undo = new Error('undo');
    const tampered = store.transaction(async (sql) => {
      await sql.query('alter table audit disable trigger user');
      await sql.query(tamper);
      expect(await createAuditStore(sql).verify()).toMatchObject({ brokenAt });
      throw undo;
    });
    await expect(tampered).rejects.toBe(undo);
    expect(await store.audit.verify()).toMatchObject({ brokenAt: null });
  });
});

describe('traffic', () => {
  it('lets a burst through over all processes, refuses the rest without counting it, and says when to come again', async () => {
    const rate = 30;
    const answers = await Promise.all(Array.from({ length: 50 }, () => store.traffic.take('key/a', rate)));
    expect(answers.filter(({ isAllowed }) => isAllowed)).toHaveLength(30);
    expect(
      answers
        .map(({ remaining }) => remaining)
        .toSorted((a, b) => b - a)
        .slice(0, 30),
    ).toEqual(Array.from({ length: 30 }, (_, at) => 29 - at));
    const again = await store.traffic.take('key/a', rate);
    expect(again).toMatchObject({ isAllowed: false, remaining: 0 });
    expect(again.retryMs).toBeGreaterThan(0);
    expect(again.retryMs).toBeLessThanOrEqual(minute / rate);
    expect(await store.traffic.take('key/b', rate)).toMatchObject({ isAllowed: true, remaining: 29 });
  });

  it('lets through again what time has brought back', async () => {
    const rate = 2;
    const caller = 'key/rested';
    for (const isAllowed of [true, true, false])
      expect(await store.traffic.take(caller, rate)).toMatchObject({ isAllowed });
    await store.sql.query(`update call_rates set until = until - interval '30 seconds' where caller = $1`, [caller]);
    for (const isAllowed of [true, false]) expect(await store.traffic.take(caller, rate)).toMatchObject({ isAllowed });
  });

  it('bounds the open streams of a key, whoever opens them, and frees those whose process is gone', async () => {
    const limits = { most: 20, lastsMs: minute };
    for (const id of ['a', 'b']) await store.keys.create(key(id));
    const opened = await Promise.all(Array.from({ length: 25 }, () => store.traffic.openStream('a', limits)));
    const ids = opened.filter((id) => id !== null);
    expect(ids).toHaveLength(20);
    expect(await store.traffic.openStream('b', limits)).not.toBeNull();
    await store.traffic.closeStream(ids[0]!);
    const next = await store.traffic.openStream('a', limits);
    expect(next).not.toBeNull();
    expect(await store.traffic.openStream('a', limits)).toBeNull();
    expect(await store.traffic.renewStream({ id: next!, keyId: 'a' }, past)).toBe(true);
    expect(await store.traffic.openStream('a', limits)).not.toBeNull();
    // Its process was suspended: its key is valid all the same, and it counts again.
    expect(await store.traffic.renewStream({ id: next!, keyId: 'a' }, minute)).toBe(true);
    await store.traffic.closeStream(ids[1]!);
    expect(await store.traffic.openStream('a', limits)).toBeNull();
    await store.keys.revoke('a');
    expect(await store.traffic.renewStream({ id: ids[2]!, keyId: 'a' }, minute)).toBe(false);
  });
});
