import { randomUUID } from 'node:crypto';
import { Client, Connection } from '@temporalio/client';
import { clientOptionsOf } from '../../src/domain/temporal-target.ts';
import { reachTemporal } from '../../src/host/front/reach-temporal.ts';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Rule } from '../../src/testing/index.ts';
import type { RunningWorker } from '../../src/workers/start-worker.ts';
import { startWorker } from '../../src/workers/start-worker.ts';
import { agent, phase, plan, task } from '../support/plan/builders.ts';
import { expectRefusal, gaffer } from '../support/command/cli.ts';
import type { RunEnv } from '../support/run/run-env.ts';
import { openRunEnv } from '../support/run/run-env.ts';
import { tempFolder } from '../support/base/temp-folder.ts';
import { until } from '../support/base/until.ts';
import { buildIfStale } from '../support/run/worker-process.ts';

const twoTasks = () =>
  plan({
    phases: [phase('One'), phase('Two')],
    tasks: [
      task({ id: 'first', phase: 0, prompt: 'First.' }),
      task({ id: 'second', phase: 1, afterPhase: 0, prompt: 'Second.' }),
    ],
    agents: { worker: agent({ tools: ['bash'], maxTurns: 5000 }) },
  });

describe('worker versions', { timeout: 90_000 }, () => {
  const deployment = `crew-${randomUUID().slice(0, 8)}`;
  let env: RunEnv;
  let client: Client;
  /** Whether the model keeps asking for one more tool. */
  let goesOn = true;
  let asked = 0;
  const workers: RunningWorker[] = [];

  const looping: Rule = {
    name: 'works until it is told to stop',
    when: () => true,
    answer: ({ prompt }) => {
      asked += 1;
      if (prompt !== 'First.' || !goesOn) return { text: 'done', latencyMs: 20 };
      return { tools: [{ name: 'bash', input: { command: `echo ${asked}` } }], latencyMs: 50 };
    },
  };
  const start = async (buildId: string, makeCurrent: boolean): Promise<RunningWorker> => {
    const worker = await startWorker({ ...env.settings, deployment: { name: deployment, buildId, makeCurrent } });
    workers.push(worker);
    return worker;
  };
  /** Build ids that completed the workflow tasks of an execution, in order, repeats left out. */
  const buildsOf = async (workflowId: string): Promise<string[]> => {
    const { events } = await client.workflow.getHandle(workflowId).fetchHistory();
    const builds = (events ?? []).flatMap(
      (event) => event.workflowTaskCompletedEventAttributes?.deploymentVersion?.buildId ?? [],
    );
    return builds.filter((build, index) => build !== builds[index - 1]);
  };

  beforeAll(async () => {
    env = await openRunEnv({
      withWorker: false,
      script: { rules: [looping] },
      settings: { unsandboxedShell: true, tuning: { cachedWorkflows: 20 } },
    });
    const connection = await Connection.connect(clientOptionsOf(await reachTemporal(env.settings.temporal)));
    client = new Client({ connection });
  });
  afterAll(async () => {
    await Promise.all(workers.map((worker) => worker.stop()));
    await client.connection.close();
    await env.close();
  });

  it('keeps a task on the version that it began on, moves the run to the current one, and starts what is new there', async () => {
    const first = await start('1.0.1', true);
    expect(first.deployment).toEqual([`Version 1.0.1 of deployment ${deployment} is current.`]);
    const handle = await env.start(twoTasks());
    await until('the first task uses its tools', () => asked > 2);

    const second = await start('1.0.2', false);
    expect(second.deployment[0]).toMatch(/^Version 1\.0\.2 of .* is not current \(1\.0\.1 is\).*--make-current$/);
    const third = await start('1.0.2', true);
    expect(third.deployment[0]).toMatch(/1\.0\.2 of .* is current/);
    const before = asked;
    await until('the first task goes on', () => asked > before + 2);
    goesOn = false;
    expect(await handle.result()).toMatchObject({ status: 'succeeded' });
    expect(await buildsOf(`${handle.id}/first`)).toEqual(['1.0.1']);
    expect(await buildsOf(handle.id)).toEqual(['1.0.1', '1.0.2']);
    expect(await buildsOf(`${handle.id}/second`)).toEqual(['1.0.2']);
  });

  it('has a task wait for its version when all workers of that are gone, and go on with it', async () => {
    goesOn = true;
    const begun = asked;
    const newer = await start('2.0.0', true);
    const handle = await env.start(twoTasks());
    await until('the first task uses its tools', () => asked > begun + 2);
    await newer.stop();
    await start('2.0.1', true);
    goesOn = false;
    await until('it says which worker is missing', async () => {
      const { stuck } = await handle.describe();
      return /^first: .* worker of version 2\.0\.0, to which it is pinned: start one with `gaffer worker --dep/.test(
        stuck ?? '',
      );
    });
    const description = await client.workflow.getHandle(handle.id).describe();
    expect(description.status.name).toBe('RUNNING');
    const back = await startWorker({ ...env.settings, deployment: { name: deployment, buildId: '2.0.0' } });
    workers.push(back);
    expect(back.deployment[0]).toMatch(/is not current \(2\.0\.1 is\)/);
    expect(await handle.result()).toMatchObject({ status: 'succeeded' });
    expect(await buildsOf(`${handle.id}/first`)).toEqual(['2.0.0']);
    expect(await buildsOf(`${handle.id}/second`)).toEqual(['2.0.1']);
  });
});

describe('gaffer worker', { timeout: 60_000 }, () => {
  it.each([
    { flags: ['--deployment', 'crew'], says: /--build-id ID is missing/ },
    { flags: ['--build-id', '1'], says: /--deployment NAME is missing/ },
    { flags: ['--make-current'], says: /--make-current needs --deployment NAME and --build-id ID/ },
    { flags: ['--deployment', 'my.crew', '--build-id', '1'], says: /--deployment "my\.crew": letters/ },
    { flags: ['--deployment', 'crew', '--build-id', 'a b'], says: /--build-id "a b": letters/ },
  ])('refuses $flags before it connects to anything', async ({ flags, says }) => {
    buildIfStale();
    expectRefusal(await gaffer(['worker', ...flags], { cwd: tempFolder() }), 2, says);
  });
});
