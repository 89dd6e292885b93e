import { describe, expect, it } from 'vitest';
import { planDefaults } from '../../src/domain/plan/plan.ts';
import { findRefusal } from '../../src/store/gateway/calls.ts';
import { endToken, issueToken } from '../../src/store/gateway/tokens.ts';
import { streaming } from '../support/gateway/provider.ts';
import { asking, useGateway } from '../support/gateway/stage.ts';

const stage = useGateway();

describe('a limit', () => {
  it('holds for twenty calls at once: what goes over it waits, then is refused in the provider’s own form', async () => {
    await stage.gateway();
    // A call holds back about 2,000 tokens and uses 600.
    const limits = { ...planDefaults.limits, perTask: { usd: null, tokens: 6000 } };
    const { run, grant, token, ask } = await stage.attempt({ limits });
    stage.provider().answerWith(streaming('Used.', { input: 500, output: 100 }));
    const answers = await Promise.all(
      Array.from({ length: 20 }, async (_each, index) => {
        const answer = await ask(asking(`Question ${index}`, { max_tokens: 1900 }));
        return { status: answer.status, body: await answer.text(), retry: answer.headers.get('x-should-retry') };
      }),
    );
    const paid = answers.filter(({ status }) => status === 200);
    const refused = answers.filter(({ status }) => status !== 200);
    const { tokens, held } = await stage.money(run);
    expect({ tokens, held }).toEqual({ tokens: 600 * paid.length, held: 0 });
    expect(paid.length).toBe(stage.provider().asked.length);
    expect(tokens).toBeLessThanOrEqual(6000);
    expect(tokens).toBeGreaterThan(3000);
    expect(refused.length).toBeGreaterThan(0);
    for (const { status, body, retry } of refused) {
      expect([status, retry]).toEqual([402, 'false']);
      expect(JSON.parse(body)).toMatchObject({ type: 'error', error: { type: 'billing_error' } });
    }
    expect(await findRefusal(stage.store().sql, grant, token)).toMatchObject({
      ...{ kind: 'budget', limit: { scope: 'task/one', unit: 'tokens', limit: 6000, freeAt: null } },
    });
    expect(await stage.story(run)).toContain('budget:exceeded');
  });

  it('that was raised lets the same request through', async () => {
    await stage.gateway();
    const limits = { ...planDefaults.limits, perTask: { usd: null, tokens: 50 } };
    const { run, ask } = await stage.attempt({ limits });
    stage.provider().answerWith(streaming('Fine.'));
    expect((await ask(asking('Hi'))).status).toBe(402);
    await stage.store().sql.query('update ledger set limit_tokens = 5000 where run_no = $1', [run.frozen.no]);
    expect((await ask(asking('Hi'))).status).toBe(200);
  });

  it('on the wire of OpenAI has its form, with a status that is not tried again', async () => {
    await stage.gateway();
    const { ask } = await stage.attempt({ limits: { ...planDefaults.limits, perTask: { usd: null, tokens: 50 } } });
    const answer = await ask({ model: 'gpt-5', input: 'Hi' }, { path: '/v1/responses' });
    expect(answer.status).toBe(400);
    expect(await answer.json()).toMatchObject({ error: { type: 'insufficient_quota', code: 'insufficient_quota' } });
  });
});

describe('nothing begins', () => {
  it.each([['cancelled', { key: 'cancelled', type: 'run:cancelled', by: 'me', reason: 'enough' }]])(
    'in a run that is %s',
    async (_name, event) => {
      await stage.gateway();
      const { run, grant, token, ask } = await stage.attempt();
      await stage.store().events.append(run.runKey, [event as never]);
      expect((await ask(asking('Hi'))).status).toBe(403);
      expect(stage.provider().asked).toHaveLength(0);
      expect(await findRefusal(stage.store().sql, grant, token)).toEqual({ kind: 'cancelled' });
    },
  );

  it('in a run that is paused, until it goes on', async () => {
    await stage.gateway();
    const { run, ask } = await stage.attempt();
    stage.provider().answerWith(streaming('On again.'));
    const setStatus = (status: string) =>
      stage.store().sql.query('update runs set status = $2 where no = $1', [run.frozen.no, status]);
    await setStatus('paused');
    const waits = ask(asking('Hi'));
    // Known to be looked at by now: another one, of a run that goes on, has passed.
    const other = await stage.attempt();
    expect((await other.ask(asking('Hi'))).status).toBe(200);
    expect(stage.provider().asked).toHaveLength(1);
    await setStatus('running');
    expect((await waits).status).toBe(200);
    expect(stage.provider().asked).toHaveLength(2);
  });

  it('with a token that has ended, is another attempt’s, was replaced, or is none', async () => {
    const gateway = await stage.gateway();
    const sql = stage.store().sql;
    stage.provider().answerWith(streaming('No.'));
    const ended = await stage.attempt();
    await endToken(sql, ended.token);
    const replaced = await stage.attempt();
    await issueToken(stage.store(), replaced.grant);
    const over = await stage.attempt();
    await sql.query('update runs set ended_at = now() where no = $1', [over.run.frozen.no]);
    const mine = await stage.attempt();
    const stranger = { headers: { 'x-api-key': (await stage.attempt()).token } };
    const none = { headers: { 'x-api-key': 'sk-ant-guess' } };
    const answers = [
      await ended.ask(asking('Hi')),
      await replaced.ask(asking('Hi')),
      await over.ask(asking('Hi')),
      await mine.ask(asking('Hi'), stranger),
      await mine.ask(asking('Hi'), none),
    ];
    expect(answers.map(({ status }) => status)).toEqual([401, 401, 401, 401, 401]);
    expect(stage.provider().asked).toHaveLength(0);
    expect(gateway.figures()).toMatchObject({ calls: 0, open: 0 });
  });

  it('of a model that the attempt may not ask, or of what is no request', async () => {
    await stage.gateway();
    const { ask } = await stage.attempt();
    expect((await ask(asking('Hi', { model: 'claude-opus-4-7' }))).status).toBe(404);
    expect((await ask('{"model":')).status).toBe(400);
    expect((await ask('[]')).status).toBe(400);
    expect((await ask(asking('Hi'), { path: '/v1/complete' })).status).toBe(404);
    expect((await ask(JSON.stringify({ model: 'x', text: 'x'.repeat(33 * 1024 * 1024) }))).status).toBe(413);
    expect(stage.provider().asked).toHaveLength(0);
  });
});
