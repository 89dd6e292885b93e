import { setTimeout as sleep } from 'node:timers/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect } from 'vitest';
import { lookAtGateways } from '../../src/dev/gateway/stop-gateways.ts';
import { userStateDir } from '../../src/host/private-folder.ts';
import { patient } from '../support/base/patience.ts';
import { processesBelow } from '../support/base/processes.ts';
import { crewScript, openCommandCrew } from '../support/coding/command-crew.ts';
import { seeded, seedsOf } from '../support/crash/seeds.ts';
import { foreignRequests } from '../support/invariants/foreign-requests.ts';
import { type Kill, lookAtFlight, violations } from '../support/invariants/invariants.ts';
import { openRunEnv, type RunEnv } from '../support/run/run-env.ts';
import { buildIfStale } from '../support/run/worker-process.ts';
import { inSandbox } from '../support/tools/sandbox.ts';

const names = ['one', 'two', 'three'];
const kills = 4;
/** Longest time between two kills, in ms: a crew of this size takes about four times as long. */
const longestMs = 1500;

type Victim = 'worker' | 'gateway' | 'agent';
const victims: readonly Victim[] = ['worker', 'gateway', 'agent'];

describe('a crew of programs of others, of which anything is killed at any moment', () => {
  let env: RunEnv;
  beforeAll(async () => {
    buildIfStale();
    env = await openRunEnv({ withWorker: false });
  });
  afterAll(() => env.close());

  for (const seed of seedsOf(2)) {
    inSandbox(`makes one gated branch, pays nothing twice and leaves nothing (seed ${seed})`, async () => {
      const random = seeded(seed);
      const tasks = names.map(
        (name) =>
          `  - { id: ${name}, files_scope: ['${name}/**'], expects_changes: true, prompt: "Run: echo ${name} > ${name}/a.txt\\nRun: cat ${name}/a.txt >> ${name}/b.txt" }`,
      );
      const text = `
merge: { auto: true, gates: ['test ! -e bad.txt', 'test -e agent.mjs'] }
tasks:
${tasks.join('\n')}
  - { id: all, depends_on: [${names.join(', ')}], prompt: "Run: cat ${names.map((n) => `${n}/b.txt`).join(' ')} > all.txt" }
`;
      const files = Object.fromEntries(names.map((name) => [`${name}/a.txt`, 'a\n']));
      const stage = await openCommandCrew(env, text, files);
      env.model.setScript(crewScript(() => ({ latencyMs: random(300) })));
      const before = env.model.requests.length;
      const run = await stage.start();
      let isOver = false;
      const ended = run.result({ timeoutMs: patient(120_000) }).finally(() => (isOver = true));
      ended.catch(() => undefined);

      const found: Kill[] = [];
      const kill: Record<Victim, () => Promise<void>> = {
        worker: () => stage.replaceWorker(),
        async gateway() {
          const [gateway] = await lookAtGateways(stage.home);
          if (!gateway) return;
          process.kill(gateway.pid, 'SIGSTOP');
          found.push(await lookAtFlight(env.store, run.runKey));
          process.kill(gateway.pid, 'SIGKILL');
        },
        async agent() {
          const inside = processesBelow(join(userStateDir(), 'agents')).filter(({ command }) =>
            /agent\.mjs/.test(command),
          );
          const one = inside[random(Math.max(1, inside.length))];
          if (one) process.kill(one.pid, 'SIGKILL');
        },
      };
      for (let count = 0; count < kills && !isOver; count++) {
        await sleep(random(longestMs));
        await kill[victims[random(victims.length)]!]();
      }
      const result = await ended;
      expect([result.status, result.reason]).toEqual(['succeeded', null]);
      expect(stage.git('show', 'main:all.txt')).toBe(names.join('\n'));
      expect(stage.git('status', '--porcelain')).toBe('');
      expect(await violations(env, run.runKey, found, { plan: stage.plan })).toEqual([]);
      const told = [...(await foreignRequests(env, run.runKey)).values()].flat();
      expect(told).toHaveLength(env.model.requests.length - before);
    });
  }
});
