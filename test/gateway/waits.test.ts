import { describe, expect, it } from 'vitest';
import { planDefaults } from '../../src/domain/plan/plan.ts';
import { endToken } from '../../src/store/gateway/tokens.ts';
import { until } from '../support/base/until.ts';
import { streaming } from '../support/gateway/provider.ts';
import { asking, useGateway } from '../support/gateway/stage.ts';

const stage = useGateway();
type Attempt = Awaited<ReturnType<typeof stage.attempt>>;

const setStatus = ({ run }: Attempt, status: string): Promise<unknown> =>
  stage.store().sql.query('update runs set status = $2 where no = $1', [run.frozen.no, status]);
const cancel = ({ run }: Attempt): Promise<unknown> =>
  stage
    .store()
    .events.append(run.runKey, [{ key: 'cancelled', type: 'run:cancelled', by: 'me', reason: 'x' } as never]);

const ends = [
  { name: 'was cancelled', does: cancel, status: 403 },
  { name: 'has no attempt any more', does: ({ token }: Attempt) => endToken(stage.store().sql, token), status: 401 },
  { name: 'was paused, and goes on later', does: (each: Attempt) => setStatus(each, 'pausing'), status: 200 },
];

async function openCalls({ run }: Attempt): Promise<number> {
  const text = `select 1 from gateway_calls where run_no = $1 and state = 'open'`;
  return (await stage.store().sql.query(text, [run.frozen.no])).rows.length;
}

/** Whether a call of a run that stands still was put back, and has not begun; then the run goes on. */
async function goOn(attempt: Attempt, asked: number): Promise<void> {
  await until('the call to be put back', async () => (await openCalls(attempt)) === 0);
  expect(stage.provider().asked).toHaveLength(asked);
  await setStatus(attempt, 'running');
}

describe.each(ends)('of a run that $name', ({ does, status }) => {
  it.each([
    ['its turn', 429, { 'retry-after': '1' }],
    ['its next try', 500, {}],
  ])('a call that waits for %s does not begin', async (_what, refusedWith, headers) => {
    await stage.gateway();
    const attempt = await stage.attempt();
    stage.provider().answerWith(async (response) => {
      stage.provider().answerWith(streaming('Later.'));
      await does(attempt);
      response.writeHead(refusedWith, headers).end('{}');
    });
    const answer = attempt.ask(asking('Hi'));
    await until('the first try', () => stage.provider().asked.length > 0);
    if (status === 200) await goOn(attempt, 1);
    expect((await answer).status).toBe(status);
    await (await answer).text();
    expect(stage.provider().asked).toHaveLength(status === 200 ? 2 : 1);
    expect((await stage.money(attempt.run)).held).toBe(0);
  });

  it('a call that waits for money does not begin', async () => {
    await stage.gateway();
    const attempt = await stage.attempt({ limits: { ...planDefaults.limits, perTask: { usd: null, tokens: 2500 } } });
    let answerFirst = (): void => undefined;
    stage.provider().answerWith((response, asked) => {
      answerFirst = () => void streaming('First.')(response, asked);
    });
    const first = attempt.ask(asking('One', { max_tokens: 1500 }));
    await until('the first call', () => stage.provider().asked.length === 1);
    const second = attempt.ask(asking('Two', { max_tokens: 1500 }));
    const waiting = (): Promise<number> =>
      stage
        .store()
        .sql.query('select 1 from waiting_calls where run_no = $1', [attempt.run.frozen.no])
        .then(({ rows }) => rows.length);
    await until('the second to wait', async () => (await waiting()) === 1);
    await does(attempt);
    stage.provider().answerWith(streaming('Second.'));
    answerFirst();
    expect((await first).status).toBe(200);
    await (await first).text();
    if (status === 200) await goOn(attempt, 1);
    expect((await second).status).toBe(status);
    await (await second).text();
    expect(stage.provider().asked).toHaveLength(status === 200 ? 2 : 1);
    // Nobody waits behind one that is gone.
    expect([await waiting(), (await stage.money(attempt.run)).held]).toEqual([0, 0]);
  });
});

describe('a count of tokens', () => {
  const counting = { path: '/v1/messages/count_tokens' };

  it.each(ends.filter(({ status }) => status !== 200))('of a run that $name is refused', async ({ does, status }) => {
    await stage.gateway();
    const attempt = await stage.attempt();
    stage.provider().answerWith((response) => void response.end('{"input_tokens":3}'));
    // Its token is known to be good, and kept in mind as that.
    expect((await attempt.ask(asking('Hi'), counting)).status).toBe(200);
    await does(attempt);
    expect((await attempt.ask(asking('Hi'), counting)).status).toBe(status);
    expect(stage.provider().asked).toHaveLength(1);
  });

  it('waits until its run goes on', async () => {
    await stage.gateway();
    const attempt = await stage.attempt();
    stage.provider().answerWith((response) => void response.end('{"input_tokens":3}'));
    await setStatus(attempt, 'paused');
    const answer = attempt.ask(asking('Hi'), counting);
    // Known to be looked at by now: another one, of a run that goes on, has passed.
    expect((await (await stage.attempt()).ask(asking('Hi'), counting)).status).toBe(200);
    expect(stage.provider().asked).toHaveLength(1);
    await setStatus(attempt, 'running');
    expect((await answer).status).toBe(200);
  });

  it('keeps to the account’s rate', async () => {
    await stage.gateway();
    const { ask } = await stage.attempt();
    // Longer than a call waits on its line.
    stage.provider().answerWith((response) => void response.writeHead(429, { 'retry-after': '900' }).end('{}'));
    expect((await ask(asking('Hi'))).status).toBe(429);
    const answer = await ask(asking('Hi'), counting);
    expect([answer.status, Number(answer.headers.get('retry-after')) > 600]).toEqual([429, true]);
    expect(stage.provider().asked).toHaveLength(1);
  });
});
