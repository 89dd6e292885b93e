import { randomUUID } from 'node:crypto';
import { mkdirSync, mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client, Connection, WorkflowFailedError } from '@temporalio/client';
import { afterEach, beforeEach, describe, expect, inject, it } from 'vitest';
import { connect } from '../../src/client/connect.ts';
import type { Runs } from '../../src/client/temporal-runs.ts';
import type { GafferHome } from '../../src/config/home.ts';
import { startStack } from '../../src/dev/stack.ts';
import { foreignReason } from '../../src/domain/foreign.ts';
import { connectTemporal } from '../../src/client/connection/temporal-connection.ts';
import type { TemporalRecord } from '../../src/dev/temporal/temporal-server.ts';
import { readJsonFile, writeJsonFile } from '../../src/host/json-file.ts';
import type { TemporalTarget } from '../../src/domain/temporal-target.ts';
import { type ScriptedModelServer, startScriptedModel } from '../../src/testing/index.ts';
import { startWorker } from '../../src/workers/start-worker.ts';
import { later, plainEnv, temporaryHome } from '../support/dev/home.ts';
import { hasNamespaces } from '../support/dev/namespaces.ts';
import { yamlPlan } from '../support/plan/yaml-plan.ts';
import { reach } from '../support/run/reach.ts';

/** Everything of one start of a home: servers, a worker, who starts runs, and a client that has no key. */
interface Place {
  target: TemporalTarget;
  said: string[];
  runs: Runs;
  stranger: Client;
  taskQueue: string;
  stop(): Promise<void>;
}

const waits = 'tasks:\n  - { id: one, prompt: the-secret-plan, approval: before }\n';
const taskQueue = 'sealed';
let folder: string;
let home: GafferHome;
let model: ScriptedModelServer;

beforeEach(async () => {
  folder = realpathSync(mkdtempSync(join(tmpdir(), 'gaffer-dev-')));
  mkdirSync(join(folder, 'bin'));
  home = temporaryHome(folder);
  model = await startScriptedModel({ rules: [{ name: 'done', when: () => true, answer: () => ({ text: 'Done.' }) }] });
  later(() => model.close());
});
afterEach(() => later(() => rmSync(folder, { recursive: true, force: true })));

/** Without bubblewrap on the PATH there are no namespaces. */
async function open(namespaces: 'with' | 'without'): Promise<Place> {
  const env = namespaces === 'with' ? plainEnv : { ...plainEnv, PATH: join(folder, 'bin') };
  const said: string[] = [];
  const stack = await startStack({ home, env, say: (line) => said.push(line) });
  const { target } = stack.temporal;
  const { databaseUrl } = stack;
  const worker = await startWorker({
    ...{
      temporal: target,
      databaseUrl,
      taskQueue,
      workspace: folder,
      workflowsDirs: [],
      agentsDirs: [],
      folders: { within: [folder], plansAnywhere: true },
    },
    models: { kind: 'scripted', accounts: { anthropic: { apiKey: model.apiKey, baseURL: model.url } } },
    ...{ unsandboxedShell: false, webAllow: [], logFile: null, workflowBundle: inject('workflowBundle') },
  });
  const runs = await connect({ temporal: target, databaseUrl, taskQueue, cwd: folder, env: {} });
  const connection = target.password === undefined ? await Connection.connect({ address: target.address }) : null;
  const stranger = new Client(connection ? { connection } : {});
  return {
    ...{ target, said, runs, stranger, taskQueue },
    async stop() {
      await connection?.close();
      await runs.close();
      await worker.stop();
      await stack.stop();
    },
  };
}

const start = ({ runs }: Place) => runs.start({ plan: { ...yamlPlan(waits), workspace: folder } });
/** Payloads that anybody can read, wherever they stand in a history. What lists are filtered by is not looked at. */
function plainIn(value: unknown): string[] {
  if (typeof value !== 'object' || value === null || value instanceof Uint8Array) return [];
  const { metadata, data } = value as { metadata?: Record<string, Uint8Array>; data?: Uint8Array };
  if (metadata?.['encoding']) {
    return Buffer.from(metadata['encoding']).toString() === 'binary/gaffer-sealed'
      ? []
      : [Buffer.from(data!).toString()];
  }
  return Object.entries(value).flatMap(([name, part]) => (name === 'searchAttributes' ? [] : plainIn(part)));
}

describe('a server whose ports are open to this machine', () => {
  it('says so, and tells others nothing of a run', async () => {
    const place = await open('without');
    later(() => place.stop());
    expect(place.said.join('\n')).toMatch(/every account of this machine reaches its ports, for bubblewrap is not/);
    const run = await start(place);
    await reach(run, 'approval:requested');
    await run.approve({ by: 'olga' });
    await expect(run.result()).resolves.toMatchObject({ status: 'succeeded' });
    const handle = place.stranger.workflow.getHandle(run.id);
    const history = await handle.fetchHistory();
    // Names and times of quick steps are the SDK's own notes.
    expect(plainIn(history).filter((text) => !/^\{"seq":\d+,"attempt":/.test(text))).toEqual([]);
    expect((await (await place.runs.temporalClient()).workflow.getHandle(run.id).result()).status).toBe('succeeded');
  });

  it('has workers refuse by name what others start and send, and go on with what is ours', async () => {
    const place = await open('without');
    later(() => place.stop());
    const { stranger } = place;
    const run = await start(place);
    await reach(run, 'approval:requested');
    const ours = stranger.workflow.getHandle(run.id);
    const [begun] = (await ours.fetchHistory()).events!;
    const stolen = begun!.workflowExecutionStartedEventAttributes!.input!;
    const foreignRuns = ['orchestrate', 'agentTask', 'rollback'].map((type) =>
      stranger.workflow.start(type, { workflowId: `foreign-${type}`, taskQueue, args: [{ plan: 'x', runKey: 'x' }] }),
    );
    const copy = stranger.workflowService.startWorkflowExecution({
      ...{ namespace: 'default', workflowId: 'foreign-copy', requestId: randomUUID(), input: stolen },
      ...{ workflowType: { name: 'orchestrate' }, taskQueue: { name: taskQueue } },
    });
    await Promise.all([...foreignRuns, copy]);
    for (const id of ['foreign-orchestrate', 'foreign-agentTask', 'foreign-rollback', 'foreign-copy']) {
      const end = await stranger.workflow
        .getHandle(id)
        .result()
        .catch((error: unknown) => error);
      expect(end, id).toBeInstanceOf(WorkflowFailedError);
      expect((end as WorkflowFailedError).cause, id).toMatchObject({ type: 'InvalidInput', message: foreignReason });
    }
    const args: [object] = [{ id: 'before/one', decision: 'approve', role: 'owner', by: 'mallory' }];
    await expect(ours.executeUpdate<void, [object]>('approve', { args })).rejects.toMatchObject({
      cause: { message: foreignReason },
    });
    await ours.signal('taskReport', { taskId: 'one', kind: 'end' });
    await run.approve({ by: 'olga' });
    await expect(run.result()).resolves.toMatchObject({ status: 'succeeded' });
  });
});

describe.skipIf(!hasNamespaces)('a home that moves between machines with namespaces and without', () => {
  it('goes on with the runs of before, whichever way', async () => {
    let place = await open('with');
    const older = await start(place);
    await reach(older, 'approval:requested');
    await place.stop();
    place = await open('without');
    const sealed = await start(place);
    await reach(sealed, 'approval:requested');
    const found = await place.runs.find(older.id);
    await found.approve({ by: 'olga' });
    await expect(found.result()).resolves.toMatchObject({ status: 'succeeded' });
    await place.stop();
    place = await open('with');
    later(() => place.stop());
    const again = await place.runs.find(sealed.id);
    await again.approve({ by: 'olga' });
    await expect(again.result()).resolves.toMatchObject({ status: 'succeeded' });
  });
});

describe('a server that an earlier version started', () => {
  it('is taken as it is, until it is started anew', async () => {
    const first = await startStack({ home, env: { ...plainEnv, PATH: join(folder, 'bin') }, say: () => undefined });
    const [stateFile, pinFile] = ['stack.json', 'temporal.json'].map((name) => join(home.path, name)) as [
      string,
      string,
    ];
    const state = readJsonFile(stateFile) as { temporal: TemporalRecord };
    const { program: _program, isSealed: _isSealed, ...older } = state.temporal;
    writeJsonFile(stateFile, { ...state, temporal: older });
    writeJsonFile(pinFile, { version: older.version, serverVersion: older.serverVersion });
    const said: string[] = [];
    const second = await startStack({ home, env: plainEnv, say: (line) => said.push(line) });
    expect(said.join('\n')).toContain('an earlier version started it');
    expect(second.temporal.target).toEqual({ address: `127.0.0.1:${older.port}`, namespace: 'default' });
    const connection = await Connection.connect({ address: second.temporal.target.address });
    const id = `older-${randomUUID()}`;
    await new Client({ connection }).workflow.start('nobody', { workflowId: id, taskQueue: 'nobody' });
    await connection.close();
    await second.stop();
    await first.stop();
    const third = await startStack({ home, env: plainEnv, say: () => undefined });
    later(() => third.stop());
    const reached = await connectTemporal(third.temporal.target);
    await expect(reached.client.workflow.getHandle(id).describe()).resolves.toMatchObject({
      status: { name: 'RUNNING' },
    });
    await reached.close();
    expect(third.temporal.target.password === undefined).toBe(!hasNamespaces);
  });
});
