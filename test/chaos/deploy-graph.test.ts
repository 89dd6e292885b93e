import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { Run } from '../../src/client/index.ts';
import { allEvents } from '../support/run/all-events.ts';
import { openApprover } from '../support/run/approver.ts';
import { checkGraph } from '../support/crash/graph-run.ts';
import { graphPlan, graphScript } from '../support/crash/graph.ts';
import { seeded, seedsOf } from '../support/crash/seeds.ts';
import { openCrashStage } from '../support/crash/stage.ts';
import type { Kill } from '../support/invariants/invariants.ts';
import { violations } from '../support/invariants/invariants.ts';
import type { NextVersion } from '../support/run/next-version.ts';
import { buildNextVersion, nextPatches } from '../support/run/next-version.ts';
import type { Execution } from '../support/invariants/temporal-witness.ts';
import { closeOf, TemporalWitness, textsIn } from '../support/invariants/temporal-witness.ts';
import { until } from '../support/base/until.ts';
import { spawnWorker } from '../support/run/worker-process.ts';
import { yamlPlan } from '../support/plan/yaml-plan.ts';

// product.md 2C, F16: the old worker is killed, and one with other workflow code takes over; then back again.
const longestRunMs = 45_000;

describe('a deploy in the middle of a graph', () => {
  const stage = openCrashStage({ settings: { unsandboxedShell: true } });
  let next: NextVersion;
  let nextWitness: TemporalWitness | undefined;
  beforeAll(async () => {
    next = await buildNextVersion();
    nextWitness = new TemporalWitness(stage.env.settings.temporal, next.workflowBundle);
  });
  // The next test begins with the old code again.
  afterEach(async () => {
    await stage.worker.kill();
    stage.worker = await spawnWorker(stage.env.settings);
  });
  afterAll(async () => {
    await nextWitness?.close();
    next?.remove();
  });

  it.each(seedsOf(1))(
    'goes on with the new code; the old one leaves alone what has met it, and the new one ends it, seed %i',
    { timeout: 150_000 },
    async (seed) => {
      const { env } = stage;
      const mode = seed % 2 === 1 ? 'child' : 'inline';
      const random = seeded(seed * 53);
      const runId = `deploy-${mode}-${seed}`;
      const workspace = join(env.workspace, runId);
      mkdirSync(workspace);
      const plan = graphPlan(runId, mode, workspace);
      env.model.setScript(graphScript(runId, ({ answer }) => ({ ...answer, latencyMs: 50 })));
      const handle = await env.start(plan, { runId });
      const approver = openApprover(env, handle);
      const kills: Kill[] = [];
      try {
        const target = 1 + random(40);
        await until('an event comes', async () => (await allEvents(env.store, handle.runKey)).length >= target);
        kills.push(await stage.crash(handle.runKey, next));
        await until('it has met the new code', async () => (await openWithPatch(handle)).length > 0);
        kills.push(await stage.crash(handle.runKey));
        const stopped = await openWithPatch(handle);
        console.log(`${runId}: from event ${target} on with the new code, which ${stopped.length} open ones have met`);
        const ids = stopped.map(({ executionId }) => executionId);
        await until(
          'they stand still',
          async () => {
            const now = (await executions(handle)).filter(({ executionId }) => ids.includes(executionId));
            return (await Promise.all(now.map(standsStill))).every(Boolean);
          },
          longestRunMs,
        );
        if (mode === 'inline') {
          // Of a step whose first attempt was lost to the kill, Temporal keeps no reason: then it names the worker's log.
          const says = async () => (await handle.describe()).stuck ?? '';
          const why = /workflow task fails again and again.*(look-up|worker's log)/;
          await until('it says why', async () => why.test(await says()), longestRunMs);
        }
        const story = await allEvents(env.store, handle.runKey);
        expect(story.filter(({ type }) => /error|retry|cancel/.test(type))).toEqual([]);
        kills.push(await stage.crash(handle.runKey, next));
        await until('the run ends', async () => (await handle.describe()).status !== 'running', longestRunMs);
        await checkGraph(env, handle, workspace);
        expect(await violations({ ...env, temporal: nextWitness! }, handle.runKey, kills, { plan })).toEqual([]);
      } catch (error) {
        await handle.cancel().catch(() => undefined);
        throw error;
      } finally {
        await approver.close();
      }
    },
  );

  it('goes back to the old code with a run that took no step on the new one', async () => {
    const { env } = stage;
    const text = 'tasks:\n  - { id: a, prompt: A }\n  - { id: b, prompt: B, depends_on: [a], approval: before }\n';
    env.model.setScript({ rules: [{ name: 'any', when: () => true, answer: () => ({ text: 'done' }) }] });
    const plan = yamlPlan(text);
    const handle = await env.start(plan, { runId: 'deploy-and-back' });
    await until('it waits', async () => (await handle.waiting()).length === 1);
    const kills = [await stage.crash(handle.runKey, next)];
    // An answer of the new worker: it has the run in memory, on its code.
    expect(await handle.waiting()).toHaveLength(1);
    kills.push(await stage.crash(handle.runKey));
    await handle.approve({ id: 'before/b', by: 'ann' });
    expect(await handle.result()).toMatchObject({ status: 'succeeded', summary: { successfulTasks: 2 } });
    expect(await violations(env, handle.runKey, kills, { plan })).toEqual([]);
    expect((await executions(handle)).filter(hasMetNext)).toEqual([]);
  });

  const executions = ({ id: runId, runKey }: Run) =>
    stage.env.temporal.executionsOf(runId, runKey.slice(runId.length + 1));

  async function openWithPatch(handle: Run): Promise<Execution[]> {
    const all = await executions(handle);
    return all.filter(
      (one) => isOpen(one) && textsIn(one.history).some((text) => text.includes(nextPatches.agentLoop)),
    );
  }

  // A step that fails is told of once only, and not at all if the kill before it was its first attempt.
  async function standsStill(execution: Execution): Promise<boolean> {
    return failsNow(execution) || (await stage.env.temporal.attemptsOf(execution)) > 2;
  }
});

function isOpen(execution: Execution): boolean {
  return closeOf(execution) === null;
}

function hasMetNext({ history }: Execution): boolean {
  return textsIn(history).some((text) => text.includes(nextPatches.agentLoop));
}

function failsNow({ history }: Execution): boolean {
  const events = history.events!;
  const done = events.findLastIndex((event) => event.workflowTaskCompletedEventAttributes);
  const failed = events.slice(done).flatMap((event) => event.workflowTaskFailedEventAttributes ?? []);
  return failed.some(({ failure }) => /determinis/i.test(failure?.message ?? ''));
}
