import { randomUUID } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { planDefaults } from '../../src/domain/plan/plan.ts';
import type { Plan } from '../../src/domain/plan/plan.ts';
import type { Asking } from '../../src/gateway/call/asking.ts';
import type { Desk } from '../../src/gateway/call/desk.ts';
import { beginFresh, expectedOf } from '../../src/gateway/call/reserve.ts';
import { createRunFacts } from '../../src/gateway/call/run-facts.ts';
import { createTurns } from '../../src/gateway/call/turns.ts';
import type { CallTerms } from '../../src/store/gateway/begin-call.ts';
import { beginCall, findBegun } from '../../src/store/gateway/begin-call.ts';
import type { Claimant } from '../../src/store/gateway/calls.ts';
import { claimCall, forgetCall } from '../../src/store/gateway/calls.ts';
import { openScopes } from '../../src/store/journal/ledger.ts';
import { endToken, hashOfToken } from '../../src/store/gateway/tokens.ts';
import { streaming } from '../support/gateway/provider.ts';
import type { StoreRun } from '../support/store/store-run.ts';
import { asking, model, useGateway } from '../support/gateway/stage.ts';

const stage = useGateway();

async function stagedCall(plan: Partial<Plan> = {}) {
  const { run, grant, token } = await stage.attempt(plan);
  const { sql } = stage.store();
  const who = (): Claimant => ({ tokenHash: hashOfToken(token), gateway: 'none', owner: randomUUID() });
  const holderOf = ({ owner }: Claimant): CallTerms['holder'] => ({
    ...{ token: owner, host: 'h', pid: 1, workflowId: '', runId: '', activityId: 'a' },
  });
  const begin = (one: Claimant, content: string, scopes: string[] = []) =>
    beginCall(
      sql,
      one,
      { of: grant, content },
      {
        ...{ holder: holderOf(one), intent: {}, reserve: { nano: 1000, tokens: 100 }, scopes },
        event: { type: 'agent:invoke', taskId: 'one', agentName: 'worker', model, maxTokens: 10 },
      },
    );
  return { run, grant, token, who, holderOf, begin };
}

/** A desk that does not hear what came of its first call's beginning. */
async function unhearing(run: StoreRun) {
  const store = stage.store();
  let lost = 0;
  const query = async (text: string, values: unknown[]): Promise<unknown> => {
    const found = await store.sql.query(text, values);
    if (!text.includes('insert into gateway_calls') || lost > 0) return found;
    lost++;
    throw new Error('the word was lost');
  };
  const facts = await createRunFacts(store)(run.runKey);
  const desk = {
    store: { ...store, sql: { query } },
    ...{ self: { id: 'none', host: 'h', machine: 'm' }, turns: createTurns(), factsOf: () => Promise.resolve(facts) },
  };
  return { desk: desk as unknown as Desk, lost: () => lost };
}

describe('a call that nobody has asked for', () => {
  it('is claimed and held back for at once, told in the story, and numbered within its attempt', async () => {
    const { run, grant, who, begin } = await stagedCall();
    expect(await begin(who(), 'first')).toMatchObject({ no: grant.no, key: 'one~1/1/0', turn: 1 });
    expect(await begin(who(), 'second')).toMatchObject({ key: 'one~1/2/0', turn: 2 });
    expect((await stage.money(run)).held).toBe(2000);
    const told = (await stage.store().events.list(run.runKey)).filter(({ type }) => type === 'agent:invoke');
    expect(told).toMatchObject([
      { taskId: 'one', turn: 1 },
      { taskId: 'one', turn: 2 },
    ]);
  });

  it('is begun once, however often it is asked for at the same moment', async () => {
    const { run, who, begin } = await stagedCall();
    const same = await Promise.all(Array.from({ length: 8 }, () => begin(who(), 'same')));
    expect(same.filter((each) => each !== undefined)).toHaveLength(1);
    const others = await Promise.all(Array.from({ length: 8 }, (_each, index) => begin(who(), `other ${index}`)));
    const begun = others.flatMap((each) => each ?? []);
    expect(new Set(begun.map(({ key }) => key)).size).toBe(begun.length);
    expect((await stage.money(run)).held).toBe(1000 * (1 + begun.length));
  });

  it('is not taken for lost by who did not hear that it was begun: what was held back is held once', async () => {
    const { run, grant, who, holderOf, begin } = await stagedCall();
    const one = who();
    const begun = await begin(one, 'same');
    const claim = await claimCall(stage.store().sql, one, { of: grant, content: 'same' });
    expect(claim).toEqual({ state: 'mine', call: begun, lost: null });
    const intent = { no: grant.no, key: begun!.key, holder: holderOf(one), message: null, intent: {}, events: [] };
    const again = await stage.store().journal.beginModel({ ...intent, reserve: { nano: 1000, tokens: 100 } });
    expect(again.state).toBe('resumed');
    expect((await stage.money(run)).held).toBe(1000);
  });

  it('holds nothing once its gateway did not hear that it was begun, and is begun anew by whoever asks again', async () => {
    await stage.gateway();
    const { run, grant, token, ask } = await stage.attempt();
    const { desk, lost } = await unhearing(run);
    const one = { tokenHash: hashOfToken(token), gateway: 'none', owner: randomUUID() };
    const read = { model, answers: 1, maxTokens: 10, inputTokens: 90, cachesForHour: false };
    const call = {
      grant,
      runKey: run.runKey,
      tokenHash: one.tokenHash,
      content: 'same',
      read,
      provider: { name: 'p' },
    };
    const terms = await expectedOf(desk, call as unknown as Asking);
    await expect(beginFresh(desk, call as unknown as Asking, one, terms)).rejects.toThrow('the word was lost');
    expect(lost()).toBe(1);
    expect(await stage.money(run)).toMatchObject({ nano: 0, held: 0 });
    expect(await findBegun(stage.store().sql, grant.no, one.owner)).toBeUndefined();
    stage.provider().answerWith(streaming('Fine.', { input: 40, output: 8 }));
    expect(await (await ask(asking('Question'))).text()).toContain('Fine.');
    expect(await stage.money(run)).toMatchObject({ tokens: 48, held: 0 });
  });

  it('whose number was had before by one of which nothing came is left to be claimed', async () => {
    const { who, begin } = await stagedCall();
    const store = stage.store();
    const one = (await begin(who(), 'first'))!;
    await store.journal.drop(one.no, one.key, one.owner);
    await forgetCall(store.sql, one);
    expect(await begin(who(), 'next')).toBeUndefined();
  });
});

describe('a call that counts to limits below its run’s', () => {
  const heldOf = async (no: number): Promise<number[]> => {
    const text = 'select reserved_nano as nano from ledger where run_no = $1 order by scope';
    return (await stage.store().sql.query<{ nano: number }>(text, [no])).rows.map(({ nano }) => nano);
  };

  it('is begun below all of them, or below none: as many at once as fit', async () => {
    const { run, grant, who, begin } = await stagedCall();
    const scopes = ['agent/worker', 'task/one'];
    expect(await begin(who(), 'before they are known', scopes)).toBeUndefined();
    const limitOf = (scope: string, limitNano: number) => ({ scope, limitNano, limitTokens: null });
    await openScopes(stage.store().sql, grant.no, [limitOf(scopes[0]!, 1e9), limitOf(scopes[1]!, 4500)]);
    const asked: string[] = [];
    for (let round = 0; round < 3; round++) {
      const begun = Array.from({ length: 6 }, (_each, index) => begin(who(), `${round}/${index}`, scopes));
      asked.push(...(await Promise.all(begun)).flatMap((call) => call?.key ?? []));
    }
    expect(asked.length).toBeGreaterThan(0);
    expect(asked.length).toBeLessThanOrEqual(4);
    expect(await heldOf(grant.no)).toEqual([1000 * asked.length, 1000 * asked.length]);
    expect((await stage.money(run)).held).toBe(1000 * asked.length);
    while (await begin(who(), `one more ${asked.length}`, scopes)) asked.push('one');
    expect(asked).toHaveLength(4);
    await stage.store().journal.drop(grant.no, asked[0]!, (await ownerOf(grant.no, asked[0]!))!);
    expect(await heldOf(grant.no)).toEqual([3000, 3000]);
  });
});

async function ownerOf(no: number, key: string): Promise<string | undefined> {
  const text = 'select owner from journal where run_no = $1 and key = $2';
  return (await stage.store().sql.query<{ owner: string }>(text, [no, key])).rows[0]?.owner;
}

describe('nothing is written of a call', () => {
  const limits = planDefaults.limits;
  const cases: [name: string, hinder: (call: Awaited<ReturnType<typeof stagedCall>>) => Promise<unknown>][] = [
    ['whose token has ended', ({ token }) => endToken(stage.store().sql, token)],
    ['whose run stands still', ({ run }) => change(run.runKey, `status = 'paused'`)],
    ['whose run has ended', ({ run }) => change(run.runKey, 'ended_at = now()')],
    ['that costs more than there is', ({ run }) => change(run.runKey, 'limit_nano = 10')],
    ['that uses more tokens than there are', ({ run }) => change(run.runKey, 'limit_tokens = 10')],
    ['whose run may spend so much within a minute', ({ run }) => change(run.runKey, 'limit_nano_per_minute = 100000')],
    [
      'before which others wait',
      async ({ run, grant }) => {
        await change(run.runKey, 'has_waiting = true');
        const text = `insert into waiting_calls (run_no, key, counts, blocked, nano, tokens, workflow_id, keeps_until)
          values ($1, 'other', '{run}', '{run}', 1, 1, '', now() + interval '1 minute')`;
        await stage.store().sql.query(text, [grant.no]);
      },
    ],
    [
      'of a run that is cancelled',
      ({ run }) =>
        stage.store().events.append(run.runKey, [{ key: 'cancelled', type: 'run:cancelled', reason: 'enough' }]),
    ],
  ];
  const change = (runKey: string, what: string) =>
    stage.store().sql.query(`update runs set ${what} where run_key = $1`, [runKey]);
  it.each(cases)('%s', async (_name, hinder) => {
    const call = await stagedCall({ limits });
    await hinder(call);
    expect(await call.begin(call.who(), 'any')).toBeUndefined();
    const { rows } = await stage
      .store()
      .sql.query(`select 1 from gateway_calls where run_no = $1 union all select 1 from journal where run_no = $1`, [
        call.grant.no,
      ]);
    expect(rows).toEqual([]);
    expect((await stage.money(call.run)).held).toBe(0);
  });
});

it('calls of one attempt that come at once are each made once, and each is billed', async () => {
  await stage.gateway();
  const { run, ask } = await stage.attempt();
  stage.provider().answerWith(streaming('Fine.', { input: 40, output: 8 }));
  const answers = await Promise.all(Array.from({ length: 12 }, (_each, index) => ask(asking(`Question ${index}`))));
  for (const answer of answers) expect(await answer.text()).toContain('Fine.');
  expect(stage.provider().asked).toHaveLength(12);
  expect(await stage.money(run)).toMatchObject({ tokens: 12 * 48, held: 0 });
});
