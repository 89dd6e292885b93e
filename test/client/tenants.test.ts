import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createRuns } from '../../src/client/create-runs.ts';
import { openPlace } from '../../src/client/connection/open-place.ts';
import type { Session } from '../../src/client/connection/session.ts';
import { forTenant } from '../../src/client/connection/tenant-session.ts';
import type { Runs } from '../../src/client/index.ts';
import { boardsWith, importIssues, listIssues, showIssue } from '../../src/client/issues.ts';
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
  let acme: Runs;
  let zeta: Runs;
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
    acme = createRuns(forTenant(session, 'acme'));
    zeta = createRuns(forTenant(session, 'zeta'));
    inDefault = createRuns(forTenant(session, 'default'));
    terminal = createRuns(session);
  });
  afterAll(async () => {
    await acme.close();
    // It was a view: the session goes on.
    expect(await terminal.list({ limit: 1 })).toHaveLength(1);
    await session.close();
    await env.close();
  });

  const seenBy = async (runs: Runs) => ({
    runs: (await runs.list({ limit: 100 })).map(({ runId }) => runId).toSorted(),
    pages: (await runs.page()).runs.map(({ runId }) => runId).toSorted(),
    waiting: (await runs.waiting()).map(({ runId }) => runId).toSorted(),
    schedules: (await runs.schedules.list()).map(({ name }) => name).toSorted(),
  });

  it('each has its own runs, schedules and things that wait, under the same names as another', async () => {
    const nobody = { runs: [], pages: [], waiting: [], schedules: [] };
    expect(await seenBy(acme)).toEqual(nobody);
    const done = await acme.start({ id: 'tenants-done', plan: one() });
    await done.result();
    const held = await acme.start({ id: 'tenants-held', plan: asked() });
    await reach(held, 'approval:requested');
    await acme.start({ id: 'tenants-later', plan: one(), at: new Date(Date.now() + 7_200_000) });
    await acme.schedules.add({ name: 'tenants-nightly', plan: one(), ...timing });
    const own = ['acme@tenants-done', 'acme@tenants-held', 'acme@tenants-later'];
    await expect
      .poll(() => seenBy(acme))
      .toEqual({
        ...{ runs: own, pages: own },
        ...{ waiting: ['acme@tenants-held'], schedules: ['acme@tenants-nightly'] },
      });
    for (const other of [zeta, inDefault]) expect(await seenBy(other)).toEqual(nobody);
    expect(await seenBy(terminal)).toEqual(await seenBy(acme));

    const twin = await zeta.start({ id: 'tenants-done', plan: one() });
    await twin.result();
    expect(twin.id).toBe('zeta@tenants-done');
    await zeta.schedules.add({ name: 'tenants-nightly', plan: one(), ...timing });
    await inDefault.start({ id: 'tenants-done', plan: one() }).then((run) => run.result());
    expect((await seenBy(zeta)).runs).toEqual(['zeta@tenants-done']);
    expect((await seenBy(inDefault)).runs).toEqual(['tenants-done']);
    await zeta.schedules.remove('tenants-nightly');
    expect((await seenBy(acme)).schedules).toEqual(['acme@tenants-nightly']);
    await expect(acme.start({ id: 'tenants-done', plan: one() })).rejects.toMatchObject({ name: 'RunExistsError' });
  });

  it('finds by its own names what goes on from what it has, and so does the terminal for it', async () => {
    expect((await acme.find('tenants-done')).id).toBe('acme@tenants-done');
    expect((await acme.find('acme@tenants-done')).id).toBe('acme@tenants-done');
    await expect(acme.rollback('tenants-doen')).rejects.toThrow('Did you mean tenants-done?');
    const again = await acme.fork('tenants-done', { id: 'tenants-fork', from: 'one' });
    expect(again.id).toBe('acme@tenants-fork');
    await again.result();
    const byHand = await terminal.fork('acme@tenants-done', { id: 'tenants-by-hand', from: 'one' });
    expect(byHand.id).toBe('acme@tenants-by-hand');
    await byHand.result();
    const reused = await terminal.start({ id: 'tenants-reused', plan: one(), reuse: 'acme@tenants-done' });
    expect(reused.id).toBe('acme@tenants-reused');
    expect((await reused.result()).tasks['one']?.status).toBe('reused');
    expect((await acme.compare('tenants-done', 'tenants-fork')).runs).toBeDefined();
    expect((await acme.evaluate('tenants-done')).by).toMatch(/^acme@tenants-done-evaluation-/);
    const fired = await acme.schedules.trigger('tenants-nightly');
    expect(fired).toMatch(/^acme@tenants-nightly-/);
    expect((await (await acme.find(fired)).result()).status).toBe('succeeded');
  });

  /** What each method is asked about something of somebody else's; null: it is asked about nothing by name. */
  const methods: { [Method in Exclude<keyof Runs, symbol>]: ((runs: Runs, id: string) => Promise<unknown>)[] | null } =
    {
      start: [(runs, id) => runs.start({ plan: one(), reuse: id })],
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
    const theirs = ['acme@tenants-done', 'acme@tenants-held', 'acme@tenants-later', 'tenants-done'];
    for (const ask of Object.values(methods).flatMap((asks) => asks ?? [])) {
      const none = await toldOf(ask, stranger, 'acme@nothing-like-it');
      expect(none).toMatch(/^(Run|Schedule)NotFoundError: .*ID/);
      for (const id of [...theirs, 'acme@tenants-nightly', 'tenants-nightly'])
        expect(await toldOf(ask, stranger, id)).toBe(none);
      for (const id of ['acme@tenants-held', 'acme@tenants-later', 'acme@tenants-nightly'])
        expect(await toldOf(ask, inDefault, id)).toBe(none);
    }
    await expect(stranger.temporalClient()).rejects.toThrow(/a tenant is given no client/);
    await expect(stranger.temporal()).rejects.toThrow(/a tenant is given no client/);
    expect((await seenBy(acme)).waiting).toEqual(['acme@tenants-held']);
    expect((await acme.find('tenants-held')).id).toBe('acme@tenants-held');
    expect((await acme.schedules.find('tenants-nightly')).recent).toHaveLength(1);
    expect(() => forTenant(session, 'acme@x')).toThrow(/cannot be called/);
  });

  it('has its own boards, for agents and people, whatever they are called', async () => {
    const board = 'tenants-plans';
    const work = (who: string) => planOf(`tasks: [{ id: one, prompt: "${who}: look at the board." }]`);
    const first = await acme.start({ plan: work('acme'), board }).then((run) => run.result());
    const second = await zeta.start({ plan: work('zeta'), board }).then((run) => run.result());
    const third = await inDefault.start({ plan: work('default'), board }).then((run) => run.result());
    for (const [result, who] of [
      [first, 'acme'],
      [second, 'zeta'],
      [third, 'default'],
    ] as const) {
      const { output } = result.tasks['one']!;
      expect(output.match(/look at the board/g)).toHaveLength(1);
      expect(output).toContain(`${who}: look at the board`);
    }
    await expect(acme.start({ plan: one(), board: `zeta@${board}` })).rejects.toThrow(/cannot be a board of this run/);
    await expect(acme.start({ plan: one(), board: `zeta@none` })).rejects.toThrow(/cannot be a board of this run/);
    await expect(terminal.start({ plan: one(), board: `zeta@${board}` })).rejects.toThrow(/cannot be a board/);
    const [ofAcme, ofDefault] = [forTenant(session, 'acme'), forTenant(session, 'default')];
    const boards = async (of: Session) => (await listIssues(of, {})).map((issue) => issue.board);
    expect(await boards(ofAcme)).toEqual([`acme@${board}`]);
    expect(await boards(ofDefault)).toEqual([board]);
    expect((await boards(session)).toSorted()).toEqual([`acme@${board}`, board, `zeta@${board}`]);
    expect(await boardsWith(ofAcme, 1)).toEqual([`acme@${board}`]);
    expect((await showIssue(ofAcme, board, 1)).title).toContain('acme');
    const [theirs, none] = await Promise.allSettled([
      showIssue(ofAcme, `zeta@${board}`, 1),
      showIssue(ofAcme, 'zeta@none', 1),
    ]);
    expect(theirs).toMatchObject({ status: 'rejected', reason: { name: 'IssueError', reason: 'not-found' } });
    expect(theirs).toEqual(none);
    expect(await listIssues(ofAcme, { board: `zeta@${board}` })).toEqual([]);
    const lines = { text: '{"id":"a","title":"From a file"}', name: 'issues.jsonl' };
    await importIssues(ofAcme, board, lines);
    await expect(importIssues(ofAcme, `zeta@${board}`, lines)).rejects.toThrow(/cannot be called/);
    expect(await listIssues(ofAcme, {})).toHaveLength(2);
    expect(await listIssues(forTenant(session, 'zeta'), {})).toHaveLength(1);
  });

  it('is not reached by a workflow that somebody starts past the client', async () => {
    const { client } = await session.connect();
    const { taskQueue } = env.settings;
    const zetas = await zeta.find('tenants-done');
    const hash = await session.store.runs.savePlan(one());
    const lineage = { kind: 'reuse', run: zetas.id, runKey: zetas.runKey, from: null, redo: [], only: null } as const;
    const evaluates = { ...one(), evaluates: { runId: zetas.id, runKey: zetas.runKey, checks: [] } };
    const inputs = [
      { plan: hash, board: 'zeta@tenants-plans' },
      { plan: hash, board: 'tenants-plans' },
      { plan: hash, lineage },
      { plan: await session.store.runs.savePlan(evaluates) },
    ];
    const ends = inputs.map(async (input, index) => {
      const workflowId = `acme@tenants-past-${index}`;
      const handle = await client.workflow.start('orchestrate', { workflowId, taskQueue, args: [input] });
      return handle.result().then(
        () => 'ran',
        (error: { cause?: { message?: string } }) => error.cause?.message,
      );
    });
    for (const end of await Promise.all(ends))
      expect(end).toMatch(/is of another tenant than the run acme@tenants-past/);
  });
});
