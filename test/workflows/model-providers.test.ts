import { createServer, request as ask } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createMessagesClient } from '../../src/models/anthropic.ts';
import type { ModelAccount } from '../../src/models/provider.ts';
import { startScriptedModel, steps } from '../../src/testing/index.ts';
import { agent, plan, task } from '../support/plan/builders.ts';
import { reach } from '../support/run/reach.ts';
import type { RunEnv } from '../support/run/run-env.ts';
import { openRunEnv } from '../support/run/run-env.ts';

/** A server of the Messages API that notes what it is asked, and with which key. */
async function startProvider(name: string, path = '') {
  const look = steps('thinks and looks', ({ prompt }) => prompt.includes('together'), [
    { thinking: `Hm, says ${name}.`, text: 'I look.', tools: [{ name: 'issue', input: { action: 'list' } }] },
    { thinking: `Well, says ${name}.`, text: `${name} has looked` },
  ]);
  const model = await startScriptedModel({
    rules: [look, { name: 'echo', when: () => true, answer: () => ({ text: `${name} answers` }) }],
  });
  const keys: string[] = [];
  const front = createServer((incoming, response) => {
    keys.push(...(JSON.stringify(incoming.headers).match(/key-of-\w+/g) ?? []));
    const { method, url, headers } = incoming;
    const outgoing = ask({ host: '127.0.0.1', port: model.port, method, path: url, headers }, (answer) => {
      response.writeHead(answer.statusCode!, answer.headers);
      answer.pipe(response);
    });
    incoming.pipe(outgoing);
  });
  await new Promise<void>((resolve) => front.listen(0, '127.0.0.1', resolve));
  const account: ModelAccount = {
    apiKey: `key-of-${name}`,
    baseURL: `http://127.0.0.1:${(front.address() as AddressInfo).port}${path}`,
  };
  const close = async (): Promise<void> => {
    front.close();
    front.closeAllConnections();
    await model.close();
  };
  return { account, keys, model, asked: () => model.requests.map(({ body }) => body['model']), close };
}

describe('models of several providers', () => {
  let [own, other, openai]: Awaited<ReturnType<typeof startProvider>>[] = [];
  let env: RunEnv;
  beforeAll(async () => {
    [own, other, openai] = await Promise.all([
      startProvider('own'),
      startProvider('other'),
      startProvider('openai', '/v1'),
    ]);
    env = await openRunEnv({
      settings: {
        models: {
          kind: 'anthropic',
          accounts: { anthropic: own.account, other: other.account, openai: openai.account },
          providers: [
            {
              name: 'other',
              createClient: (account) =>
                createMessagesClient('other', account, { key: 'OTHER_API_KEY', address: 'OTHER_BASE_URL' }),
            },
          ],
        },
        rateLimits: { callsPerMinute: 6000, tokensPerMinute: null },
      },
    });
  });
  afterAll(async () => {
    await env.close();
    await Promise.all([own!.close(), other!.close(), openai!.close()]);
  });

  it('answer the agents that name them, each with its own key, ledger and gate', async () => {
    const agents = {
      worker: agent(),
      writer: agent({ name: 'writer', model: 'claude-opus-4-7', provider: 'other' }),
    };
    const limit = { usd: 1, tokens: null };
    const tasks = [task({ id: 'own' }), task({ id: 'own-too' }), task({ id: 'other', agent: 'writer' })];
    const limits = { ...plan().limits, perAgent: { worker: limit, writer: limit } };
    const result = await env.run(plan({ agents, tasks, limits, workspace: '' }), { runId: 'two-providers' });

    expect(result.status).toBe('succeeded');
    expect(result.tasks['own']!.output).toBe('own answers');
    expect(result.tasks['other']!.output).toBe('other answers');
    expect(own!.asked()).toEqual(['claude-haiku-4-5', 'claude-haiku-4-5']);
    expect(other!.asked()).toEqual(['claude-opus-4-7']);
    expect(new Set(own!.keys)).toEqual(new Set(['key-of-own']));
    expect(new Set(other!.keys)).toEqual(new Set(['key-of-other']));

    const answers = (await env.story('two-providers')).filter((event) => event.type === 'agent:answer');
    const costOf = (name: string): number =>
      answers.filter(({ agentName }) => agentName === name).reduce((sum, { costUsd }) => sum + costUsd * 1e9, 0);
    const { rows: ledger } = await env.store.sql.query(
      "select scope, spent_nano::float8 as nano from ledger where scope like 'agent/%' order by scope",
      [],
    );
    expect(ledger).toEqual([
      { scope: 'agent/worker', nano: Math.round(costOf('worker')) },
      { scope: 'agent/writer', nano: Math.round(costOf('writer')) },
    ]);
    const { rows: gates } = await env.store.sql.query('select provider, model from model_gates order by model', []);
    expect(gates).toEqual([
      { provider: expect.stringMatching(`^${own!.account.baseURL} #[\\w-]{12}$`) as string, model: 'claude-haiku-4-5' },
      {
        provider: expect.stringMatching(`^other ${other!.account.baseURL} #[\\w-]{12}$`) as string,
        model: 'claude-opus-4-7',
      },
    ]);
  });

  it('go on in one conversation, each with what all have said and with what it thought itself alone', async () => {
    const agents = {
      worker: agent(),
      writer: agent({ name: 'writer', provider: 'other' }),
      coder: agent({ name: 'coder', model: 'gpt-5-mini', provider: 'openai' }),
    };
    const order = ['worker', 'coder', 'writer', 'worker', 'coder'];
    const tasks = order.map((name, at) =>
      task({
        ...{ id: `t${at}`, agent: name, context: 'shared', prompt: `Look together, ${at}.` },
        dependsOn: at === 0 ? [] : [{ task: `t${at - 1}`, on: 'all_success', from: 'explicit' }],
      }),
    );
    const [before, beforeOpenai] = [own!.model.requests.length, openai!.model.requests.length];
    const result = await env.run(plan({ agents, tasks, workspace: '' }), { runId: 'one-conversation' });
    expect(result.status).toBe('succeeded');
    expect(order.map((_, at) => result.tasks[`t${at}`]!.output)).toEqual(
      ['own', 'openai', 'other', 'own', 'openai'].map((name) => `${name} has looked`),
    );
    for (const { model } of [own!, other!, openai!]) model.assertDone();
    const last = JSON.stringify(own!.model.requests.at(-1)!.body['messages']);
    for (const text of ['openai has looked', 'other has looked', 'own has looked', 'Hm, says own'])
      expect(last).toContain(text);
    expect(last).not.toMatch(/says (openai|other)/);
    const lastOfOpenai = JSON.stringify(openai!.model.requests.at(-1)!.body['input']);
    expect(lastOfOpenai.match(/says \w+/g)).toEqual(['says openai', 'says openai', 'says openai']);
    expect(JSON.stringify(other!.model.requests.at(-1)!.body)).not.toMatch(/says (openai|own)|"from"/);
    expect([own!.model.requests.length - before, openai!.model.requests.length - beforeOpenai]).toEqual([4, 4]);
    expect(new Set(openai!.keys)).toEqual(new Set(['key-of-openai']));
    const answers = (await env.story('one-conversation')).filter((event) => event.type === 'agent:answer');
    expect(answers.every(({ costUsd }) => costUsd > 0)).toBe(true);
  });

  it('are refused without a call when the worker has none of that name', async () => {
    const before = own!.asked().length + other!.asked().length;
    const agents = { worker: agent({ provider: 'elsewhere' }) };
    const run = await env.start(plan({ agents, workspace: '' }));
    const { detail } = await reach(run, 'task:waiting');
    expect(detail).toContain('the agent worker asks the model provider elsewhere');
    expect(detail).toContain('this worker has anthropic, other, openai');
    await run.cancel();
    await run.result();
    expect(own!.asked().length + other!.asked().length).toBe(before);
  });
});
