import { randomUUID } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client, Connection, WorkflowFailedError } from '@temporalio/client';
import { clientOptionsOf } from '../../src/domain/temporal-target.ts';
import { reachTemporal } from '../../src/host/front/reach-temporal.ts';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import type { RunResult } from '../../src/domain/run/run-result.ts';
import type { RunEnv } from '../support/run/run-env.ts';
import { openRunEnv } from '../support/run/run-env.ts';

// What `temporal workflow start --type orchestrate --input '…'` sends: anything at all.
describe('orchestrate, started by hand', () => {
  let folder: string;
  let env: RunEnv;
  let connection: Connection;
  let client: Client;
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'gaffer-entry-'));
    mkdirSync(join(folder, 'agents'));
    writeFileSync(join(folder, 'agents/worker.md'), '---\nname: worker\nmodel: haiku\ntools: issue\n---\nYou work.\n');
    writeFileSync(join(folder, 'agents/typist.md'), '---\nname: typist\nmodel: antropic/haiku\n---\nYou type.\n');
    writeFileSync(
      join(folder, 'small.yaml'),
      'name: small\ninputs:\n  what: { type: string }\nphases:\n  - name: Only\n    tasks:\n      - { profile: worker, prompt: "Do ${{ inputs.what }}." }\n',
    );
    const script = {
      rules: [{ name: 'any', when: () => true, answer: (c: { prompt: string }) => ({ text: `did: ${c.prompt}` }) }],
    };
    env = await openRunEnv({ script, settings: { workflowsDirs: [folder], agentsDirs: [join(folder, 'agents')] } });
    connection = await Connection.connect(clientOptionsOf(await reachTemporal(inject('temporal'))));
    client = new Client({ connection });
  });
  afterAll(async () => {
    await connection.close();
    await env.close();
    rmSync(folder, { recursive: true });
  });

  const execute = (input: unknown) =>
    client.workflow.execute('orchestrate', {
      workflowId: `by-hand-${randomUUID()}`,
      taskQueue: env.settings.taskQueue,
      args: input === undefined ? [] : [input],
      workflowExecutionTimeout: '20 s',
    }) as Promise<RunResult>;

  it('runs a file below the workflows folder, with its inputs', async () => {
    const result = await execute({ workflow: 'small', inputs: { what: 'it' } });
    expect(result).toMatchObject({ status: 'succeeded', workflow: 'small' });
    expect(Object.values(result.tasks)[0]?.output).toBe('did: Do it.');
  });

  it('runs an inline definition', async () => {
    const definition = {
      name: 'inline',
      default_profile: 'worker',
      phases: [{ name: 'P', tasks: [{ prompt: 'Go.' }] }],
    };
    expect(await execute({ definition, limits: { usd: 1 } })).toMatchObject({
      status: 'succeeded',
      workflow: 'inline',
    });
  });

  const one = { tasks: [{ id: 'a', profile: 'worker', prompt: 'x' }] };
  it('works in the folder that a definition names', async () => {
    mkdirSync(join(env.workspace, 'within'));
    const { runId } = await execute({ definition: { workspace: 'within', ...one } });
    expect(await env.store.runs.find(runId)).toMatchObject({ workspace: join(env.workspace, 'within') });
  });

  it.each([
    ['no input at all', undefined, /exactly one of/],
    ['null', null, /exactly one of/],
    ['a number', 7, /expected object|Invalid input/i],
    ['an unknown key', { workflow: 'small', worklfow: 1 }, /worklfow/],
    ['no such workflow', { workflow: 'nothing-here' }, /there is no nothing-here/],
    ['a workflow outside of the folder', { workflow: '../../etc/passwd' }, /there is no/],
    ['a missing input', { workflow: 'small' }, /what/],
    ['an input of the wrong type', { workflow: 'small', inputs: { what: { deep: 1 } } }, /what/],
    [
      'an unknown agent',
      { definition: { phases: [{ name: 'P', tasks: [{ profile: 'wroker', prompt: 'x' }] }] } },
      /worker/,
    ],
    [
      'a provider of models that the worker has not',
      { definition: { tasks: [{ id: 'a', profile: 'typist', prompt: 'x' }] } },
      /"typist" uses the model "antropic\/claude-haiku-4-5".*no provider "antropic".*did you mean "anthropic"/s,
    ],
    ['a wrong key', { definition: { phasse: [] } }, /phases/],
    ['a workspace that is not there', { workflow: 'small', inputs: { what: 'x' }, workspace: 'nowhere' }, /no folder/],
    ['limits that are none', { workflow: 'small', inputs: { what: 'x' }, limits: { usd: -1 } }, /usd/],
    ['two plans', { workflow: 'small', definition: {} }, /exactly one of/],
    [
      'a folder of nobody in a definition',
      { definition: { workspace: 'no-such', tasks: [] } },
      /there is no folder .*no-such/,
    ],
    [
      'a folder that is not the worker’s in a definition',
      { definition: { workspace: '/etc', ...one } },
      /workspace: .*\/etc/,
    ],
    ['a plan that nobody saved', { plan: 'sha256:none' }, /keeps no plan/],
  ])('ends at once as failed on %s', async (_what, input, expected) => {
    const error = await execute(input).catch((caught: unknown) => caught);
    expect(error).toBeInstanceOf(WorkflowFailedError);
    const cause = (error as WorkflowFailedError).cause as Error & { type?: string };
    expect(cause.type).toBe('InvalidInput');
    expect(cause.message).toMatch(expected);
  });

  it('names every error of a definition at once', async () => {
    const definition = {
      phases: [{ name: 'P', tasks: [{ profile: 'nobody', prompt: 'x' }, { prompt: '' }] }],
      wrong: 1,
    };
    const error = await execute({ definition }).catch((caught: unknown) => caught);
    const { message } = (error as WorkflowFailedError).cause as Error;
    expect(message).toMatch(/nobody/);
    expect(message).toMatch(/wrong/);
  });

  it('answers queries while it runs and after it', async () => {
    const workflowId = `queried-${randomUUID()}`;
    const handle = await client.workflow.start('orchestrate', {
      workflowId,
      taskQueue: env.settings.taskQueue,
      args: [{ workflow: 'small', inputs: { what: 'it' } }],
    });
    await handle.result();
    expect(await handle.query('status')).toEqual({ status: 'ending', phase: 'Only', tasks: { succeeded: 1 } });
    expect(await handle.query('plan')).toMatchObject({ name: 'small', tasks: [{ agent: 'worker' }] });
    expect(Object.values((await handle.query('results')) as Record<string, unknown>)).toMatchObject([
      { status: 'succeeded' },
    ]);
  });

  it('sets search attributes', async () => {
    const workflowId = `found-${randomUUID()}`;
    await client.workflow.execute('orchestrate', {
      workflowId,
      taskQueue: env.settings.taskQueue,
      args: [{ workflow: 'small', inputs: { what: 'it' } }],
    });
    const { searchAttributes } = await client.workflow.getHandle(workflowId).describe();
    expect(searchAttributes).toMatchObject({
      GafferWorkflow: ['small'],
      GafferStatus: ['succeeded'],
      GafferAgent: ['worker'],
    });
  });

  it.each(
    ['orchestrate', 'agentTask', 'rollback'].flatMap((type) =>
      [undefined, null, 'text', 7, [], {}, { runKey: null }, { runKey: 7 }, { runKey: '' }, { runKey: 'no:run' }].map(
        (input) => [type, input] as const,
      ),
    ),
  )('%s ends with what is wrong with %j', async (type, input) => {
    const started = client.workflow.execute(type, {
      workflowId: `by-hand-${randomUUID()}`,
      taskQueue: env.settings.taskQueue,
      args: input === undefined ? [] : [input],
      workflowExecutionTimeout: '60 s',
    });
    await expect(started).rejects.toMatchObject({ cause: { type: 'InvalidInput', nonRetryable: true } });
  });
});
