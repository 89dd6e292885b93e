import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Cassette } from '../../src/domain/cassette/cassette.ts';
import { readCassette } from '../../src/domain/cassette/read-cassette.ts';
import { toTiers } from '../../src/domain/money/model-tiers.ts';
import type { Plan } from '../../src/domain/plan/plan.ts';
import type { RunResult } from '../../src/domain/run/run-result.ts';
import { recordCassette } from '../../src/store/cassette/record-cassette.ts';
import { createReplay } from '../../src/workers/cassette/replay.ts';
import type { ScriptedAnswer, ScriptedConversation } from '../../src/testing/index.ts';
import { startWorker } from '../../src/workers/start-worker.ts';
import { agent, plan, task } from '../support/plan/builders.ts';
import type { RunEnv } from '../support/run/run-env.ts';
import { openRunEnv } from '../support/run/run-env.ts';

const read = { name: 'filesystem', input: { action: 'read', path: 'log.txt' } };
const rules = [
  {
    name: 'reader',
    when: () => true,
    answer: ({ prompt, turn, lastResults }: { prompt: string; turn: number; lastResults: { content: string }[] }) =>
      prompt.startsWith('Read') && turn === 0
        ? { tools: [read] }
        : { text: `${prompt} ${lastResults[0]?.content ?? ''}` },
  },
];

/** Two tasks at once that read the same file, and one that sums them up. */
function crew(last = 'Sum up.'): Plan {
  const agents = { worker: agent({ tools: ['filesystem'], maxTurns: 5 }) };
  const tasks = [
    task({ id: 'one', prompt: 'Read it first.' }),
    task({ id: 'two', prompt: 'Read it as well.' }),
    task({
      id: 'sum',
      prompt: last,
      dependsOn: ['one', 'two'].map((id) => ({ task: id, on: 'all_success', from: 'explicit' })),
    }),
  ];
  return plan({ agents, tasks, workspace: '' });
}

/** A model that is chosen, and a conversation of which the middle is summed up. */
function long(): Plan {
  const worker = agent({ model: 'auto', tools: ['filesystem'], maxTokens: 1000, maxTurns: 40 });
  const gist = { tokens: 400, model: 'claude-haiku-4-5' };
  const context = { ...plan().context, maxMessages: 10, pruneAtTokens: 150_000, gist };
  const tasks = [task({ id: 'look', prompt: 'Look at all of it.', complexity: 'simple' })];
  return plan({ name: 'long', agents: { worker }, tiers: toTiers({}), context, tasks, workspace: '' });
}

/** The cheapest model refuses; the next one reads ten times. */
function lookAt() {
  let turn = 0;
  return ({ system, model }: ScriptedConversation): ScriptedAnswer => {
    if (system.startsWith('You sum up')) return { text: 'in short: all is well' };
    const body = { type: 'error', error: { type: 'invalid_request_error', message: 'not today' } };
    if (model.includes('haiku')) return { fault: { kind: 'http', status: 400, body } };
    return ++turn <= 10
      ? { text: `step ${turn}`, tools: [{ ...read, input: { ...read.input, offset: turn } }] }
      : { text: 'seen' };
  };
}

function outputsOf({ tasks }: RunResult): Record<string, string> {
  return Object.fromEntries(Object.entries(tasks).map(([id, { output }]) => [id, output]));
}

describe('a run that is replayed from a cassette (ORCH-020)', () => {
  let env: RunEnv;
  let recorded: RunResult;
  let cassette: Cassette;
  beforeAll(async () => {
    env = await openRunEnv({ script: { rules } });
    const file = join(env.workspace, 'log.txt');
    writeFileSync(file, 'all is well');
    recorded = await env.run(crew(), { runId: 'crew-recorded' });
    const { runKey } = (await env.store.runs.find('crew-recorded'))!;
    cassette = readCassette(JSON.stringify(await recordCassette(env.store.sql, runKey))).cassette!;
    rmSync(file);
  });
  afterAll(() => env.close());

  async function replayed(
    edited: Plan,
    from = cassette,
  ): Promise<{ result: RunResult; told: string[][]; asked: number }> {
    const told: string[][] = [];
    const replay = createReplay(from, { isLive: false, onDifference: (lines) => told.push(lines) });
    const other = await openRunEnv({ withWorker: false });
    const worker = await startWorker({ ...other.settings, models: { ...other.settings.models, replay } });
    try {
      return { result: await other.run(edited), told, asked: other.model.requests.length };
    } finally {
      await worker.stop();
      await other.close();
    }
  }

  it('ends as it did, asks nobody, touches nothing and costs nothing', async () => {
    expect(recorded.status).toBe('succeeded');
    expect(cassette).toMatchObject({ calls: { length: 5 }, tools: { length: 2 } });
    const { result, told, asked } = await replayed(crew());
    expect(outputsOf(result)).toEqual(outputsOf(recorded));
    expect(result.summary).toMatchObject({ costUsd: 0, totalTokens: 0, successfulTasks: 3 });
    expect({ told, asked }).toEqual({ told: [], asked: 0 });
  });

  it('has the models that were chosen, and what was left out of long conversations with the summaries of it', async () => {
    env.model.setScript({ rules: [{ name: 'long', when: () => true, answer: lookAt() }] });
    writeFileSync(join(env.workspace, 'log.txt'), 'one line of a build log\n'.repeat(40));
    expect(await env.run(long())).toMatchObject({ status: 'failed' });
    const done = await env.run(long(), { runId: 'long-recorded' });
    expect(outputsOf(done)).toEqual({ look: 'seen' });
    const { runKey } = (await env.store.runs.find('long-recorded'))!;
    const from = readCassette(JSON.stringify(await recordCassette(env.store.sql, runKey))).cassette!;
    expect(from.choices).toMatchObject([{ workflow: 'long', id: 'look', attempt: 1, complexity: 'simple' }]);
    expect(from.choices![0]!.model).toContain('sonnet');
    expect(from.calls.filter(({ step }) => step.startsWith('help:0:')).length).toBeGreaterThan(1);
    rmSync(join(env.workspace, 'log.txt'));
    const { result, told, asked } = await replayed(long(), from);
    expect({ outputs: outputsOf(result), told, asked }).toEqual({ outputs: { look: 'seen' }, told: [], asked: 0 });
  });

  it('fails where it is asked something else, and says what', async () => {
    const { result, told, asked } = await replayed(crew('Sum up well.'));
    expect(result.tasks).toMatchObject({ one: { status: 'succeeded' }, sum: { status: 'failed' } });
    expect(result.tasks['sum']!.error).toContain('sum~1/1/0 differs from the cassette');
    expect(told[0]!.slice(1)).toEqual(["user's text 1 differs:", '- Sum up.', '+ Sum up well.']);
    expect(asked).toBe(0);
  });
});
