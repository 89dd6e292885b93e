import { mkdtempSync, readdirSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, vi } from 'vitest';
import type { Run } from '../../src/client/index.ts';
import { lookAtGateways } from '../../src/dev/gateway/stop-gateways.ts';
import { userStateDir } from '../../src/host/private-folder.ts';
import { patient } from '../support/base/patience.ts';
import { processesBelow } from '../support/base/processes.ts';
import { type CommandCrew, crewScript, openCommandCrew } from '../support/coding/command-crew.ts';
import { seeded, seedsOf } from '../support/crash/seeds.ts';
import { foreignRequests } from '../support/invariants/foreign-requests.ts';
import { type Kill, lookAtFlight, violations } from '../support/invariants/invariants.ts';
import { openRunEnv, type RunEnv } from '../support/run/run-env.ts';
import { reach } from '../support/run/reach.ts';
import { buildIfStale } from '../support/run/worker-process.ts';
import { inSandbox } from '../support/tools/sandbox.ts';

const names = ['one', 'two', 'three'];
/** Of a seed: `npm run trials -- --factor 10 test/chaos/coding-kills` makes 200. */
const kills = 10;
/** Longest time between two kills, in ms: a crew of this size takes about four times as long. */
const longestMs = 1500;

/** What lies in the temporary folder of this test, and in those folders of it that programs have. */
const temporary = (): string[] =>
  readdirSync(tmpdir()).flatMap((name) =>
    name.startsWith('gaffer-ways-') ? readdirSync(join(tmpdir(), name)) : name.startsWith('gaffer-') ? [name] : [],
  );

type Random = (limit: number) => number;
type Victim = 'worker' | 'gateway' | 'agent' | 'bwrap' | 'train' | 'all';
const victims: readonly Victim[] = ['worker', 'gateway', 'agent', 'bwrap', 'train', 'all'];

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

describe('a crew of programs of others, of which anything is killed at any moment', () => {
  let env: RunEnv;
  let folder = '';
  beforeAll(async () => {
    buildIfStale();
    // Of its own: what tests beside it have there is not left by a kill.
    folder = realpathSync(mkdtempSync(join(tmpdir(), 'kills-')));
    vi.stubEnv('TMPDIR', folder);
    env = await openRunEnv({ withWorker: false });
  });
  afterAll(async () => {
    await env.close();
    vi.unstubAllEnvs();
    rmSync(folder, { recursive: true, force: true });
  });

  for (const seed of seedsOf(2)) {
    inSandbox(
      `makes one gated branch, pays nothing twice and leaves nothing (seed ${seed})`,
      async () => {
        const random = seeded(seed);
        env.model.setScript(crewScript(() => ({ latencyMs: random(300) })));
        const files = Object.fromEntries(names.map((name) => [`${name}/a.txt`, 'a\n']));
        const stage = await openCommandCrew(env, text, files);
        for (let runs = 1, left = kills; left > 0; runs++) left -= await killInRun(stage, random, { left, runs });
      },
      180_000,
    );
  }

  /** A run of the crew, with as many kills as it lives for. @returns how many there were */
  async function killInRun(
    stage: CommandCrew,
    random: Random,
    { left, runs }: { left: number; runs: number },
  ): Promise<number> {
    const before = new Set(temporary());
    const asked = env.model.requests.length;
    const run = await stage.start();
    let isOver = false;
    const ended = run.result({ timeoutMs: patient(120_000) }).finally(() => (isOver = true));
    ended.catch(() => undefined);
    const found: Kill[] = [];
    let done = 0;
    while (done < left && !isOver) {
      await sleep(random(longestMs));
      if (isOver) break;
      if (await kill(victims[random(victims.length)]!, { stage, run, random, found, ended })) done++;
    }
    const result = await ended;
    expect([result.status, result.reason]).toEqual(['succeeded', null]);
    // Each run begins where the one before it ended, and adds a line to each file.
    const lines = names.flatMap((name) => Array.from({ length: runs }, () => name));
    expect(stage.git('show', 'main:all.txt')).toBe(lines.join('\n'));
    expect(stage.git('status', '--porcelain')).toBe('');
    expect(await violations(env, run.runKey, found, { plan: stage.plan })).toEqual([]);
    expect(temporary().filter((name) => !before.has(name))).toEqual([]);
    const told = [...(await foreignRequests(env, run.runKey)).values()].flat();
    expect(told).toHaveLength(env.model.requests.length - asked);
    return done;
  }

  interface Moment {
    stage: CommandCrew;
    run: Run;
    random: Random;
    found: Kill[];
    ended: Promise<unknown>;
  }

  /** @returns whether there was anything to kill */
  async function kill(victim: Victim, moment: Moment): Promise<boolean> {
    const { stage, run, random, ended } = moment;
    switch (victim) {
      case 'worker':
        return killWorker(stage);
      case 'gateway':
        return killGateway(moment);
      case 'agent':
        return killOne(/agent\.mjs/, random);
      case 'bwrap':
        return killOne(/^\S*bwrap\b/, random);
      case 'all':
        killOne(/agent\.mjs/, random);
        await killGateway(moment);
        return killWorker(stage);
      case 'train':
        // Its steps take some 100 ms.
        await Promise.race([reach(run, 'merge:queued'), ended]);
        await sleep(random(400));
        return killWorker(stage);
    }
  }

  async function killWorker(stage: CommandCrew): Promise<boolean> {
    await stage.replaceWorker();
    return true;
  }

  async function killGateway({ stage, run, found }: Moment): Promise<boolean> {
    const [gateway] = await lookAtGateways(stage.home);
    if (!gateway) return false;
    process.kill(gateway.pid, 'SIGSTOP');
    found.push(await lookAtFlight(env.store, run.runKey));
    process.kill(gateway.pid, 'SIGKILL');
    return true;
  }

  function killOne(command: RegExp, random: Random): boolean {
    const all = processesBelow(join(userStateDir(), 'agents')).filter((each) => command.test(each.command));
    const one = all[random(Math.max(1, all.length))];
    if (!one) return false;
    process.kill(one.pid, 'SIGKILL');
    return true;
  }
});
