import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Run } from '../../src/client/index.ts';
import { seeded, seedsOf } from '../support/crash/seeds.ts';
import { violations } from '../support/invariants/invariants.ts';
import { helpers, moodyGraph, theWay } from '../support/crash/moody-graph.ts';
import type { RunEnv } from '../support/run/run-env.ts';
import { openRunEnv } from '../support/run/run-env.ts';
import { yamlPlan } from '../support/plan/yaml-plan.ts';

// product.md 2C, F11, through a graph: refusals, empty answers, the same answer again and again.
describe('a graph whose models refuse, say nothing, or repeat themselves', () => {
  let env: RunEnv;
  beforeAll(async () => {
    env = await openRunEnv();
  });
  afterAll(() => env.close());

  describe.each(helpers.map((helper) => ({ helper })))('with help of $helper', ({ helper }) => {
    it.each(seedsOf(1))(
      'tells them apart, asks no more than it was told to, and goes on as its edges say, seed %i',
      async (seed) => {
        const random = seeded(seed * 7 + helper.length);
        const graph = moodyGraph(random, helper);
        const mode = random(2) === 0 ? 'child' : 'inline';
        const plan = yamlPlan(`limits: { tasks: ${mode} }\n${graph.yaml}`);
        env.model.setScript(graph.script);
        const handle = await env.start(plan, { runId: `moody-${helper}-${seed}` });
        const isOver = helper === 'person' ? answerAll(handle) : null;
        const result = await handle.result();
        await isOver;
        const ends = Object.fromEntries(Object.entries(result.tasks).map(([id, { status }]) => [id, status]));
        const expected = [...graph.expected];
        expect(ends, graph.yaml).toEqual(Object.fromEntries(expected.map(([id, { status }]) => [id, status])));
        expect(result.status).toBe(graph.status);
        for (const [id, { says, calls }] of expected) {
          const { error } = result.tasks[id]!;
          if (says) expect(error, id).toMatch(says);
          else expect(error, id).toBeNull();
          expect({ id, calls: callsOf(handle, id) }).toEqual({ id, calls });
        }
        expect(await violations(env, handle.runKey, [], { plan })).toEqual([]);
      },
    );
  });

  /** A person who shows everybody the way, until the run is over. */
  async function answerAll(handle: Run): Promise<void> {
    for await (const event of handle.events()) {
      if (event.type !== 'blocker:raised' || event.asks !== '') continue;
      await handle.answer({ id: event.blockerId, text: theWay, by: 'ann' });
    }
  }

  function callsOf({ runKey }: Run, id: string): number {
    return env.model.requests.filter((call) => call.callKey?.startsWith(`${runKey}/${id}~`)).length;
  }
});
