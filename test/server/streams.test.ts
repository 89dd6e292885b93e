import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openStore, type WorkerStore } from '../../src/store/open-store.ts';
import { seeded } from '../support/crash/seeds.ts';
import { readUntilCut } from '../support/server/cut-reader.ts';
import { readEvents, takeEvents, type WireEvent } from '../support/server/event-reader.ts';
import { listen, type Listening } from '../support/server/listening.ts';
import { createStoreApp, keepKey, openToldRun, type StoreApp } from '../support/server/store-app.ts';
import { until } from '../support/base/until.ts';
import { createTestDatabase, type TestDatabase } from '../support/store/database.ts';

const timing = { lifeSignMs: 600_000, renewMs: 600_000, patienceMs: 600_000, retryMs: 1000 };

describe('a stream of events', () => {
  let database: TestDatabase;
  let stores: WorkerStore[];
  let here: StoreApp;
  let there: StoreApp;
  beforeAll(async () => {
    database = await createTestDatabase();
    stores = await Promise.all([openStore(database.url), openStore(database.url)]);
    await keepKey(stores[0]!);
    [here, there] = [createStoreApp(stores[0]!, { timing }), createStoreApp(stores[1]!, { timing })];
  });
  afterAll(async () => {
    await Promise.all(stores.map((store) => store.close()));
    await database.close();
  });
  const follow = async (path: string, headers: Record<string, string> = {}): Promise<Response> =>
    here.app.request(path, { headers });
  const followers = (): number => stores.reduce((sum, { feed }) => sum + feed.followers, 0);

  it('has neither gap nor double over a thousand cuts, between two processes, while the run goes on', async () => {
    const run = await openToldRun(stores[0]!);
    const open: Listening[] = await Promise.all([listen(here.app), listen(there.app)]);
    const readers = 40;
    const cutsEach = 25;
    let cuts = 0;
    let isTold = false;
    const read = async (seed: number): Promise<number[]> => {
      const random = seeded(seed);
      const numbers: number[] = [];
      let lastEventId: string | undefined;
      for (let cut = 0; ; cut++) {
        const { url } = open[random(2)]!;
        const mayEnd = cut >= cutsEach && isTold;
        const cutAfter = mayEnd ? Number.POSITIVE_INFINITY : 1 + random(cut < cutsEach ? 2500 : 40_000);
        const reading = await readUntilCut(`${url}/api/runs/${run.id}/events`, { lastEventId, cutAfter });
        numbers.push(...reading.numbers);
        lastEventId = reading.lastId ?? lastEventId;
        if (reading.isOver) return numbers;
        cuts++;
      }
    };
    const told = (async () => {
      const random = seeded(4711);
      for (let batch = 0; batch < 150; batch++) await run.tell(1 + random(4), `${'x'.repeat(random(120))}ü`);
      while (cuts < readers * cutsEach) await run.tell(1);
      await run.end();
      isTold = true;
    })();
    const stories = await Promise.all(Array.from({ length: readers }, (_, seed) => read(seed)));
    await told;
    const whole = Array.from({ length: stories[0]!.length }, (_, index) => index + 1);
    for (const story of stories) expect(story).toEqual(whole);
    expect(cuts).toBeGreaterThanOrEqual(1000);
    await until('nobody follows any more', () => followers() === 0);
    expect([here.streams.size, there.streams.size]).toEqual([0, 0]);
    await Promise.all(open.map((each) => each.close()));
  });

  it('ends behind the last event, and whoever comes back then has nothing to come back for', async () => {
    const run = await openToldRun(stores[0]!);
    await run.tell(3);
    const live = takeEvents(await follow(`/api/runs/${run.id}/events`));
    await run.end();
    const events = await live;
    expect(events.map(({ id, event, data }) => [id, event, data['seq']])).toEqual(
      [1, 2, 3, 4].map((n) => [`${n}`, null, n]),
    );
    expect((await follow(`/api/runs/${run.id}/events`, { 'Last-Event-ID': '4' })).status).toBe(204);
    expect((await follow(`/api/runs/${run.id}/events?after=4`)).status).toBe(204);
    const rest = await follow(`/api/runs/${run.id}/events?after=1`, { 'Last-Event-ID': `${run.id}:3` });
    expect((await takeEvents(rest)).map(({ id }) => id)).toEqual(['4']);
  });

  it('refuses ids of events that are none, or of another run', async () => {
    const run = await openToldRun(stores[0]!);
    for (const id of ['x', '-1', '1e9', '99999999999', 'other:3', ':3']) {
      const response = await follow(`/api/runs/${run.id}/events`, { 'Last-Event-ID': id });
      expect([id, response.status]).toEqual([id, 422]);
      expect(await response.json()).toMatchObject({ code: 'invalid', errors: [{ pointer: 'Last-Event-ID' }] });
    }
    expect((await follow(`/api/runs/${run.id}/events?after=-1`)).status).toBe(422);
  });

  it('comes in pages of JSON for whoever asks for that', async () => {
    const run = await openToldRun(stores[0]!);
    await run.tell(5);
    const page = async (after: number) =>
      (await follow(`/api/runs/${run.id}/events?after=${after}&limit=3`, { Accept: 'application/json' })).json();
    expect(await page(0)).toMatchObject({ events: [{ seq: 1 }, { seq: 2 }, { seq: 3 }], next: 3, isOver: false });
    expect(await page(3)).toMatchObject({ events: [{ seq: 4 }, { seq: 5 }], next: 5, isOver: false });
    await run.end();
    expect(await page(5)).toMatchObject({ events: [{ seq: 6 }], next: 6, isOver: true });
  });

  it('follows many runs at once, and goes on with all of them by the id of any event', async () => {
    const runs = await Promise.all([1, 2, 3].map(() => openToldRun(stores[0]!)));
    const path = `/api/events?${runs.map(({ id }) => `run=${id}`).join('&')}`;
    for (const run of runs) await run.tell(4);
    const told = new Map(runs.map(({ id }) => [id, [] as number[]]));
    let lastId = '';
    const note = ({ id, data }: Awaited<ReturnType<typeof takeEvents>>[number]): void => {
      const [, run, seq] = /^(.+):(\d+);[\w.-]+$/.exec(id!)!;
      expect(Number(seq)).toBe(data['seq']);
      told.get(run!)!.push(Number(seq));
      lastId = id!;
    };
    for (let part = 0; part < 6; part++) {
      const headers: Record<string, string> = lastId === '' ? {} : { 'Last-Event-ID': lastId };
      for (const event of await takeEvents(await follow(path, headers), 2)) note(event);
    }
    const last = takeEvents(await follow(path, { 'Last-Event-ID': lastId }));
    for (const run of runs) await run.end();
    for (const event of await last) note(event);
    expect([...told.values()]).toEqual(runs.map(() => [1, 2, 3, 4, 5]));
    expect((await follow(path, { 'Last-Event-ID': lastId })).status).toBe(204);
    const [one, two] = runs;
    const places = await follow(`/api/events?run=${one!.id}:4&run=${two!.id}:5`);
    const [only] = await takeEvents(places);
    expect(only!.id).toMatch(new RegExp(`^${one!.id}:5;[\\w-]{12}\\.5\\.5$`));
    expect((await follow(`/api/events?run=${one!.id}&run=${one!.id}`)).status).toBe(422);
    expect((await follow(`/api/events?run=${one!.id}&run=nobodys`)).status).not.toBe(200);
  });

  it('writes an event at once, in 8 kB at most, and says where the whole of a longer one is', async () => {
    const run = await openToldRun(stores[0]!);
    const summary = Object.fromEntries(
      Array.from({ length: 900 }, (_, index) => [`task-${index}`, 'ü\u001b[31m'.repeat(3)]),
    );
    await stores[0]!.events.append(run.runKey, [
      { key: 'big', type: 'workflow:results', status: 'succeeded', reason: 'ü'.repeat(3000), tasks: summary },
    ]);
    const [event] = await takeEvents(await follow(`/api/runs/${run.id}/events`));
    expect(event!.bytes).toBeLessThanOrEqual(8192);
    expect(event!.data).toMatchObject({ type: 'workflow:results', seq: 1, shortened: true });
    const whole = await follow(String(event!.data['link']), { Accept: 'application/json' });
    const [found] = ((await whole.json()) as { events: { tasks: object }[] }).events;
    expect(found!.tasks).toEqual(summary);
  });

  it('shows signs of life, and closes with `overflow` on whoever takes nothing', async () => {
    const run = await openToldRun(stores[0]!);
    const quick = createStoreApp(stores[0]!, { timing: { ...timing, lifeSignMs: 20, patienceMs: 100 } });
    const headers = { 'x-key': 'key' };
    const idle = (await quick.app.request(`/api/runs/${run.id}/events`, { headers })).body!.getReader();
    const read = async (): Promise<string> => new TextDecoder().decode((await idle.read()).value);
    expect([await read(), await read()]).toEqual([expect.stringMatching(/^retry: \d{4}\n\n$/), ': \n\n']);
    await idle.cancel();
    await run.tell(400, 'x'.repeat(1000));
    const slow = await quick.app.request(`/api/runs/${run.id}/events`, { headers });
    await until('it is given up', () => quick.streams.size === 0);
    const events = await takeEvents(slow);
    expect(events.at(-1)).toMatchObject({ id: null, event: 'overflow', data: { type: 'stream:overflow' } });
    expect(events.reduce((sum, { bytes }) => sum + bytes, 0)).toBeLessThan(80_000);
    const after = events.at(-2)!.id!;
    const rest = takeEvents(
      await follow(`/api/runs/${run.id}/events`, { 'Last-Event-ID': after }),
      400 - Number(after),
    );
    expect((await rest).map(({ id }) => Number(id))).toEqual(
      Array.from({ length: 400 - Number(after) }, (_, index) => Number(after) + 1 + index),
    );
  });

  it('leaves nothing behind of 2,000 readers that came and went', async () => {
    const run = await openToldRun(stores[0]!);
    await run.tell(1);
    for (let round = 0; round < 20; round++) {
      const streams = await Promise.all(Array.from({ length: 100 }, () => follow(`/api/runs/${run.id}/events`)));
      await Promise.all(streams.map((stream) => takeEvents(stream, 1)));
    }
    await until('nobody follows any more', () => followers() === 0);
    expect([here.streams.size, here.session.watches.size]).toEqual([0, 0]);
  });

  it('is one of at most so many of a key', async () => {
    const run = await openToldRun(stores[0]!);
    const narrow = createStoreApp(stores[0]!, { mostPerKey: 2, timing });
    const ask = () => narrow.app.request(`/api/runs/${run.id}/events`, { headers: { 'x-key': 'key' } });
    const [one] = [await ask(), await ask()];
    const refused = await ask();
    expect([refused.status, refused.headers.get('retry-after')]).toEqual([429, '5']);
    // Whoever comes back gets the place that a process left behind when it was killed.
    const headers = { 'x-key': 'key', 'Last-Event-ID': '0' };
    const again = narrow.app.request(`/api/runs/${run.id}/events`, { headers });
    let status = 0;
    void Promise.resolve(again).then((answer) => (status = answer.status));
    await until('it has one', async () => {
      await database.sql.query(`update open_streams set until = clock_timestamp() where key_id = 'key'`);
      return status === 200;
    });
    await one!.body!.cancel();
    await until('its place is free', async () => (await ask()).status === 200);
    await narrow.streams.close();
  });

  it('ends soon after its key', async () => {
    const run = await openToldRun(stores[0]!);
    const quick = createStoreApp(stores[0]!, { timing: { ...timing, renewMs: 20 } });
    const reading = takeEvents(await quick.app.request(`/api/runs/${run.id}/events`, { headers: { 'x-key': 'key' } }));
    await stores[0]!.keys.revoke('key');
    expect(await reading).toMatchObject([{ event: 'problem', data: { code: 'no-key' } }]);
    await database.sql.query(`update api_keys set revoked_at = null where id = 'key'`);
  });

  it('tells what models say while they say it, to those who listen to that run alone', async () => {
    const [run, other] = await Promise.all([openToldRun(stores[0]!), openToldRun(stores[0]!)]);
    const call = { taskId: 'build', agentName: 'coder', attempt: 1, turn: 2, call: 'build~1/2/0#1' };
    const no = await stores[0]!.sql.query<{ no: number }>('select no from runs where run_key = $1', [run.runKey]);
    const say = stores[1]!.deltas.speak(no.rows[0]!.no, call);
    const said: string[] = [];
    const heard: WireEvent[] = [];
    const listen = async (id: string, into: WireEvent[], query = ''): Promise<void> => {
      for await (const event of readEvents(await follow(`/api/runs/${id}/events${query}`))) into.push(event);
    };
    const [elsewhere, without]: WireEvent[][] = [[], []];
    const listening = [listen(run.id, heard), listen(other.id, elsewhere!), listen(run.id, without!, '?deltas=0')];
    await until('something is heard', () => {
      said.push(`${said.length}🙂`);
      say(said.at(-1)!);
      return heard.length > 0;
    });
    say('\u0000\u009b31m🙂'.repeat(400));
    const whole = `${said.join('')}${'\u0000\u009b31m🙂'.repeat(400)}`;
    const isHeard = (): boolean =>
      heard.some(({ data }) => Number(data['offset']) + String(data['text']).length === whole.length);
    await until('all is heard', isHeard);
    for (const { id, event, data, bytes } of heard) {
      expect([id, event, bytes < 8192]).toEqual([null, null, true]);
      expect(data).toMatchObject({ ...call, type: 'agent:delta', runId: run.id });
      expect(whole.startsWith(String(data['text']), Number(data['offset']))).toBe(true);
    }
    await Promise.all([run.end(), other.end()]);
    await Promise.all(listening);
    expect([elsewhere, without].map((events) => events!.map(({ data }) => data.type))).toEqual([
      ['workflow:results'],
      ['workflow:results'],
    ]);
    await until(
      'no worker is asked for it any more',
      async () => (await database.sql.query('select 1 from delta_readers')).rows.length === 0,
    );
  });

  it('ends with the service, in order', async () => {
    const run = await openToldRun(stores[0]!);
    await run.tell(2);
    const closing = createStoreApp(stores[0]!);
    const events: number[] = [];
    const reading = (async () => {
      for await (const { data } of readEvents(await closing.app.request(`/api/runs/${run.id}/events`)))
        events.push(Number(data['seq']));
    })();
    await until('both are there', () => events.length === 2);
    await closing.streams.close();
    await reading;
    expect((await closing.app.request(`/api/runs/${run.id}/events`)).status).toBe(503);
  });

  it('goes on over connections to the database that are lost', async () => {
    const run = await openToldRun(stores[0]!);
    await run.tell(2);
    const reading = takeEvents(await follow(`/api/runs/${run.id}/events`));
    await database.sql.query(
      `select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()`,
    );
    await until('it can be told', () =>
      run.tell(2).then(
        () => true,
        () => false,
      ),
    );
    await until('its end can be told', () =>
      run.end().then(
        () => true,
        () => false,
      ),
    );
    expect((await reading).map(({ data }) => data['seq'])).toEqual([1, 2, 3, 4, 5]);
  });

  it('says so when its run is removed', async () => {
    const run = await openToldRun(stores[0]!);
    await run.tell(1);
    const reading = takeEvents(await follow(`/api/runs/${run.id}/events`));
    await stores[0]!.runs.remove(run.runKey);
    expect((await reading).at(-1)).toMatchObject({ event: 'problem', data: { code: 'run-not-found', runId: run.id } });
  });
});
