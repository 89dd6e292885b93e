import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Client, Connection } from '@temporalio/client';
import { clientOptionsOf } from '../../src/domain/temporal-target.ts';
import { reachTemporal } from '../../src/host/front/reach-temporal.ts';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { bundleWorkflows } from '../../src/workers/bundle-workflows.ts';
import type { RunEnv } from '../support/run/run-env.ts';
import { openRunEnv } from '../support/run/run-env.ts';
import { until } from '../support/base/until.ts';
import type { untilTime, withOutputs } from '../support/run/saga-workflow.ts';

/** Longer than what a workflow is told of a turn, and than the summary in the store. */
const much = 'Ä'.repeat(5000);

describe("saga and checkpoint in a user's own workflow", () => {
  let env: RunEnv;
  let folder: string;
  let connection: Connection;
  let client: Client;
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'gaffer-own-workflow-'));
    const workflowsPath = fileURLToPath(new URL('../support/run/saga-workflow.ts', import.meta.url));
    const { code } = await bundleWorkflows(workflowsPath);
    writeFileSync(join(folder, 'bundle.js'), code);
    mkdirSync(join(folder, 'agents'));
    writeFileSync(
      join(folder, 'agents', 'helper.md'),
      '---\ndescription: helps\nmodel: claude-haiku-4-5\n---\nHelp.\n',
    );
    env = await openRunEnv({
      script: {
        rules: [
          { name: 'much', when: ({ prompt }) => prompt.startsWith('Say much'), answer: () => ({ text: much }) },
          { name: 'json', when: ({ prompt }) => prompt.startsWith('Say 7'), answer: () => ({ text: '{"score":7}' }) },
          { name: 'counts', when: () => true, answer: (c) => ({ text: `${c.messages.length}` }) },
        ],
      },
      settings: { workflowBundle: join(folder, 'bundle.js'), agentsDirs: [join(folder, 'agents')] },
    });
    connection = await Connection.connect(clientOptionsOf(await reachTemporal(env.settings.temporal)));
    client = new Client({ connection });
  });
  afterAll(async () => {
    await connection.close();
    await env.close();
    rmSync(folder, { recursive: true, force: true });
  });
  const start = (type: string, args: unknown[] = []) =>
    client.workflow.start(type, { taskQueue: env.settings.taskQueue, workflowId: `own-${type}-${args.join()}`, args });

  it('undoes what never ended first, then in reverse order of the ends, and tells what could not be undone', async () => {
    const handle = await start('threeSteps', ['fails']);
    const [first, second, third, message] = (await handle.result()) as string[];
    expect([first, second, third]).toEqual(['three false', 'two true', 'one true']);
    expect(message).toContain('step three failed');
    expect(message).toContain('could not undo broken, thrown');
  });

  it('undoes nothing when all went well, and everything on a cancel', async () => {
    expect(await (await start('threeSteps', ['succeeds'])).result()).toEqual([]);
    const handle = await start('threeSteps', ['waits']);
    await handle.cancel();
    const [first, second, third, message] = (await handle.result()) as string[];
    expect([first, second, third]).toEqual(['three false', 'two true', 'one true']);
    expect(message).toContain('could not undo broken, thrown');
  });

  it('begins no more steps than may be under way, in their order, and lets those wait that the next execution can begin', async () => {
    expect(await (await start('inTurn')).result()).toEqual({
      peak: 3,
      begun: [0, 1, 2, 10, 11, 3, 4, 5, 6, 7, 8, 9],
      held: 5,
      isIdleBefore: false,
    });
  });

  it('ends what a provider asks to wait for by time, where nobody does before, hours or seconds', async () => {
    const ended = (await (await start('untilTime', [2])).result()) as Awaited<ReturnType<typeof untilTime>>;
    expect(ended).toMatchObject({ by: 'time', told: ['task:waiting', 'task:resumed'] });
    expect(ended.waitedMs).toBeGreaterThanOrEqual(2000);
  });

  it('keeps a checkpoint of a crew that was opened by hand', async () => {
    const handle = await start('withCheckpoint');
    expect(await handle.result()).toBeNull();
    const run = (await env.store.runs.find(handle.workflowId))!;
    expect(run.status).toBe('succeeded');
    const [checkpoint] = await env.store.runs.checkpoints(run.runKey);
    expect(checkpoint).toMatchObject({ name: 'half', tasks: ['first'], snapshot: null });
  });

  it('takes a message while none of its tasks is at work, for the next one', async () => {
    const handle = await start('withPause');
    await until('the first task has ended', () => handle.query<boolean>('isBetween'));
    const { runKey } = (await env.store.runs.find(handle.workflowId))!;
    const isTold = async () => (await env.store.runs.tasks(runKey))[0]?.status === 'succeeded';
    await until('everybody is told so', isTold);
    await (await env.client.find(handle.workflowId)).send({ to: 'same', text: 'Mind the gap.' });
    await handle.signal('goOn');
    await handle.result();
    const transcript = await env.store.runs.transcript(runKey, 'same');
    expect(JSON.stringify(transcript)).toContain('Mind the gap.');
    await expect(env.client.retry(handle.workflowId)).rejects.toThrow('start that workflow anew');
  });

  it('refuses a task whose id is that of an agent that undoes', async () => {
    const handle = await start('withForeignId');
    const refusal = ['InvalidInput', true, expect.stringContaining('"undo:cleanup" cannot be the id of a task')];
    expect(await handle.result()).toEqual(refusal);
    const run = (await env.store.runs.find(handle.workflowId))!;
    expect(await env.store.runs.tasks(run.runKey)).toEqual([]);
  });

  it('hands over what came of a task: whole, parsed, and what it cost', async () => {
    const handle = await start('withOutputs');
    const { outcomes, tasks } = (await handle.result()) as Awaited<ReturnType<typeof withOutputs>>;
    const [text, json, wrong, unusable] = outcomes;
    expect(text).toMatchObject({ id: 'text', status: 'succeeded', output: much, text: much, error: null, attempts: 1 });
    expect(json).toMatchObject({ status: 'succeeded', output: { score: 7 }, text: '{"score":7}', turns: 1 });
    expect(json!.costUsd).toBeGreaterThan(0);
    expect(json!.usage.outputTokens).toBeGreaterThan(0);
    expect(wrong).toMatchObject({ status: 'failed', output: null, error: expect.stringContaining('after 3 repairs') });
    expect(wrong!.turns).toBe(4);
    expect(unusable).toMatchObject({ status: 'failed', turns: 0, head: null });
    expect(unusable!.error).toContain('the output schema cannot be used');
    expect(tasks.map(({ id, status }) => `${id} ${status}`)).toEqual([
      'text succeeded',
      'json succeeded',
      'wrong failed',
      'unusable failed',
    ]);
    const { result } = (await env.store.runs.find(handle.workflowId))!;
    expect(result!.tasks['json']!.output).toBe('{"score":7}');
  });
});
