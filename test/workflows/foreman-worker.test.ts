import { execFile } from 'node:child_process';
import { cpSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { Client, Connection } from '@temporalio/client';
import { clientOptionsOf } from '../../src/domain/temporal-target.ts';
import { reachTemporal } from '../../src/host/front/reach-temporal.ts';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { script } from '../../examples/foreman-worker/script.ts';
import { loadAgents } from '../../src/agents/registry.ts';
import { loadPlan } from '../../src/definition/load-plan.ts';
import type { RunResult } from '../../src/domain/run/run-result.ts';
import { startScriptedModel } from '../../src/testing/index.ts';
import { bundleWorkflows } from '../../src/workers/bundle-workflows.ts';
import type { ScriptedModelServer } from '../../src/testing/index.ts';
import type { RunEnv } from '../support/run/run-env.ts';
import { openRunEnv } from '../support/run/run-env.ts';

const example = fileURLToPath(new URL('../../examples/foreman-worker/', import.meta.url));
const phases = ['Issue Creation', 'Issue Processing', 'Issue Monitoring', 'Process Unblocked', 'Summary'];

describe('the foreman-worker example', () => {
  let folder: string;
  let env: RunEnv;
  let pages: ScriptedModelServer;
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'gaffer-example-'));
    const { code } = await bundleWorkflows(join(example, 'manual.ts'));
    const workflowBundle = join(folder, 'bundle.js');
    writeFileSync(workflowBundle, code);
    pages = await startScriptedModel(script);
    const settings = {
      ...{ workflowBundle, agentsDirs: [join(example, 'agents')], webAllow: [new URL(pages.url).host] },
      // The rules are our own: they may have a shell where there is no bubblewrap.
      unsandboxedShell: true,
    };
    env = await openRunEnv({ script: { ...script, latencyMs: 0 }, settings });
  });
  afterAll(async () => {
    await env.close();
    await pages.close();
    rmSync(folder, { recursive: true, force: true });
  });

  function freshProject(name: string): string {
    const workspace = join(folder, name);
    cpSync(join(example, 'project'), workspace, { recursive: true });
    return workspace;
  }

  async function expectRepaired(result: RunResult, workspace: string): Promise<void> {
    expect(result).toMatchObject({ status: 'succeeded', reason: null });
    expect(result.summary).toMatchObject({ totalTasks: 8, successfulTasks: 8, sessions: 3, contexts: 4 });
    // A failing test would make the command, and so this test, fail.
    await promisify(execFile)(process.execPath, ['--test'], { cwd: workspace });
    const events = await env.story(result.runId);
    for (const type of ['issue:created', 'issue:closed'])
      expect(events.filter((event) => event.type === type)).toHaveLength(4);
    for (const type of ['issue:blocked', 'issue:unblocked'])
      expect(events.filter((event) => event.type === type)).toHaveLength(1);
  }

  it('repairs the sample project as a workflow file', async () => {
    const workspace = freshProject('declared');
    const agents = loadAgents([join(example, 'agents')]);
    const source = { kind: 'file', file: join(example, 'workflow.yaml') } as const;
    const inputs = { page: `${pages.url}/pages/reset-links` };
    const { plan, warnings } = loadPlan(source, { agents, inputs, workspace, cwd: example });
    expect(warnings).toEqual([]);
    const result = await env.run(plan);
    await expectRepaired(result, workspace);
    const ended = (await env.story(result.runId)).flatMap((event) =>
      event.type === 'phase:complete' ? event.phase : [],
    );
    expect(ended).toEqual(phases);
  });

  it('repairs it as a workflow written by hand', async () => {
    const workspace = freshProject('by-hand');
    const connection = await Connection.connect(clientOptionsOf(await reachTemporal(inject('temporal'))));
    const result = await new Client({ connection }).workflow.execute('foremanWorker', {
      workflowId: `by-hand-${env.settings.taskQueue}`,
      taskQueue: env.settings.taskQueue,
      args: [{ page: `${pages.url}/pages/reset-links`, workspace }],
    });
    await connection.close();
    await expectRepaired(result as RunResult, workspace);
  });
});
