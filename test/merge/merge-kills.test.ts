import { readFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ScriptedConversation } from '../../src/testing/index.ts';
import { patient } from '../support/base/patience.ts';
import { until } from '../support/base/until.ts';
import { gitOf, newRepository } from '../support/coding/merge-repository.ts';
import { seeded, seedsOf } from '../support/crash/seeds.ts';
import { yamlPlan } from '../support/plan/yaml-plan.ts';
import { openRunEnv, type RunEnv } from '../support/run/run-env.ts';
import { buildIfStale, spawnWorker, type WorkerProcess } from '../support/run/worker-process.ts';

const works = {
  name: 'works',
  when: (c: ScriptedConversation) => c.results.length === 0 && c.prompt.includes('Run: '),
  answer: (c: ScriptedConversation) => ({
    tools: [{ name: 'bash', input: { command: /Run: (.*)/s.exec(c.prompt)![1]! } }],
  }),
};
const tells = { name: 'tells', when: () => true, answer: () => ({ text: 'done' }) };
const names = ['a', 'b', 'bad', 'c', 'd'];
const kills = 4;
/** Longest time between two kills, in ms: a train of this size takes about so long, as one of its gates takes its time. */
const longestMs = 2000;
const slowGate = 'sleep 0.4';

describe('a merge train whose worker is killed at any moment', () => {
  let env: RunEnv;
  let worker: WorkerProcess | null = null;
  beforeAll(async () => {
    buildIfStale();
    env = await openRunEnv({ script: { rules: [works, tells] }, withWorker: false });
  });
  afterAll(async () => {
    await worker?.kill();
    await env.close();
  });

  it.each(seedsOf(1))(
    'brings each branch in once, and the target is always what was gated (seed %i)',
    async (seed) => {
      const random = seeded(seed);
      const folder = newRepository({ 'kept.txt': 'kept\n' });
      const git = gitOf(folder);
      const first = git('rev-parse', 'main');
      const tasks = names.map((id) => `  - { id: ${id}, prompt: 'Run: echo ${id} > ${id}.txt' }`).join('\n');
      const text = `workspace: { isolate: worktree }\nmerge: { auto: true, gates: ['test ! -e bad.txt', '${slowGate}'] }\ntasks:\n${tasks}\n`;
      const runId = `train-kill-${seed}`;
      worker ??= await spawnWorker(env.settings);
      const run = await env.start({ ...yamlPlan(text), workspace: folder }, { runId });
      // Whether a branch is in line, or on its way in.
      const isMerging = async (): Promise<boolean> => {
        const isThrough = new Map<string, boolean>();
        for (const event of await env.story(runId)) {
          if (event.type === 'merge:queued') isThrough.set(event.taskId, false);
          if (event.type === 'merge:merged' || event.type === 'merge:rejected') isThrough.set(event.taskId, true);
        }
        return [...isThrough.values()].includes(false);
      };
      await until('a branch is in line', isMerging, patient(60_000));
      let hits = 0;
      for (let kill = 0; kill < kills; kill++) {
        if (kill > 0) await sleep(random(longestMs));
        await worker.kill();
        // What it had not done when it died, nobody has done since.
        if (await isMerging()) hits++;
        worker = await spawnWorker(env.settings);
      }
      expect(hits).toBeGreaterThan(0);
      const result = await run.result({ timeoutMs: patient(120_000) });

      const ends = Object.entries(result.branches!).map(([id, { status }]) => `${id} ${status}`);
      const expected = names.map((id) => `${id} ${id === 'bad' ? 'rejected' : 'merged'}`);
      expect(ends.toSorted()).toEqual(expected.toSorted());
      const titles = git('log', '--first-parent', '--format=%s', `${first}..main`).split('\n');
      const merged = names.filter((id) => id !== 'bad');
      expect(titles.toSorted()).toEqual(merged.map((id) => `Merge ${id} of ${runId} into main`));
      const told = (await env.story(runId)).flatMap((event) => (event.type === 'merge:merged' ? [event.taskId] : []));
      expect(told.toSorted()).toEqual(merged);
      expect(git('status', '--porcelain')).toBe('');
      expect(merged.map((id) => readFileSync(path.join(folder, `${id}.txt`), 'utf8').trim())).toEqual(merged);
      // Whatever main has ever stood at, but for where it began, every gate was green on just that commit.
      const stood = git('reflog', 'show', '--format=%H', 'main').split('\n').slice(0, -1);
      expect(stood.length).toBeGreaterThan(0);
      const { rows } = await env.store.sql.query<{ commit: string; green: number }>(
        `select commit_id as commit, count(*)::int as green from merge_gates g join runs r on r.no = g.run_no
         where r.run_id = $1 and verdict = 'green' group by 1`,
        [runId],
      );
      const green = new Map(rows.map(({ commit, green: count }) => [commit, count]));
      expect(stood.map((commit) => green.get(commit))).toEqual(stood.map(() => 2));
    },
    patient(240_000),
  );
});
