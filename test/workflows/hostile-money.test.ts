import { Client, Connection } from '@temporalio/client';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import type { Run } from '../../src/client/index.ts';
import type { Plan } from '../../src/domain/plan/plan.ts';
import type { RunResult } from '../../src/domain/run/run-result.ts';
import { textOf } from '../../src/domain/conversation/conversation.ts';
import { totalTokens } from '../../src/domain/money/usage.ts';
import { fc, runs } from '../support/base/properties.ts';
import { agent } from '../support/plan/builders.ts';
import { yamlPlan } from '../support/plan/yaml-plan.ts';
import { hostileUsage } from '../support/model/hostile-usage.ts';
import type { RawModel } from '../support/model/raw-model.ts';
import { rawAnswer, startRawModel } from '../support/model/raw-model.ts';
import type { RunEnv } from '../support/run/run-env.ts';
import { openRunEnv } from '../support/run/run-env.ts';

const nested = '['.repeat(20_000) + ']'.repeat(20_000);

describe('a provider that says anything', () => {
  let env: RunEnv;
  let raw: RawModel;
  let connection: Connection;
  beforeAll(async () => {
    raw = await startRawModel();
    const models = {
      kind: 'scripted' as const,
      accounts: { anthropic: { apiKey: 'key-of-the-test', baseURL: raw.url } },
    };
    env = await openRunEnv({ settings: { models } });
    connection = await Connection.connect({ address: inject('temporalAddress') });
  });
  afterAll(async () => {
    await env.close();
    await connection.close();
    await raw.close();
  });

  /** Every place that says what a run has cost: they have to agree to the billionth of a dollar. */
  const billsOf = async (run: Run, { summary, tasks }: RunResult) => {
    const runId = run.id;
    const row = await env.store.runs.find(runId);
    const { rows } = await env.store.sql.query<{
      nano: number;
      tokens: number;
      held: number;
      kept: number;
      scope: number;
    }>(
      `select spent_nano as nano, spent_tokens as tokens, reserved_nano + reserved_tokens as held,
         (select sum(cost_nano)::bigint from messages m where m.run_no = r.no) as kept,
         (select sum(spent_nano)::bigint from ledger l where l.run_no = r.no) as scope
       from runs r where run_key = $1`,
      [row!.runKey],
    );
    const { nano, tokens, held, kept, scope } = rows[0]!;
    const told = (await env.story(runId)).filter(({ type }) => type === 'agent:answer' || type === 'agent:broken');
    const events = told as { costUsd: number; tokensUsed: number }[];
    const listed = (await env.client.list({ limit: 500 })).find((run) => run.runId === runId)!;
    const { summary: view } = await run.view();
    const { searchAttributes } = await new Client({ connection }).workflow.getHandle(runId).describe();
    const nanos = (usd: number): number => Math.round(usd * 1e9);
    const all = Object.values(tasks);
    return {
      held,
      cost: [
        ...[nano, kept, scope, nanos(summary.costUsd), nanos(listed.costUsd), nanos(view.costUsd)],
        events.reduce((sum, { costUsd }) => sum + nanos(costUsd), 0),
        all.reduce((sum, { costUsd }) => sum + nanos(costUsd), 0),
        nanos(searchAttributes['GafferCostUsd']![0] as number),
      ],
      tokens: [
        ...[tokens, summary.totalTokens, listed.totalTokens, searchAttributes['GafferTokens']![0]],
        events.reduce((sum, { tokensUsed }) => sum + tokensUsed, 0),
        all.reduce((sum, { usage }) => sum + totalTokens(usage), 0),
      ],
    };
  };
  const expectOneBill = async (run: Run, result: RunResult): Promise<number> => {
    const { cost, tokens, held } = await billsOf(run, result);
    expect(held).toBe(0);
    expect(cost).toEqual(cost.map(() => cost[0]));
    expect(tokens).toEqual(tokens.map(() => tokens[0]));
    return cost[0]!;
  };
  const start = async (plan: Plan) => {
    const run = await env.start(plan);
    return { run, result: await run.result() };
  };

  it(
    'of usage gets a run with one bill, the same everywhere, and no call cheaper than it was',
    { timeout: 240_000 },
    async () => {
      const check = async (said: { startUsage: string | null; endUsage: string | null }[]): Promise<void> => {
        raw.answerWith((messages) =>
          rawAnswer({ text: 'done', ...said[Number(/\d+/.exec(textOf(messages[0]!))![0])]! }),
        );
        const tasks = said.map((_, n) => `  - { id: t${n}, prompt: "Answer ${n}", limits: { usd: 90 } }`).join('\n');
        const { run, result } = await start(yamlPlan(`limits: { tasks: inline, usd: 900 }\ntasks:\n${tasks}\n`));
        expect(result.status).toBe('succeeded');
        await expectOneBill(run, result);
        for (const { usage, costUsd } of Object.values(result.tasks)) {
          expect(Object.values(usage).every((count) => Number.isSafeInteger(count) && count >= 0)).toBe(true);
          expect(costUsd).toBeGreaterThan(0);
        }
      };
      const several = fc.array(hostileUsage, { minLength: 6, maxLength: 6 });
      await fc.assert(fc.asyncProperty(several, check), runs(3));
    },
  );

  it('that tells nothing is paid as reserved, so that a limit ends it, and it says so', async () => {
    raw.answerWith(() =>
      rawAnswer({ tool: { name: 'issue', input: '{"action":"list"}' }, startUsage: null, endUsage: null }),
    );
    const { run, result } = await start(
      yamlPlan('limits: { usd: 0.05, on_exceeded: fail }\ntasks:\n  - { id: a, prompt: A }\n'),
    );
    expect(result).toMatchObject({ status: expect.stringMatching(/stopped|failed/) });
    expect(result.summary.costUsd).toBeGreaterThan(0.01);
    expect(result.summary.costUsd).toBeLessThanOrEqual(0.05);
    expect(result.summary.estimatedCalls).toBe(result.tasks['a']!.turns);
    const { rows } = await env.store.sql.query(
      'select 1 from messages where usage is not null and run_no = (select max(no) from runs)',
    );
    expect(rows).toHaveLength(result.tasks['a']!.turns);
    expect((await run.view()).summary.estimatedCalls).toBe(result.summary.estimatedCalls);
  });

  it.each([
    { what: 'an input nested 20,000 deep', input: `{"action":"create","title":${nested}}`, calls: 2 },
    {
      what: 'an input with NUL in a key',
      input: '{"action":"create","title":"a\\u0000\\ud800","x\\u0000\\udfff":1}',
      calls: 2,
    },
    { what: 'a broken input', input: '{"action":', calls: 3 },
  ])('in $what is paid and answered, and asked again at most once', async ({ input, calls }) => {
    raw.asked.length = 0;
    raw.answerWith((messages) =>
      rawAnswer(messages.length < 3 ? { tool: { name: 'issue', input } } : { text: 'I see.' }),
    );
    const { run, result } = await start(yamlPlan('tasks:\n  - { id: a, prompt: A, limits: { usd: 1 } }\n'));
    expect(result).toMatchObject({ status: 'succeeded', tasks: { a: { output: 'I see.' } } });
    expect(raw.asked).toHaveLength(calls);
    // 100 and 20 tokens for each call, at $1 and $5 a million.
    expect(await expectOneBill(run, result)).toBe(calls * (100 * 1000 + 20 * 5000));
    const [, answer, results] = raw.asked.at(-1)!;
    expect(answer!.content).toMatchObject([{ type: 'tool_use', name: 'issue' }]);
    expect(results!.content).toMatchObject([{ type: 'tool_result', tool_use_id: 'toolu_1' }]);
    expect(JSON.stringify(answer)).not.toContain('problem');
  });

  it('and whoever has the longest names comes to an end', { timeout: 60_000 }, async () => {
    raw.answerWith((messages) =>
      rawAnswer(
        messages.length < 3
          ? { tool: { name: 'bash', input: `{"command":"echo ${'漢'.repeat(200)}"}` } }
          : { text: 'ok' },
      ),
    );
    const long = (n: number): string => `${n}${'漢'.repeat(97)}`;
    const agents = Array.from({ length: 20 }, (_, n) => agent({ name: long(n), tools: ['bash'] }));
    const task = ({ name }: { name: string }, n: number) =>
      `      - { id: t${n}, prompt: go, profile: "${name}", context_name: "${name}" }`;
    const phase = `  - name: "p${'漢'.repeat(99)}"\n    execution_mode: parallel\n    tasks:\n${agents.slice(0, 3).map(task).join('\n')}`;
    const plan = yamlPlan(`name: "w${'漢'.repeat(99)}"\nphases:\n${phase}\n`, { agents });
    const { result } = await start({
      ...plan,
      agents: { ...plan.agents, ...Object.fromEntries(agents.map((each) => [each.name, each])) },
    });
    expect(result.status).toBe('succeeded');
  });
});
