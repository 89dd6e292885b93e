import { describe, expect, it } from 'vitest';
import { finishRun } from '../../src/activities/run/finish-run.ts';
import { until } from '../support/base/until.ts';
import type { Answering } from '../support/gateway/provider.ts';
import { messageEvents } from '../support/gateway/provider.ts';
import { asking, useGateway } from '../support/gateway/stage.ts';

const stage = useGateway();
type Attempt = Awaited<ReturnType<typeof stage.attempt>>;

const [first, ...others] = messageEvents('To the end.', { input: 40, output: 8 });

/** Streams its first event, and what is left when it is told to. */
function held(left: (response: Parameters<Answering>[0]) => void): { answering: Answering; goOn: () => void } {
  let goOn = (): void => undefined;
  const told = new Promise<void>((resolve) => (goOn = resolve));
  return {
    async answering(response) {
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      response.write(first);
      await told;
      left(response);
    },
    goOn: () => goOn(),
  };
}

const finish = ({ run }: Attempt) =>
  finishRun({ store: stage.store() }, run.frozen, {
    ...{ runId: run.frozen.runId, runKey: run.runKey, workflow: 'w', stop: null, durationMs: 1 },
    ...{ tasks: [], compensations: [], last: null },
  });

describe('a call that is under way when its run ends', () => {
  it('stands in its result: the end waits for it, and nothing begins meanwhile', async () => {
    await stage.gateway();
    const attempt = await stage.attempt();
    const call = held((response) => void response.end(others.join('')));
    stage.provider().answerWith(call.answering);
    const answer = await attempt.ask(asking('Hi'));
    const finished = finish(attempt);
    await until('its token to be ended', async () => (await attempt.ask(asking('More'))).status === 401);
    call.goOn();
    expect(await answer.text()).toContain('end.');
    const { summary } = await finished;
    expect(summary).toMatchObject({ totalTokens: 48, costUsd: (40 * 1000 + 8 * 5000) / 1e9 });
    expect(await stage.money(attempt.run)).toEqual({ nano: 40 * 1000 + 8 * 5000, tokens: 48, held: 0 });
    expect(stage.provider().asked).toHaveLength(1);
  });

  it.each([
    ['comes whole', (response: Parameters<Answering>[0]) => void response.end(others.join('')), 48],
    ['breaks off', (response: Parameters<Answering>[0]) => void response.destroy(), 1040],
  ])('and %s behind that, is in the ledger', async (_what, left, tokens) => {
    const gateway = await stage.gateway();
    const attempt = await stage.attempt();
    const call = held(left);
    stage.provider().answerWith(call.answering);
    const answer = await attempt.ask(asking('Hi'));
    await stage.store().sql.query('update runs set ended_at = now() where no = $1', [attempt.run.frozen.no]);
    call.goOn();
    await answer.text().catch(() => undefined);
    await until('the call to end', () => gateway.figures().open === 0);
    expect(await stage.money(attempt.run)).toMatchObject({ tokens, held: 0 });
  });
});
