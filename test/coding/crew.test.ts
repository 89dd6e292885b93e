import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect } from 'vitest';
import { userStateDir } from '../../src/host/private-folder.ts';
import { processesBelow } from '../support/base/processes.ts';
import { until } from '../support/base/until.ts';
import { crewScript, openCommandCrew } from '../support/coding/command-crew.ts';
import { violations } from '../support/invariants/invariants.ts';
import { openRunEnv, type RunEnv } from '../support/run/run-env.ts';
import { buildIfStale } from '../support/run/worker-process.ts';
import { inSandbox } from '../support/tools/sandbox.ts';

describe('a crew of programs of others', () => {
  let env: RunEnv;
  beforeAll(async () => {
    buildIfStale();
    env = await openRunEnv({ withWorker: false });
  });
  afterAll(() => env.close());

  const files = { 'src/a.txt': 'a\n', 'src/b.txt': 'b\n' };

  inSandbox(
    'makes one gated branch of what each did apart, pays each call once though its worker is killed, and leaves nothing',
    async () => {
      const stage = await openCommandCrew(
        env,
        `
merge: { auto: true, gates: ['test "$(cat src/sum.txt 2>/dev/null || cat src/a.txt)" != broken'] }
tasks:
  - { id: one, files_scope: ['src/**'], expects_changes: true, prompt: "Run: echo one > src/a.txt\\nRun: echo x > README 2>/dev/null || echo kept" }
  - { id: two, expects_changes: true, checks: ['test -e lib/two.txt'], prompt: "Run: mkdir lib && echo two > lib/two.txt\\nRun: cat src/a.txt" }
  - { id: sum, depends_on: [one, two], prompt: "Run: cat src/a.txt lib/two.txt > src/sum.txt" }
`,
        files,
      );
      let held = 0;
      env.model.setScript(
        crewScript((c) => {
          // The second call of each of the two, once: a worker is killed while both are under way.
          if (c.results.length !== 1 || c.prompt.includes('sum.txt') || held >= 2) return {};
          held++;
          return { latencyMs: 3000 };
        }),
      );
      const run = await stage.start();
      await until('both have a call under way', () => held >= 2);
      await stage.replaceWorker();
      const result = await run.result();
      expect([result.status, result.reason]).toEqual(['succeeded', null]);
      expect(stage.git('show', 'main:src/sum.txt')).toBe('one\ntwo');
      expect(stage.git('ls-tree', '--name-only', 'main')).not.toContain('README');
      expect(stage.git('status', '--porcelain')).toBe('');
      expect(readFileSync(join(stage.folder, 'src/sum.txt'), 'utf8')).toBe('one\ntwo\n');

      // The provider's log is the ledger, to the token: nothing was asked for twice, what was under way when the worker died included.
      const { requests } = env.model;
      expect(requests.map(({ outcome }) => outcome)).toEqual(Array.from({ length: 3 + 3 + 2 }, () => 'answered'));
      const usages = [requests, Object.values(result.tasks)].map((all) =>
        all.reduce((sum, { usage }) => [sum[0]! + usage!.inputTokens, sum[1]! + usage!.outputTokens], [0, 0]),
      );
      expect(usages[1]).toEqual(usages[0]);
      // A session of such a program is one turn, however often it asked.
      expect(Object.values(result.tasks).map(({ turns }) => turns)).toEqual([1, 1, 1]);
      expect(result.summary).toMatchObject({ sessions: 1, contexts: 3 });

      const left = userStateDir();
      await until('no program of it runs', () => processesBelow(join(left, 'agents')).length === 0);
      expect(readdirSync(join(left, 'agents'))).toEqual([]);
      expect(await violations(env, run.runKey, [], { plan: stage.plan })).toEqual([]);
      expect((await run.view()).branches!['sum']).toMatchObject({ status: 'merged', into: 'main', lease: null });
      await run.remove();
      expect(stage.git('worktree', 'list').split('\n')).toHaveLength(1);
      expect(readdirSync(stage.folder, { recursive: true }).filter((name) => String(name).endsWith('.lock'))).toEqual(
        [],
      );
    },
  );
});
