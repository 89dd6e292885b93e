import { describe, expect, it } from 'vitest';
import { patient } from '../support/base/patience.ts';
import { until } from '../support/base/until.ts';
import { heldAnswer, heldEvents } from '../support/gateway/held-answer.ts';
import { streaming } from '../support/gateway/provider.ts';
import { asking, useGateway } from '../support/gateway/stage.ts';

const stage = useGateway();
describe('a gateway that is killed', () => {
  it('with a call under way: its agent sees it break off, it is billed as reserved, and everything goes on with the next one', async () => {
    const first = await stage.process({ id: 'place-a' });
    const { run, ask } = await stage.attempt();
    stage.provider().answerWith(streaming('Before.', { input: 10, output: 2 }));
    await (await ask(asking('Before'), { gateway: first })).text();
    const call = heldAnswer();
    stage.provider().answerWith(call.answering);
    const answer = await ask(asking('Lost', { max_tokens: 900 }), { gateway: first });
    const reader = answer.body!.getReader();
    await reader.read();
    const reserved = (await stage.money(run)).held;
    await first.kill();
    await expect(reader.read()).rejects.toThrow();
    const killedAt = performance.now();
    const second = await stage.gateway({ id: 'place-a' });
    expect(performance.now() - killedAt).toBeLessThan(patient(2000));
    // Twelve tokens of before; what was lost is billed as it was held back, and holds nothing back any more.
    const price = { before: 10 * 1000 + 2 * 5000 };
    const money = await stage.money(run);
    expect(money).toMatchObject({ held: 0, nano: price.before + reserved });
    expect(stage.said.join()).toContain('was lost with its gateway');
    const broken = (await stage.store().events.list(run.runKey)).filter(({ type }) => type === 'agent:broken');
    expect(broken).toMatchObject([
      { error: expect.stringContaining('its gateway died'), estimated: ['input', 'output'] },
    ]);
    stage.provider().answerWith(streaming('Again.', { input: 40, output: 8 }));
    expect(await (await ask(asking('Lost', { max_tokens: 900 }), { gateway: second })).text()).toContain('Again.');
    // What was answered before is not asked again.
    expect(await (await ask(asking('Before'), { gateway: second })).text()).toContain('Before.');
    expect(stage.provider().asked).toHaveLength(3);
    expect((await stage.money(run)).tokens).toBe(money.tokens + 48);
  });

  it('is missed by another one that has its own place, which takes the call over', async () => {
    const first = await stage.process({ id: 'place-b' });
    const second = await stage.gateway({ id: 'place-c' });
    const { run, ask } = await stage.attempt();
    const call = heldAnswer();
    stage.provider().answerWith(call.answering);
    const answer = await ask(asking('Lost'), { gateway: first });
    await answer.body!.getReader().read();
    await first.kill();
    stage.provider().answerWith(streaming('By another.', { input: 40, output: 8 }));
    expect(await (await ask(asking('Lost'), { gateway: second })).text()).toContain('another.');
    expect(await stage.story(run)).toEqual(expect.arrayContaining(['agent:broken', 'agent:answer']));
    expect(await stage.money(run)).toMatchObject({ held: 0 });
    expect(stage.provider().asked).toHaveLength(2);
  });
});

describe('two gateways on one database', () => {
  it('make a call once: who asks the other one joins it there, from its first byte', async () => {
    const first = await stage.gateway();
    const second = await stage.gateway();
    const { run, ask } = await stage.attempt();
    const call = heldAnswer();
    stage.provider().answerWith(call.answering);
    const answers = await Promise.all([ask(asking('Hi'), { gateway: first }), ask(asking('Hi'), { gateway: second })]);
    const readers = answers.map((answer) => answer.body!.getReader());
    for (const reader of readers) expect(new TextDecoder().decode((await reader.read()).value)).toBe(heldEvents[0]);
    call.goOn();
    for (const reader of readers) {
      let rest = '';
      for (let next = await reader.read(); !next.done; next = await reader.read())
        rest += new TextDecoder().decode(next.value);
      expect(rest).toBe(heldEvents.slice(1).join(''));
    }
    expect(stage.provider().asked).toHaveLength(1);
    expect(await stage.money(run)).toMatchObject({ tokens: 48, held: 0 });
  });
});

describe('a gateway that ends', () => {
  it('lets what is under way come to its end, and takes nothing new', async () => {
    const gateway = await stage.gateway();
    const { run, ask } = await stage.attempt();
    const call = heldAnswer();
    stage.provider().answerWith(call.answering);
    const answer = await ask(asking('Hi'), { gateway });
    const closed = gateway.close();
    await until('the door to be shut', () =>
      ask(asking('Too late'), { gateway }).then(
        () => false,
        () => true,
      ),
    );
    call.goOn();
    expect(await answer.text()).toBe(heldEvents.join(''));
    await closed;
    expect(await stage.money(run)).toMatchObject({ tokens: 48, held: 0 });
  });

  it('does not wait for ever: what takes too long is cut off, and billed as it was held back', async () => {
    const gateway = await stage.gateway();
    const { run, ask } = await stage.attempt();
    stage.provider().answerWith(heldAnswer().answering);
    const answer = await ask(asking('Hi'), { gateway });
    await gateway.close(0);
    await expect(answer.text()).rejects.toThrow();
    expect(await stage.money(run)).toMatchObject({ tokens: 1040, held: 0 });
  });
});
