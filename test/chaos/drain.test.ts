import { describe, expect, it } from 'vitest';
import type { Run } from '../../src/client/index.ts';
import { openCrashStage } from '../support/crash/stage.ts';
import { violations } from '../support/invariants/invariants.ts';
import { until } from '../support/base/until.ts';
import { spawnWorker } from '../support/run/worker-process.ts';
import { yamlPlan } from '../support/plan/yaml-plan.ts';

const size = 6;
const latencyMs = 1500;

// Issue 4, section 5: a worker's shutdown is told apart from a user's stop, and causes no retry that costs money.
describe('SIGTERM of a worker with calls in flight', () => {
  const stage = openCrashStage({
    script: { rules: [{ name: 'slow', when: () => true, answer: (c) => ({ text: c.prompt, latencyMs }) }] },
  });

  const tasks = Array.from({ length: size }, (_, index) => `  - { id: t${index}, prompt: "Do ${index}." }`);
  const text = `tasks:\n${tasks.join('\n')}\n  - { id: end, prompt: End., depends_on: [${tasks.map((_, index) => `t${index}`).join(', ')}] }\n`;

  it.each([
    { who: 'another worker', mode: 'child' },
    { who: 'its successor', mode: 'inline' },
  ])('lets them end, and $who goes on, tasks $mode', async ({ who, mode }) => {
    const { env } = stage;
    const plan = yamlPlan(`limits: { tasks: ${mode} }\n${text}`);
    const other = who === 'another worker' ? await spawnWorker(env.settings) : null;
    const handle = await env.start(plan, { runId: `drain-${mode}` });
    await until('all calls are out', () => callsOf(handle).length === size);
    const [code, next] = await Promise.all([stage.worker.stop(), other ?? spawnWorker(env.settings)]);
    stage.worker = next;
    expect(code).toBe(0);
    expect(await handle.result()).toMatchObject({ status: 'succeeded', summary: { successfulTasks: size + 1 } });
    const calls = callsOf(handle);
    expect(calls.map((call) => call.outcome)).toEqual(calls.map(() => 'answered'));
    expect(calls).toHaveLength(size + 1);
    const attempts = (await env.story(handle.id)).filter((event) => event.type === 'task:start');
    expect(attempts.filter((event) => event.attempt > 1)).toEqual([]);
    expect(await violations(env, handle.runKey, [], { plan })).toEqual([]);
  });

  function callsOf({ runKey }: Run) {
    return stage.env.model.requests.filter((request) => request.callKey?.startsWith(`${runKey}/`));
  }
});
