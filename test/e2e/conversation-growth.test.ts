import { createHash } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Client, Connection } from '@temporalio/client';
import { clientOptionsOf } from '../../src/domain/temporal-target.ts';
import { reachTemporal } from '../../src/host/front/reach-temporal.ts';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Plan } from '../../src/domain/plan/plan.ts';
import type { ScriptedAnswer } from '../../src/testing/index.ts';
import { agent, plan, task } from '../support/plan/builders.ts';
import type { RunEnv } from '../support/run/run-env.ts';
import { openRunEnv } from '../support/run/run-env.ts';

const turns = 50;
const answerBytes = 2048;
// Of the API's event types; not exported by the client.
const workflowTaskStarted = 6;
const activityScheduled = 10;

/** Text that no compression makes smaller by much: what is stored must not look cheap because the test repeats itself. */
function noise(seed: string, length: number): string {
  let text = '';
  for (let part = 0; text.length < length; part++) {
    text += createHash('sha512').update(`${seed}/${part}`).digest('base64');
  }
  return text.slice(0, length);
}

// A tool of the workspace, so that every turn is an activity of its own, with another one for its tool.
function readingCrew(prompt: string): Plan {
  const reader = agent({ tools: ['filesystem'], maxTurns: turns + 1 });
  return plan({ tasks: [task({ prompt })], agents: { worker: reader }, context: { maxMessages: 1000 } });
}

function grow(turn: number, last: number): ScriptedAnswer {
  if (turn === last) return { text: 'done' };
  return {
    text: noise(`turn ${turn}`, answerBytes),
    tools: [{ name: 'filesystem', input: { action: 'read', path: 'note.txt', limit: turn + 1 } }],
  };
}

describe('a conversation of 50 turns that grows by 2 kB a turn', () => {
  let env: RunEnv;
  let historySizes: number[];
  let storedBytes: number;

  beforeAll(async () => {
    env = await openRunEnv({
      script: {
        rules: [{ name: 'grows', when: () => true, answer: ({ turn, prompt }) => grow(turn, Number(prompt)) }],
      },
    });
    writeFileSync(join(env.workspace, 'note.txt'), 'One line.\n');
    // First pages of tables and indexes are the same for any run; a short run takes them.
    await env.run(readingCrew('10'), { runId: 'short' });
    const before = await tableBytes(env);
    const result = await env.run(readingCrew(`${turns}`), { runId: 'growing' });
    expect(result).toMatchObject({ status: 'succeeded', tasks: { one: { output: 'done' } } });
    storedBytes = (await tableBytes(env)) - before;
    historySizes = await historySizeByTurn(env, 'growing/one');
  });
  afterAll(() => env.close());

  it('is sent to the model whole', () => {
    expect(JSON.stringify(env.model.requests.at(-1)!.body).length).toBeGreaterThan(turns * answerBytes);
  });

  it('takes the same history in its last ten turns as in its first ten, and at most 4 kB a turn', () => {
    expect(historySizes).toHaveLength(turns + 1);
    const first = (historySizes[10]! - historySizes[0]!) / 10;
    const last = (historySizes[50]! - historySizes[40]!) / 10;
    expect(last).toBeLessThanOrEqual(1.1 * first);
    expect(last).toBeLessThanOrEqual(4096);
  });

  it('leaves no trace of its turns in the history of its run', async () => {
    const short = await historySize(env, 'short');
    const growing = await historySize(env, 'growing');
    // 40 turns more; a busy machine may add a workflow task.
    expect(growing - short).toBeLessThan(1000);
  });

  it('stores at most 10 kB a turn, indexes and dead rows included', () => {
    expect(storedBytes).toBeGreaterThan(turns * answerBytes);
    expect(storedBytes / turns).toBeLessThanOrEqual(10_240);
  });
});

/** Bytes of a workflow's history when it had dealt with 0, 1, 2 … turns, as the server counted them. */
async function historySizeByTurn(env: RunEnv, workflowId: string): Promise<number[]> {
  const { events } = await withClient(env, (client) => client.workflow.getHandle(workflowId).fetchHistory());
  const sizes: number[] = [];
  let turn = 0;
  for (const { eventType, activityTaskScheduledEventAttributes, workflowTaskStartedEventAttributes } of events ?? []) {
    const isCall = activityTaskScheduledEventAttributes?.activityType?.name === 'callModel';
    if (eventType === activityScheduled && isCall) turn++;
    // The last one before the next call is made stands after the turn's tool.
    if (eventType === workflowTaskStarted) sizes[turn] = Number(workflowTaskStartedEventAttributes!.historySizeBytes);
  }
  return sizes.slice(0, turns + 1);
}

async function historySize(env: RunEnv, workflowId: string): Promise<number> {
  const { raw } = await withClient(env, (client) => client.workflow.getHandle(workflowId).describe());
  return Number(raw.workflowExecutionInfo!.historySizeBytes);
}

async function tableBytes({ store }: RunEnv): Promise<number> {
  const { rows } = await store.sql.query<{ bytes: number }>(
    `select sum(pg_total_relation_size(c.oid))::bigint as bytes
     from pg_class c where c.relnamespace = 'public'::regnamespace and c.relkind = 'r'`,
  );
  return rows[0]!.bytes;
}

async function withClient<Result>({ settings }: RunEnv, use: (client: Client) => Promise<Result>): Promise<Result> {
  const connection = await Connection.connect(clientOptionsOf(await reachTemporal(settings.temporal)));
  try {
    return await use(new Client({ connection }));
  } finally {
    await connection.close();
  }
}
