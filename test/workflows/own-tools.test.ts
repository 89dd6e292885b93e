import { randomUUID } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client, Connection } from '@temporalio/client';
import { toolsOf } from '../../src/client/crew/own-tools.ts';
import { defineTool } from '../../src/client/define-tool.ts';
import { clientOptionsOf } from '../../src/domain/temporal-target.ts';
import { reachTemporal } from '../../src/host/front/reach-temporal.ts';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import type { JsonObject } from '../../src/domain/json.ts';
import { NotBegunError } from '../../src/domain/tools/not-begun-error.ts';
import type { RunResult } from '../../src/domain/run/run-result.ts';
import type { Tool } from '../../src/tools/tool.ts';
import type { RunEnv } from '../support/run/run-env.ts';
import { openRunEnv } from '../support/run/run-env.ts';

function titleOf(input: JsonObject): string {
  return input['title'] as string;
}

/** A tool in a namespace, with an effect in the world that must not be repeated. */
function createStampTool(): { tool: Tool; stamped: unknown[] } {
  const stamped: unknown[] = [];
  let isPadMissing = true;
  const name = 'acme.stamp';
  const schema = { type: 'object', properties: { title: { type: 'string' } }, additionalProperties: false };
  const tool: Tool = {
    name,
    kind: 'slow',
    definition: { name, description: 'Stamps a title.', input_schema: schema as JsonObject },
    problemOf: () => null,
    effectOf: () => 'once',
    describe: (input) => `${name} ${titleOf(input)}`,
    run(input) {
      if (titleOf(input) === 'late' && isPadMissing) {
        isPadMissing = false;
        return Promise.reject(new NotBegunError(new Error('the pad is not there')));
      }
      stamped.push(titleOf(input));
      return Promise.resolve({ content: `stamped ${titleOf(input)}` });
    },
  };
  return { tool, stamped };
}

const refunded: string[] = [];
const refund = defineTool<{ order: string }>({
  name: 'shop.refund',
  description: 'Refunds an order.',
  input: { type: 'object', properties: { order: { type: 'string' } }, required: ['order'] },
  effect: 'once',
  run({ order }, { idempotencyKey }) {
    if (order === 'gone') throw new Error('no order gone');
    refunded.push(`${order} ${idempotencyKey}`);
    return { refunded: order };
  },
});

describe('a tool that a worker is handed', () => {
  const { tool, stamped } = createStampTool();
  let folder: string;
  let env: RunEnv;
  let connection: Connection;
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'gaffer-own-tools-'));
    const agents = join(folder, 'agents');
    mkdirSync(agents);
    writeFileSync(join(agents, 'clerk.md'), '---\nmodel: haiku\ntools: [issue, acme.stamp]\n---\nYou stamp.\n');
    writeFileSync(join(agents, 'shop.md'), '---\nmodel: haiku\ntools: [shop.refund]\n---\nYou refund.\n');
    writeFileSync(join(agents, 'typist.md'), '---\nmodel: haiku\ntools: [acme.stmap]\n---\nYou stamp.\n');
    env = await openRunEnv({
      script: {
        rules: [
          {
            name: 'stamps',
            when: (c) => c.turn === 0 && c.prompt.includes('Stamp'),
            answer: () => ({
              tools: ['paper', 'gold'].map((title) => ({ name: 'acme.stamp', input: { title } })),
            }),
          },
          {
            name: 'stamps late',
            when: (c) => c.turn === 0 && c.prompt.includes('Late'),
            answer: () => ({ tools: [{ name: 'acme.stamp', input: { title: 'late' } }] }),
          },
          {
            name: 'refunds',
            when: (c) => c.turn === 0 && c.prompt.includes('Refund'),
            answer: () => ({ tools: [1, 'gone'].map((order) => ({ name: 'shop.refund', input: { order } })) }),
          },
          {
            name: 'fails',
            when: (c) => c.prompt.includes('Fail'),
            answer: () => ({ text: 'no', fault: { kind: 'refusal' } }),
          },
          {
            name: 'tells',
            when: () => true,
            answer: (c) => ({ text: c.lastResults.map(({ name, content }) => `${name}: ${content}`).join('\n') }),
          },
        ],
      },
      settings: { agentsDirs: [agents], tools: [tool, ...(await toolsOf([refund]))] },
    });
    connection = await Connection.connect(clientOptionsOf(await reachTemporal(inject('temporal'))));
  });
  afterAll(async () => {
    await connection.close();
    await env.close();
    rmSync(folder, { recursive: true });
  });

  const execute = (definition: JsonObject) =>
    new Client({ connection }).workflow.execute('orchestrate', {
      workflowId: `own-tools-${randomUUID()}`,
      taskQueue: env.settings.taskQueue,
      args: [{ definition: { default_profile: 'clerk', ...definition } }],
      workflowExecutionTimeout: '20 s',
    }) as Promise<RunResult>;
  const toolRows = async (runId: string): Promise<unknown[]> => {
    const run = await env.store.runs.find(runId);
    const text = `select j.result->>'content' as content from journal j join runs r on r.no = j.run_no
      where r.run_key = $1 and j.kind = 'tool' order by j.key`;
    return (await env.store.sql.query(text, [run!.runKey])).rows;
  };

  it('is called by the agents that name it, its effect journaled, and rules hold for its namespace', async () => {
    const policy = [{ tool: 'acme.*', match: 'gold', action: 'deny' }];
    const result = await execute({ policy, tasks: [{ id: 'one', prompt: 'Stamp it' }] });

    expect(result.status).toBe('succeeded');
    expect(result.tasks['one']!.output).toMatch(/^acme\.stamp: stamped paper\nacme\.stamp: .*policy/s);
    expect(stamped.splice(0)).toEqual(['paper']);
    expect(await toolRows(result.runId)).toContainEqual({ content: 'stamped paper' });
    const calls = (await env.story(result.runId)).filter((event) => event.type === 'tool:call');
    expect(calls.map((call) => call.tool)).toContain('acme.stamp');
    const [first, second] = env.model.requests.map(({ body }) => JSON.stringify(body));
    expect(first).toContain('"name":"acme__stamp"');
    expect(second).toContain('"name":"acme__stamp","input":{"title":"paper"}');
    expect(first! + second!).not.toContain('"name":"acme.stamp"');
  });

  it('is begun again as if it had never been when it failed before it touched anything', async () => {
    const result = await execute({ tasks: [{ id: 'one', prompt: 'Late' }] });
    expect(result.tasks['one']!.output).toBe('acme.stamp: stamped late');
    expect(stamped.splice(0)).toEqual(['late']);
  });

  it('undoes a task', async () => {
    const compensate = { tool: 'acme.stamp', input: { title: 'void' } };
    const tasks = [
      { id: 'one', prompt: 'Do it', compensate },
      { id: 'two', prompt: 'Fail', depends_on: ['one'] },
    ];
    const failure = await execute({ on_failure: 'compensate', tasks }).catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(Error);
    expect(stamped.splice(0)).toEqual(['void']);
  });

  it('is a function of a program: its input checked, its errors told, of an agent, a task and what undoes one', async () => {
    const tasks = [
      { id: 'ask', prompt: 'Refund', profile: 'shop' },
      { id: 'call', tool: 'shop.refund', input: { order: '${{ inputs.order }}' }, depends_on: ['ask'] },
    ];
    const asked = { inputs: { order: { default: 'o-2' } }, tasks };
    const result = await execute(asked);
    expect(result.tasks['ask']!.output).toMatch(
      /^shop\.refund: Bad input\. .*string\nshop\.refund: shop\.refund failed: no order gone$/s,
    );
    expect(result.tasks['call']!.output).toBe('{"refunded":"o-2"}');
    const [key] = refunded.splice(0);
    expect(key).toMatch(/^o-2 .*call/);

    const compensate = { tool: 'shop.refund', input: { order: 'o-3' } };
    const failing = [
      { id: 'one', prompt: 'Do it', compensate },
      { id: 'two', tool: 'shop.refund', input: { order: 'gone' }, depends_on: ['one'] },
    ];
    await expect(execute({ on_failure: 'compensate', tasks: failing })).rejects.toThrow();
    expect(refunded.splice(0)).toEqual([expect.stringMatching(/^o-3 /)]);
  });

  it.each([
    ['an agent', { tasks: [{ id: 'a', prompt: 'x', profile: 'typist' }] }],
    ['an undo', { tasks: [{ id: 'a', prompt: 'x', compensate: { tool: 'acme.stmap', input: {} } }] }],
    ['a rule', { policy: [{ tool: 'acme.stmap', action: 'deny' }], tasks: [{ id: 'a', prompt: 'x' }] }],
  ] as [string, JsonObject][])('is told of when %s names one that is not there', async (_what, definition) => {
    const { cause } = (await execute(definition).catch((error: unknown) => error)) as { cause: Error };
    expect(cause.message).toMatch(/unknown tool "acme\.stmap".*did you mean "acme\.stamp"\?/s);
  });
});
