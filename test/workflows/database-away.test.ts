import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { startWorker } from '../../src/workers/start-worker.ts';
import type { RunningWorker } from '../../src/workers/start-worker.ts';
import { until } from '../support/base/until.ts';
import { violations } from '../support/invariants/invariants.ts';
import { yamlPlan } from '../support/plan/yaml-plan.ts';
import type { RunEnv } from '../support/run/run-env.ts';
import { openRunEnv } from '../support/run/run-env.ts';
import type { BreakingLine } from '../support/store/breaking-line.ts';
import { openBreakingLine } from '../support/store/breaking-line.ts';

describe('a worker whose database is away or crowded', { timeout: 120_000 }, () => {
  let env: RunEnv;
  let line: BreakingLine;
  let worker: RunningWorker;
  let onCall: () => void = () => undefined;
  beforeAll(async () => {
    const rule = {
      name: 'answer',
      when: () => true,
      answer: () => {
        onCall();
        return { text: 'Done.' };
      },
    };
    env = await openRunEnv({ script: { rules: [rule] }, withWorker: false });
    line = await openBreakingLine(env.settings.databaseUrl);
    worker = await startWorker({ ...env.settings, databaseUrl: line.url, workflowBundle: inject('workflowBundle') });
  });
  afterAll(async () => {
    await worker.stop();
    await line.close();
    await env.close();
  });

  it('keeps a paid answer in mind until it can be written down, and asks for none meanwhile', async () => {
    const plan = yamlPlan(
      `tasks:\n${['a', 'b', 'c'].map((id) => `  - { id: ${id}, prompt: "Do ${id}." }`).join('\n')}\n  - { id: d, prompt: Do d., depends_on: [a] }`,
    );
    let cut: ReturnType<BreakingLine['cutOff']> | undefined;
    onCall = () => (cut ??= line.cutOff());
    const run = await env.start(plan);
    // Longer than a heartbeat's timeout in tries that double their pauses.
    await until('the answer could not be written down for a while', () => (cut?.tries() ?? 0) >= 20);
    const asked = env.model.requests.length;
    onCall = () => undefined;
    cut!.end();
    expect(await run.result()).toMatchObject({ status: 'succeeded', summary: { successfulTasks: 4 } });
    expect(asked).toBeLessThanOrEqual(3);
    expect(env.model.requests).toHaveLength(4);
    expect(await violations(env, run.runKey, [], { plan })).toEqual([]);
  });
});
