import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openApprover } from '../support/run/approver.ts';
import { graphPlan } from '../support/crash/graph.ts';
import { rightSum } from '../support/crash/crew.ts';
import { seeded, seedsOf } from '../support/crash/seeds.ts';
import { openGates, stumblingScript } from '../support/crash/storm.ts';
import { violations } from '../support/invariants/invariants.ts';
import type { RunEnv } from '../support/run/run-env.ts';
import { openRunEnv } from '../support/run/run-env.ts';

// product.md 2C, F8 to F10: each call may meet one fault, and is then answered.
describe('a graph whose model stumbles', () => {
  let env: RunEnv;
  beforeAll(async () => {
    env = await openRunEnv({ settings: { unsandboxedShell: true } });
  });
  afterAll(() => env.close());

  it.each(seedsOf(1))('comes to its end all the same, paid for exactly, seed %i', async (seed) => {
    const random = seeded(seed);
    const mode = seed % 2 === 0 ? 'child' : 'inline';
    const runId = `faults-${seed}`;
    const workspace = join(env.workspace, runId);
    mkdirSync(workspace);
    const plan = graphPlan(runId, mode, workspace);
    const met: string[] = [];
    await openGates(env);
    env.model.setScript(stumblingScript(runId, { percent: 60, random, met }));
    const handle = await env.start(plan, { runId });
    const approver = openApprover(env, handle);
    const result = await handle.result();
    await approver.close();
    console.log(`${runId}: ${met.length} faults (${met.join(', ')})`);
    expect(result, result.reason ?? '').toMatchObject({
      status: 'succeeded',
      tasks: { sum: { output: rightSum(3) } },
    });
    expect(met.length).toBeGreaterThan(0);
    expect(await violations(env, handle.runKey, [], { plan })).toEqual([]);
  });
});
