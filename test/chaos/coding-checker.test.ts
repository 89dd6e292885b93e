import { spawn } from 'node:child_process';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect } from 'vitest';
import { userStateDir } from '../../src/host/private-folder.ts';
import { crewScript, openCommandCrew } from '../support/coding/command-crew.ts';
import { aboutCoding } from '../support/invariants/coding.ts';
import { violations } from '../support/invariants/invariants.ts';
import { allEvents } from '../support/run/all-events.ts';
import { openRunEnv, type RunEnv } from '../support/run/run-env.ts';
import { buildIfStale } from '../support/run/worker-process.ts';
import { inSandbox } from '../support/tools/sandbox.ts';

const text = `
merge: { auto: true, gates: ['test -e src/a.txt'] }
tasks:
  - { id: a, files_scope: ['src/**'], prompt: "Run: echo one > src/a.txt" }
  - { id: b, files_scope: ['src/**'], depends_on: [a], prompt: "Run: echo two > src/b.txt" }
`;
const changeEvent = (type: string, task: string, to: string): string =>
  `update events set data = data || '${to}' where run_no = $1 and data ->> 'type' = '${type}' and data ->> 'taskId' = '${task}'`;

// A checker that sees nothing passes everything: here it is shown, one after the other, what it must find of a crew in worktrees.
describe('the checker of invariants, of a coding crew', () => {
  let env: RunEnv;
  beforeAll(async () => {
    buildIfStale();
    env = await openRunEnv({ withWorker: false, script: crewScript() });
  });
  afterAll(() => env.close());

  inSandbox(
    'finds work outside of a lease, lost and doubled commits, what nobody gated, calls that were paid twice, and what is left',
    async () => {
      const crew = await openCommandCrew(env, text, { 'src/a.txt': 'a\n' });
      const run = await crew.start();
      expect((await run.result()).status).toBe('succeeded');
      const look = () => violations(env, run.runKey, [], { plan: crew.plan });
      expect(await look()).toEqual([]);
      const lookAtCoding = async () =>
        aboutCoding(env.store, { runKey: run.runKey, story: await allEvents(env.store, run.runKey), plan: crew.plan });
      const { rows } = await env.store.sql.query<{ no: number }>('select no from runs where run_key = $1', [
        run.runKey,
      ]);
      const change = (statement: string) => () => env.store.sql.query(statement, [rows[0]!.no]);
      const branchOf = (task: string): string => `gaffer/${run.id}/${task}`;
      const main = crew.git('rev-parse', 'main');
      const again = (): string =>
        crew.git(
          'update-ref',
          'refs/heads/main',
          crew.git('commit-tree', 'main^{tree}', '-p', 'main', '-p', branchOf('b'), '-m', 'again'),
        );
      const [first] = env.model.requests;
      let living: ReturnType<typeof spawn> | undefined;
      const homes = join(userStateDir(), 'agents');

      const changes: [RegExp, () => unknown][] = [
        [/^V1 .*\/a~1\/.* was asked 2 times/, () => env.model.requests.push({ ...first! })],
        [
          /^V3 .*\/a~1\/.* has a usage that nobody reported/,
          () => env.model.requests.forEach((each) => (each.usage = null)),
        ],
        [
          /^V16 b has a lease that meets that of a /,
          change(changeEvent('snapshot:saved', 'a', '{"type": "lease:granted", "taskId": "b", "fence": 1}')),
        ],
        [/^V16 the fence of b does not grow/, change(changeEvent('lease:granted', 'b', '{"fence": 0}'))],
        [
          /^V16 b@\d+ has src\/b\.txt, which b may not write/,
          change(`update worktrees set writable = '["docs"]' where run_no = $1`),
        ],
        [
          /^V16 gaffer\/.*\/b has src\/b\.txt, which b may not write/,
          change(`update worktrees set files_scope = '["docs/**"]' where run_no = $1`),
        ],
        [/^V17 b@1 is lost/, () => crew.git('update-ref', '-d', `refs/gaffer/${run.id}/b/1`)],
        [/^V17 b@1 is noted nowhere/, change(`delete from worktree_snapshots where run_no = $1 and task_id = 'b'`)],
        [/^V18 b is merged 2 times into main/, again],
        [/^V18 main stood at \w+, which was not gated/, () => undefined],
        [/^V18 b counts as merged and is not in main/, () => crew.git('update-ref', 'refs/heads/main', `${main}~1`)],
        [/^V18 b .* is told as merged 2 times/, change(changeEvent('merge:queued', 'b', '{"type": "merge:merged"}'))],
        [/^V17 gaffer\/.* is lost/, change(`update merge_branches set head = repeat('0', 40) where run_no = $1`)],
        [/^V19 the worktree of a is left open/, change(`update worktrees set state = 'open' where run_no = $1`)],
        [/^V19 a token of a is still good/, change('update gateway_tokens set ended_at = null where run_no = $1')],
        [/^V19 the call .* is still under way/, change(`update gateway_calls set state = 'open' where run_no = $1`)],
        [
          /^V19 git of the repository has .*main\.lock/,
          () => writeFileSync(join(crew.folder, '.git/refs/heads/main.lock'), ''),
        ],
        [/^V19 the home left-behind is left/, () => mkdirSync(join(homes, 'left-behind'))],
        [/^V19 the folder merge-x of a merge is left/, () => mkdirSync(join(userStateDir(), 'merges', 'merge-x'))],
        [
          /^V19 .*left-behind.* still runs/,
          () => (living = spawn('tail', ['-f', '/dev/null', join(homes, 'left-behind')])),
        ],
      ];
      try {
        for (const [finds, make] of changes) {
          await make();
          const found = /V1\b|V3/.test(finds.source) ? await look() : await lookAtCoding();
          expect(found).toContainEqual(expect.stringMatching(finds));
        }
      } finally {
        living?.kill('SIGKILL');
        rmSync(join(crew.folder, '.git/refs/heads/main.lock'), { force: true });
      }
    },
    90_000,
  );
});
