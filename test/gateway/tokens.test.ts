import { describe, expect, it } from 'vitest';
import { planDefaults } from '../../src/domain/plan/plan.ts';
import { findRefusal } from '../../src/store/gateway/calls.ts';
import { endToken, issueToken } from '../../src/store/gateway/tokens.ts';
import { streaming } from '../support/gateway/provider.ts';
import { asking, useGateway } from '../support/gateway/stage.ts';

const stage = useGateway();

describe('the token of a session', () => {
  it('is ended by its own session alone: one that comes to its end late leaves the next one’s', async () => {
    await stage.gateway();
    const { grant, token, ask } = await stage.attempt();
    const next = (await issueToken(stage.store(), grant))!;
    await endToken(stage.store().sql, token);
    stage.provider().answerWith(streaming('Still here.'));
    expect((await ask(asking('Hi'), { headers: { 'x-api-key': next } })).status).toBe(200);
  });

  it('is one: of those that are made at once the last one is good, and so is it of all attempts of a task', async () => {
    await stage.gateway();
    const { grant, token, ask } = await stage.attempt();
    const others = await Promise.all(Array.from({ length: 8 }, () => issueToken(stage.store(), grant)));
    const after = await issueToken(stage.store(), { ...grant, attempt: 2 });
    const good = async (): Promise<number> => {
      const text = 'select 1 from gateway_tokens where run_no = $1 and ended_at is null';
      return (await stage.store().sql.query(text, [grant.no])).rows.length;
    };
    expect(await good()).toBe(1);
    const answers = await Promise.all(
      [token, ...others].map((each) => ask(asking('Hi'), { headers: { 'x-api-key': each! } })),
    );
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([401]));
    await endToken(stage.store().sql, after!);
    expect(await good()).toBe(0);
  });

  it('is not made for a session that somebody else has by now', async () => {
    const { run, grant } = await stage.attempt();
    const { journal } = stage.store();
    const holder = { token: 'first', host: 'h', pid: 1, workflowId: 'w', runId: 'r', activityId: 'a' };
    const row = { no: run.frozen.no, key: 'one~1/1/0/session', events: [] };
    await journal.beginTool({ ...row, holder });
    expect(await issueToken(stage.store(), grant, { key: row.key, owner: 'first' })).not.toBeNull();
    await journal.beginTool({ ...row, holder: { ...holder, token: 'second' } });
    const mine = await issueToken(stage.store(), grant, { key: row.key, owner: 'second' });
    expect(await issueToken(stage.store(), grant, { key: row.key, owner: 'first' })).toBeNull();
    const { rows } = await stage
      .store()
      .sql.query('select 1 from gateway_tokens where run_no = $1 and ended_at is null', [run.frozen.no]);
    expect([mine, rows.length]).toEqual([expect.any(String), 1]);
  });
});

describe('why a session ended', () => {
  it('is what was refused to it, and not to one before, nor what went through later', async () => {
    await stage.gateway();
    const limits = { ...planDefaults.limits, perTask: { usd: null, tokens: 50 } };
    const { run, grant, token, ask } = await stage.attempt({ limits });
    const { sql } = stage.store();
    stage.provider().answerWith(streaming('Fine.'));
    expect((await ask(asking('Hi'))).status).toBe(402);
    expect(await findRefusal(sql, grant, token)).toMatchObject({ kind: 'budget' });
    const next = (await issueToken(stage.store(), grant))!;
    expect(await findRefusal(sql, grant, next)).toBeNull();
    const asNext = { headers: { 'x-api-key': next } };
    expect((await ask(asking('Hi'), asNext)).status).toBe(402);
    expect(await findRefusal(sql, grant, next)).toMatchObject({ kind: 'budget' });
    expect((await ask(asking('Or this'), asNext)).status).toBe(402);
    await sql.query('update ledger set limit_tokens = 5000 where run_no = $1', [run.frozen.no]);
    const answer = await ask(asking('Or this'), asNext);
    expect(answer.status).toBe(200);
    await answer.text();
    expect(await findRefusal(sql, grant, next)).toBeNull();
  });
});
