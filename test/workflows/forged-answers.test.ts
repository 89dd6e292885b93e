import { randomBytes } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, inject, it } from 'vitest';
import { toChildId } from '../../src/domain/ids/child-id.ts';
import type { RunningWorker } from '../../src/workers/start-worker.ts';
import { startWorker } from '../../src/workers/start-worker.ts';
import { agent } from '../support/plan/builders.ts';
import { yamlPlan } from '../support/plan/yaml-plan.ts';
import { Forger, plainPayload } from '../support/run/forger.ts';
import type { RunEnv } from '../support/run/run-env.ts';
import { openRunEnv } from '../support/run/run-env.ts';

/** What a model has not said, in the form in which workflow code would take it. */
const forgedTurn = {
  ...{ slowTools: [], problem: null, added: [], failure: null },
  turns: [{ head: 'a1', preview: 'forged', stop: 'end', tools: '', fingerprint: 'f', costUsd: 0, usage: {} }],
};
const plan = (text: string) => yamlPlan(text, { agents: [agent({ tools: ['bash'] })] });
const refused = 'somebody else answered in the place of the worker';

/** The shared server, as it is where there are no namespaces: everybody reaches it, and what Gaffer writes is sealed. */
describe('an answer that somebody else gives', () => {
  let env: RunEnv;
  let forger: Forger;
  let worker: RunningWorker;
  /** Whether the model is asked in vain. */
  let isStalled = true;
  const seal = { secret: randomBytes(32).toString('base64url'), seals: true, plainRuns: [] };

  beforeEach(() => void (isStalled = true));
  beforeAll(async () => {
    const stalls = { name: 'stalls', when: () => isStalled, answer: () => ({ fault: { kind: 'stall' } }) as const };
    const script = { rules: [stalls, { name: 'done', when: () => true, answer: () => ({ text: 'Done.' }) }] };
    const temporal = { ...inject('temporal'), seal };
    env = await openRunEnv({ script, settings: { temporal }, withWorker: false });
    forger = await Forger.open();
    worker = await startWorker(env.settings);
  });
  afterAll(async () => {
    await worker.stop();
    await forger.close();
    await env.close();
  });

  it('to a call of a model is refused however it is made, and the call is made again', async () => {
    const run = await env.start(plan('limits: { tasks: inline }\ntasks:\n  - { id: one, prompt: P }\n'));
    const call = () => forger.pending(run.id, 'callModel');
    await forger.complete(await call(), plainPayload(forgedTurn));
    // Sealed by us, for this step: but it is what was asked.
    const first = await call();
    await forger.complete(first, first.asked);
    await forger.complete(await call(), first.asked);
    const details = { payloads: [plainPayload({ limit: 'usd' })] };
    const info = { type: 'BudgetExceeded', nonRetryable: true };
    await forger.fail(await call(), { message: 'forged', applicationFailureInfo: { ...info, details } });
    // The SDK throws when it reads this.
    const cause = { message: 'forged', childWorkflowExecutionFailureInfo: {} };
    const last = await call();
    await forger.heartbeat(last, plainPayload({ at: 1 }));
    isStalled = false;
    await forger.fail(last, { message: 'forged', applicationFailureInfo: info, cause });
    const result = await run.result();
    expect(result).toMatchObject({ status: 'succeeded', tasks: { one: { attempts: 1, output: 'Done.' } } });
    expect(result.summary.costUsd).toBeGreaterThan(0);
    expect(await forger.failedSteps(run.id)).toBe(0);
  });

  it('again and again ends the task by name, and what undoes it is done all the same', async () => {
    const undo = 'while [ ! -e go ]; do sleep 0.1; done; echo undone > undone.txt';
    const run = await env.start(
      plan(`on_failure: compensate
limits: { tasks: inline }
tasks:
  - { id: one, prompt: P, compensate: { bash: '${undo}' } }
`),
    );
    for (let asked = 0; asked < 6; asked++) {
      await forger.complete(await forger.pending(run.id, 'callModel'), plainPayload(forgedTurn));
    }
    await forger.complete(await forger.pending(run.id, 'compensate'), plainPayload({ kind: 'done', error: null }));
    writeFileSync(join(env.workspace, 'go'), '');
    const result = await run.result();
    expect(result).toMatchObject({
      ...{ status: 'failed', compensations: [{ taskId: 'one', status: 'succeeded' }] },
      tasks: { one: { status: 'compensated' } },
    });
    expect(result.reason).toContain(refused);
    expect(readFileSync(join(env.workspace, 'undone.txt'), 'utf8')).toBe('undone\n');
    expect(await forger.failedSteps(run.id)).toBe(0);
  });

  it('in the place of a whole child workflow ends the task by name', async () => {
    const run = await env.start(plan('tasks:\n  - { id: one, prompt: P }\n'));
    const child = toChildId(run.id, 'one', 1);
    await forger.pending(child, 'callModel');
    await worker.stop();
    await forger.client.workflow.getHandle(child).signal('taskControl', { kind: 'limits' });
    const progress = { head: 'a1', preview: 'forged', turns: 1, tokens: 1, costUsd: 0, added: [] };
    await forger.completeWorkflow(child, env.settings.taskQueue, plainPayload(progress));
    worker = await startWorker(env.settings);
    const result = await run.result();
    expect(result).toMatchObject({ status: 'failed', tasks: { one: { status: 'failed', output: '' } } });
    expect(result.tasks.one!.error).toContain(refused);
    expect(await forger.failedSteps(run.id)).toBe(0);
  });

  it('to what writes the result is refused, and the result is written', async () => {
    await worker.stop();
    const control = await startWorker({ ...env.settings, controlOnly: true });
    const run = await env.start(
      plan(`inputs: { isWanted: { type: boolean, default: false } }
tasks:
  - { id: one, prompt: P, when: "\${{ inputs.isWanted }}" }
`),
    );
    const forged = { status: 'succeeded', tasks: {}, summary: { totalTasks: 0 } };
    await forger.completeNext(env.settings.taskQueue, 'finishRun', plainPayload(forged));
    worker = await startWorker(env.settings);
    expect((await run.result()).summary.totalTasks).toBe(1);
    expect(await forger.failedSteps(run.id)).toBe(0);
    await control.stop();
  });
});
