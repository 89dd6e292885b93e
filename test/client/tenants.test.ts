import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createRuns } from '../../src/client/create-runs.ts';
import { openPlace } from '../../src/client/connection/open-place.ts';
import type { Session } from '../../src/client/connection/session.ts';
import { forTenant } from '../../src/client/connection/tenant-session.ts';
import type { Runs } from '../../src/client/index.ts';
import {
  boardsWith,
  changeIssue,
  commentOn,
  importIssues,
  listIssues,
  newIssue,
  showIssue,
} from '../../src/client/issues.ts';
import type { ScriptedConversation } from '../../src/testing/index.ts';
import { reach } from '../support/run/reach.ts';
import type { RunEnv } from '../support/run/run-env.ts';
import { openRunEnv } from '../support/run/run-env.ts';
import { yamlPlan } from '../support/plan/yaml-plan.ts';

const onBoard = {
  name: 'issues',
  when: (c: ScriptedConversation) => c.prompt.includes('board') && c.results.length < 2,
  answer: ({ results, prompt }: ScriptedConversation) => ({
    tools: [
      results.length === 0
        ? { name: 'issue', input: { action: 'create', title: prompt } }
        : { name: 'issue', input: { action: 'list' } },
    ],
  }),
};
const listed = {
  name: 'listed',
  when: (c: ScriptedConversation) => c.prompt.includes('board'),
  answer: ({ results }: ScriptedConversation) => ({ text: results.at(-1)!.content }),
};
const echo = { name: 'echo', when: () => true, answer: (c: ScriptedConversation) => ({ text: `did: ${c.prompt}` }) };

describe('tenants of one database and one Temporal server', () => {
  let env: RunEnv;
  let session: Session;
  let oak: Runs;
  let elm: Runs;
  let terminal: Runs;
  let inDefault: Runs;
  const planOf = (text: string) => ({ ...yamlPlan(`name: tenants\n${text}`), workspace: env.workspace });
  const one = () => planOf('tasks: [{ id: one, prompt: Say hello. }]');
  const asked = () => planOf('tasks: [{ id: one, prompt: Say hello., approval: before }]');
  const timing = { cron: '0 3 * * *', paused: true } as const;
  beforeAll(async () => {
    env = await openRunEnv({ script: { rules: [onBoard, listed, echo] } });
    const { temporal, databaseUrl, taskQueue } = env.settings;
    session = await openPlace({ temporal, databaseUrl, taskQueue, cwd: env.workspace, env: {} });
    oak = createRuns(forTenant(session, 'oak'));
    elm = createRuns(forTenant(session, 'elm'));
    inDefault = createRuns(forTenant(session, 'default'));
    terminal = createRuns(session);
  });
  afterAll(async () => {
    await oak.close();
    // It was a view: the session goes on.
    expect(await terminal.list({ limit: 1 })).toHaveLength(1);
    await session.close();
    await env.close();
  });

  // Other files have things on the same Temporal server.
  const ours = (ids: readonly string[]) => ids.filter((id) => id.includes('tenants-')).toSorted();
  const seenBy = async (runs: Runs) => ({
    runs: ours((await runs.list({ limit: 500 })).map(({ runId }) => runId)),
    pages: ours((await runs.page({ limit: 200 })).runs.map(({ runId }) => runId)),
    waiting: ours((await runs.waiting()).map(({ runId }) => runId)),
    schedules: ours((await runs.schedules.list()).map(({ name }) => name)),
  });

  it('each has its own runs, schedules and things that wait, under the same names as another', async () => {
    const nobody = { runs: [], pages: [], waiting: [], schedules: [] };
    expect(await seenBy(oak)).toEqual(nobody);
    const done = await oak.start({ id: 'tenants-done', plan: one() });
    await done.result();
    const held = await oak.start({ id: 'tenants-held', plan: asked() });
    await reach(held, 'approval:requested');
    await oak.start({ id: 'tenants-later', plan: one(), at: new Date(Date.now() + 7_200_000) });
    await oak.schedules.add({ name: 'tenants-nightly', plan: one(), ...timing });
    const own = ['oak@tenants-done', 'oak@tenants-held', 'oak@tenants-later'];
    await expect
      .poll(() => seenBy(oak))
      .toEqual({
        ...{ runs: own, pages: own },
        ...{ waiting: ['oak@tenants-held'], schedules: ['oak@tenants-nightly'] },
      });
    for (const other of [elm, inDefault]) expect(await seenBy(other)).toEqual(nobody);
    expect(await seenBy(terminal)).toEqual(await seenBy(oak));

    const twin = await elm.start({ id: 'tenants-done', plan: one() });
    await twin.result();
    expect(twin.id).toBe('elm@tenants-done');
    await elm.schedules.add({ name: 'tenants-nightly', plan: one(), ...timing });
    await inDefault.start({ id: 'tenants-done', plan: one() }).then((run) => run.result());
    expect((await seenBy(elm)).runs).toEqual(['elm@tenants-done']);
    expect((await seenBy(inDefault)).runs).toEqual(['tenants-done']);
    await elm.schedules.remove('tenants-nightly');
    expect((await seenBy(oak)).schedules).toEqual(['oak@tenants-nightly']);
    await expect(oak.start({ id: 'tenants-done', plan: one() })).rejects.toMatchObject({ name: 'RunExistsError' });
  });

  it('pages from what is to start later to what has begun, and lists nothing again that begins meanwhile', async () => {
    const ash = createRuns(forTenant(session, 'ash'));
    const later = (hours: number) => new Date(Date.now() + hours * 3_600_000);
    for (const id of ['tenants-p1', 'tenants-p2']) await (await ash.start({ id, plan: one() })).result();
    for (const hours of [1, 2, 3]) await ash.start({ id: `tenants-q${hours}`, plan: one(), at: later(hours) });
    const pageOf = async (cursor?: string | null) => {
      const { runs, next } = await ash.page({ limit: 2, ...(cursor && { cursor }) });
      return { ids: runs.map(({ runId }) => runId.slice('ash@tenants-'.length)), next };
    };
    await expect.poll(async () => (await ash.list({ status: 'queued' })).length).toBe(3);
    const first = await pageOf();
    expect(first.ids).toEqual(['q1', 'q2']);
    // Temporal begins at once what is asked for something.
    const { client } = await session.connect();
    const handle = client.workflow.getHandle('ash@tenants-q1');
    await handle.executeUpdate('setPriority', { args: [{ priority: 'high', by: 'ann' }] });
    const begun = await ash.find('tenants-q1');
    await begun.result();
    const second = await pageOf(first.next);
    expect(second.ids).toEqual(['q3', 'p2']);
    expect(await pageOf(second.next)).toEqual({ ids: ['p1'], next: null });
    await expect.poll(async () => (await ash.list({ status: 'queued' })).length).toBe(2);
    expect((await ash.page()).runs.map(({ runId }) => runId.slice(-2))).toEqual(['q2', 'q3', 'q1', 'p2', 'p1']);
  });

  it('finds by its own names what goes on from what it has, and so does the terminal for it', async () => {
    expect((await oak.find('tenants-done')).id).toBe('oak@tenants-done');
    expect((await oak.find('oak@tenants-done')).id).toBe('oak@tenants-done');
    await expect(oak.rollback('tenants-doen')).rejects.toThrow('Did you mean tenants-done?');
    const again = await oak.fork('tenants-done', { id: 'tenants-fork', from: 'one' });
    expect(again.id).toBe('oak@tenants-fork');
    await again.result();
    const byHand = await terminal.fork('oak@tenants-done', { id: 'tenants-by-hand', from: 'one' });
    expect(byHand.id).toBe('oak@tenants-by-hand');
    await byHand.result();
    const reused = await terminal.start({ id: 'tenants-reused', plan: one(), reuse: 'oak@tenants-done' });
    expect(reused.id).toBe('oak@tenants-reused');
    expect((await reused.result()).tasks['one']?.status).toBe('reused');
    expect((await oak.compare('tenants-done', 'tenants-fork')).runs).toBeDefined();
    expect((await oak.evaluate('tenants-done')).by).toMatch(/^oak@tenants-done-evaluation-/);
    const fired = await oak.schedules.trigger('tenants-nightly');
    expect(fired).toMatch(/^oak@tenants-nightly-/);
    expect((await (await oak.find(fired)).result()).status).toBe('succeeded');
  });

  /** What each method is asked about something of somebody else's; null: it is asked about nothing by name. */
  const methods: { [Method in Exclude<keyof Runs, symbol>]: ((runs: Runs, id: string) => Promise<unknown>)[] | null } =
    {
      start: [(runs, id) => runs.start({ plan: one(), reuse: id })],
      startMany: null,
      find: [(runs, id) => runs.find(id)],
      list: null,
      page: null,
      waiting: [(runs, id) => runs.waiting(id)],
      retry: [(runs, id) => runs.retry(id), (runs, id) => runs.retry(id, { task: 'one' })],
      fork: [(runs, id) => runs.fork(id, { from: 'one' })],
      evaluate: [(runs, id) => runs.evaluate(id)],
      compare: [(runs, id) => runs.compare(id, id), (runs, id) => runs.compare('own', id)],
      rollback: [(runs, id) => runs.rollback(id)],
      schedules: [
        (runs, id) => runs.schedules.find(id),
        (runs, id) => runs.schedules.pause(id),
        (runs, id) => runs.schedules.resume(id),
        (runs, id) => runs.schedules.trigger(id),
        (runs, id) => runs.schedules.remove(id),
      ],
      temporalClient: null,
      temporal: null,
      close: null,
    };

  it('is told of what others have, method for method, exactly as of what nobody has', async () => {
    const stranger = createRuns(forTenant(session, 'stranger'));
    const own = await stranger.start({ id: 'own', plan: one() });
    await own.result();
    expect(Object.keys(stranger).toSorted()).toEqual(Object.keys(methods).toSorted());
    const toldOf = async (ask: (runs: Runs, id: string) => Promise<unknown>, runs: Runs, id: string) => {
      const error = await ask(runs, id).then(
        () => new Error('answered'),
        (thrown: Error) => thrown,
      );
      return `${error.name}: ${error.message.replaceAll(id, 'ID')}`;
    };
    const theirs = ['oak@tenants-done', 'oak@tenants-held', 'oak@tenants-later', 'tenants-done'];
    for (const ask of Object.values(methods).flatMap((asks) => asks ?? [])) {
      const none = await toldOf(ask, stranger, 'oak@nothing-like-it');
      expect(none).toMatch(/^(Run|Schedule)NotFoundError: .*ID/);
      for (const id of [...theirs, 'oak@tenants-nightly', 'tenants-nightly'])
        expect(await toldOf(ask, stranger, id)).toBe(none);
      for (const id of ['oak@tenants-held', 'oak@tenants-later', 'oak@tenants-nightly'])
        expect(await toldOf(ask, inDefault, id)).toBe(none);
    }
    await expect(stranger.temporalClient()).rejects.toThrow(/a tenant is given no client/);
    await expect(stranger.temporal()).rejects.toThrow(/a tenant is given no client/);
    expect((await seenBy(oak)).waiting).toEqual(['oak@tenants-held']);
    expect((await oak.find('tenants-held')).id).toBe('oak@tenants-held');
    expect((await oak.schedules.find('tenants-nightly')).recent).toHaveLength(1);
    const webUi = (path: string) => `http://127.0.0.1/${path}`;
    const servers = async () => {
      const { stack, ...rest } = await session.servers();
      return { ...rest, stack: { ...stack, temporal: { ...stack.temporal, webUi } } };
    };
    const withUi = { ...session, servers };
    const [ofAll, ofOak] = [createRuns(withUi), createRuns(forTenant(withUi, 'oak'))];
    expect(await (await ofAll.find('oak@tenants-held')).webUrl()).toContain('tenants-held');
    expect(await (await ofOak.find('tenants-held')).webUrl()).toBeNull();
    expect(() => forTenant(session, 'oak@x')).toThrow(/cannot be called/);
  });

  it('has its own boards, for agents and people, whatever they are called', async () => {
    const board = 'tenants-plans';
    const work = (who: string) => planOf(`tasks: [{ id: one, prompt: "${who}: look at the board." }]`);
    const first = await oak.start({ plan: work('oak'), board }).then((run) => run.result());
    const second = await elm.start({ plan: work('elm'), board }).then((run) => run.result());
    const third = await inDefault.start({ plan: work('default'), board }).then((run) => run.result());
    for (const [result, who] of [
      [first, 'oak'],
      [second, 'elm'],
      [third, 'default'],
    ] as const) {
      const { output } = result.tasks['one']!;
      expect(output.match(/look at the board/g)).toHaveLength(1);
      expect(output).toContain(`${who}: look at the board`);
    }
    await expect(oak.start({ plan: one(), board: `elm@${board}` })).rejects.toThrow(/cannot be a board of this run/);
    await expect(oak.start({ plan: one(), board: `elm@none` })).rejects.toThrow(/cannot be a board of this run/);
    await expect(terminal.start({ plan: one(), board: `elm@${board}` })).rejects.toThrow(/cannot be a board/);
    const [ofAcme, ofDefault] = [forTenant(session, 'oak'), forTenant(session, 'default')];
    const boards = async (of: Session) => (await listIssues(of, {})).map((issue) => issue.board);
    expect(await boards(ofAcme)).toEqual([`oak@${board}`]);
    expect(await boards(ofDefault)).toEqual([board]);
    expect((await boards(session)).toSorted()).toEqual([`elm@${board}`, `oak@${board}`, board]);
    expect(await boardsWith(ofAcme, 1)).toEqual([`oak@${board}`]);
    expect((await showIssue(ofAcme, board, 1)).title).toContain('oak');
    const [theirs, none] = await Promise.allSettled([
      showIssue(ofAcme, `elm@${board}`, 1),
      showIssue(ofAcme, 'elm@none', 1),
    ]);
    expect(theirs).toMatchObject({ status: 'rejected', reason: { name: 'IssueError', reason: 'not-found' } });
    expect(theirs).toEqual(none);
    expect(await listIssues(ofAcme, { board: `elm@${board}` })).toEqual([]);
    const lines = { text: '{"id":"a","title":"From a file"}', name: 'issues.jsonl' };
    await importIssues(ofAcme, board, lines);
    const changes = [
      (of: Session, name: string) => importIssues(of, name, lines),
      (of: Session, name: string) => newIssue(of, { board: name, by: 'ann' }, { title: 'Mine' }),
      (of: Session, name: string) => commentOn(of, { board: name, number: 1, by: 'ann' }, 'Seen.'),
      (of: Session, name: string) =>
        changeIssue(of, { board: name, number: 1, by: 'ann' }, { change: { title: 'Mine' }, check: () => undefined }),
    ];
    for (const change of changes)
      for (const name of [`elm@${board}`, 'elm@none'])
        await expect(change(ofAcme, name)).rejects.toThrow(/cannot be called/);
    expect(await listIssues(ofAcme, {})).toHaveLength(2);
    expect(await listIssues(forTenant(session, 'elm'), {})).toHaveLength(1);
  });

  it('is not reached by a workflow that somebody starts past the client', async () => {
    const { client } = await session.connect();
    const { taskQueue } = env.settings;
    const elms = await elm.find('tenants-done');
    const hash = await session.store.runs.savePlan(one());
    const lineage = { kind: 'reuse', run: elms.id, runKey: elms.runKey, from: null, redo: [], only: null } as const;
    const evaluates = { ...one(), evaluates: { runId: elms.id, runKey: elms.runKey, checks: [] } };
    const inputs = [
      { plan: hash, board: 'elm@tenants-plans' },
      { plan: hash, board: 'tenants-plans' },
      { plan: hash, lineage },
      { plan: await session.store.runs.savePlan(evaluates) },
    ];
    const ends = inputs.map(async (input, index) => {
      const workflowId = `oak@tenants-past-${index}`;
      const handle = await client.workflow.start('orchestrate', { workflowId, taskQueue, args: [input] });
      return handle.result().then(
        () => 'ran',
        (error: { cause?: { message?: string } }) => error.cause?.message,
      );
    });
    for (const end of await Promise.all(ends))
      expect(end).toMatch(/is of another tenant than the run oak@tenants-past/);
  });
});
