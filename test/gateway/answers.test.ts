import { describe, expect, it } from 'vitest';
import { until } from '../support/base/until.ts';
import { messageEvents, streaming } from '../support/gateway/provider.ts';
import { asking, useGateway } from '../support/gateway/stage.ts';

const stage = useGateway();

describe('a call through the gateway', () => {
  it('has the provider’s bytes, and is billed with what the provider counted', async () => {
    await stage.gateway();
    const { run, ask, token } = await stage.attempt();
    stage.provider().answerWith(streaming('Hello to you.', { input: 1200, output: 34 }));
    const answer = await ask(asking('Hi'), { headers: { 'anthropic-beta': 'one', 'x-secret': 'mine' } });
    expect(answer.status).toBe(200);
    expect(answer.headers.get('request-id')).toBe('req_1');
    expect(await answer.text()).toBe(messageEvents('Hello to you.', { input: 1200, output: 34 }).join(''));
    expect(await stage.money(run)).toEqual({ nano: 1200 * 1000 + 34 * 5000, tokens: 1234, held: 0 });
    expect(await stage.story(run)).toEqual(['agent:invoke', 'agent:answer']);
    const [asked] = stage.provider().asked;
    expect(asked).toMatchObject({ url: '/v1/messages', body: JSON.stringify(asking('Hi')) });
    expect(asked!.headers).toMatchObject({ 'x-api-key': 'sk-the-real-key', 'anthropic-beta': 'one' });
    expect(JSON.stringify(asked!.headers)).not.toMatch(new RegExp(`${token}|mine`));
  });

  it('is made once: whoever asks the same gets the same bytes, and pays nothing', async () => {
    const gateway = await stage.gateway();
    const { run, ask } = await stage.attempt();
    stage.provider().answerWith(streaming('Only once.'));
    const first = await (await ask(asking('Hi'))).text();
    const spent = await stage.money(run);
    const again = await ask(asking('Hi'));
    expect(again.headers.get('content-type')).toBe('text/event-stream');
    expect(await again.text()).toBe(first);
    expect(stage.provider().asked).toHaveLength(1);
    expect(await stage.money(run)).toEqual(spent);
    expect(gateway.figures()).toMatchObject({ calls: 1, repeated: 1, open: 0 });
    await (await ask(asking('Something else'))).text();
    expect(stage.provider().asked).toHaveLength(2);
  });

  it('is joined by whoever asks the same while it is under way, from its first byte', async () => {
    const gateway = await stage.gateway();
    const { ask } = await stage.attempt();
    const events = messageEvents('One two three.');
    let goOn = (): void => undefined;
    stage.provider().answerWith(async (response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      response.write(events[0]);
      await new Promise<void>((resolve) => (goOn = resolve));
      response.end(events.slice(1).join(''));
    });
    const first = await ask(asking('Hi'));
    const reader = first.body!.getReader();
    expect(new TextDecoder().decode((await reader.read()).value)).toBe(events[0]);
    const second = await ask(asking('Hi'));
    const beginning = second.body!.getReader();
    expect(new TextDecoder().decode((await beginning.read()).value)).toBe(events[0]);
    expect(gateway.figures()).toMatchObject({ calls: 1, attached: 1, open: 1 });
    goOn();
    for (const each of [reader, beginning]) {
      let rest = '';
      for (let next = await each.read(); !next.done; next = await each.read())
        rest += new TextDecoder().decode(next.value);
      expect(rest).toBe(events.slice(1).join(''));
    }
    expect(stage.provider().asked).toHaveLength(1);
  });

  it('goes on to its end when its agent is gone, and is there when it comes back', async () => {
    await stage.gateway();
    const { run, ask } = await stage.attempt();
    const events = messageEvents('A long answer.', { output: 77 });
    let goOn = (): void => undefined;
    stage.provider().answerWith(async (response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      response.write(events[0]);
      await new Promise<void>((resolve) => (goOn = resolve));
      response.end(events.slice(1).join(''));
    });
    const killed = new AbortController();
    const first = await ask(asking('Hi'), { signal: killed.signal });
    await first.body!.getReader().read();
    killed.abort();
    goOn();
    await until('the bill', async () => (await stage.money(run)).tokens === 177);
    expect(await (await ask(asking('Hi'))).text()).toBe(events.join(''));
    expect(stage.provider().asked).toHaveLength(1);
  });
});

describe('what is to be cached for an hour', () => {
  it('is held back for, and billed, at the price of that', async () => {
    await stage.gateway();
    const { run, ask } = await stage.attempt();
    const usage = { input_tokens: 10, output_tokens: 5, cache_creation_input_tokens: 700 };
    const parts = { ephemeral_5m_input_tokens: 100, ephemeral_1h_input_tokens: 600 };
    const held: number[] = [];
    stage.provider().answerWith(async (response) => {
      held.push((await stage.money(run)).held);
      const message = { type: 'message', content: [{ type: 'text', text: 'Fine.' }] };
      response.writeHead(200, { 'content-type': 'application/json' });
      response.end(JSON.stringify({ ...message, usage: { ...usage, cache_creation: parts } }));
    });
    // All of a length, so that the price alone makes a difference.
    const text = { type: 'text', text: 'Be brief.' };
    const asks = (system: object, minutes = 0): object =>
      asking(`Hi ${minutes}`, { stream: false, max_tokens: 1, system });
    for (const [index, ttl] of ['5m', '1h'].entries())
      await (await ask(asks([{ ...text, cache_control: { type: 'ephemeral', ttl } }], index))).text();
    // One token of the answer is held back for, at $5 a million.
    const [forMinutes, forHour] = held.map((nano) => nano - 5000);
    expect(forHour! / forMinutes!).toBeCloseTo(2 / 1.25, 2);
    const bill = 10 * 1000 + 5 * 5000 + 100 * 1250 + 600 * 2000;
    expect(await stage.money(run)).toEqual({ nano: 2 * bill, tokens: 2 * 715, held: 0 });
  });
});

describe('an answer that is too long to be kept', () => {
  it('is billed once each time it is asked for, and the attempt goes on', async () => {
    await stage.gateway();
    const { run, ask } = await stage.attempt();
    stage.provider().answerWith(streaming('x'.repeat(5_500_000), { input: 10, output: 5 }));
    expect(await (await ask(asking('Long'))).text()).toContain('message_stop');
    stage.provider().answerWith(streaming('short', { input: 10, output: 5 }));
    for (const asked of ['Other', 'Long', 'Other']) expect(await (await ask(asking(asked))).text()).toContain('short');
    expect(stage.provider().asked).toHaveLength(3);
    expect(await stage.money(run)).toMatchObject({ tokens: 45 });
  });
});

describe('a stream of an OpenAI wire that breaks off', () => {
  it('is paid for, as what was reserved for its question, and told', async () => {
    await stage.gateway();
    const { run, ask } = await stage.attempt();
    stage.provider().answerWith((response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      const told = 'data: {"type":"response.created","response":{"id":"r"}}\n\n';
      response.write(told, () => response.destroy());
    });
    const body = { model: 'gpt-5', input: 'Hi', max_output_tokens: 500 };
    const answer = await ask(body, { path: '/v1/responses' });
    await expect(answer.text()).rejects.toThrow();
    expect((await stage.money(run)).tokens).toBeGreaterThan(0);
    expect(await stage.story(run)).toContain('agent:broken');
  });
});
