import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect } from 'vitest';
import type { RunEvent } from '../../src/domain/run/run-events.ts';
import { listStanding } from '../../src/store/worktrees/worktree-rows.ts';
import type { ScriptedConversation } from '../../src/testing/index.ts';
import { until } from '../support/base/until.ts';
import { crewScript, openCommandCrew, type CommandCrew } from '../support/coding/command-crew.ts';
import { violations } from '../support/invariants/invariants.ts';
import { openRunEnv, type RunEnv } from '../support/run/run-env.ts';
import { buildIfStale } from '../support/run/worker-process.ts';
import { inSandbox } from '../support/tools/sandbox.ts';

// Commands see their own worktree alone: a sign is a file there, which git ignores.
const awaits = (name: string): string => `until [ -e ${name}.sign ]; do sleep 0.05; done`;
const text = `
workspace: { isolate: worktree, on_overlap: wait }
tasks:
  - { id: left, profile: own, prompt: "Run: echo left > src/a.txt\\nRun: ${awaits('go')}" }
  - { id: right, prompt: "Run: ${awaits('begun')}; echo right > src/a.txt; echo own > src/b.txt" }
`;
const resolve = "cp src/a.txt seen.txt; printf 'left\\nright\\n' > src/a.txt";
const resolves = (c: ScriptedConversation) =>
  c.prompt.includes('take all markers out') && c.results.length === 0
    ? { tools: [{ name: 'bash', input: { command: resolve } }] }
    : {};

describe('a program that changed the same lines as another task', () => {
  let env: RunEnv;
  beforeAll(async () => {
    buildIfStale();
    env = await openRunEnv({ withWorker: false, script: crewScript(resolves) });
  });
  afterAll(() => env.close());

  const give = async (runKey: string, taskId: string, name: string): Promise<void> => {
    const { row } = (await listStanding(env.store.sql, runKey)).find((each) => each.row.taskId === taskId)!;
    writeFileSync(join(row.workspace, `${name}.sign`), '');
  };

  const untilStanding = async (crew: CommandCrew) => {
    const run = await crew.start();
    const story = async (): Promise<RunEvent[]> => env.story(run.id);
    const has = async (type: RunEvent['type'], task: string): Promise<boolean> =>
      (await story()).some((event) => event.type === type && 'taskId' in event && event.taskId === task);
    await until(
      'left has changed the file, and right has begun',
      async () => (await has('worktree:created', 'right')) && (await has('snapshot:saved', 'left')),
    );
    await give(run.runKey, 'right', 'begun');
    await until('right stands still', () => has('task:waiting', 'right'));
    return { run, story };
  };

  inSandbox(
    'waits for it without a process, through a pause and the death of the worker, and brings both together',
    async () => {
      const crew = await openCommandCrew(env, text, { 'src/a.txt': 'a\n', '.gitignore': '*.sign\n' });
      const { run, story } = await untilStanding(crew);
      await run.pause();
      await crew.replaceWorker();
      await run.resume();
      await give(run.runKey, 'left', 'go');
      const result = await run.result();
      expect([result.status, result.reason]).toEqual(['succeeded', null]);
      const file = (name: string): string => crew.git('show', `gaffer/${run.id}/right:${name}`);
      expect([file('src/a.txt'), file('src/b.txt')]).toEqual(['left\nright', 'own']);
      expect(file('seen.txt')).toMatch(/<<<<<<< [^]*right[^]*>>>>>>> /);
      const told = (await story()).flatMap((event) => (event.type === 'message:sent' ? [event.to] : []));
      expect(told.toSorted()).toEqual(['left', 'right']);
      expect(await violations(env, run.runKey, [], { plan: crew.plan })).toEqual([]);
    },
  );

  inSandbox('is cancelled in its wait, and leaves nothing that waits', async () => {
    const crew = await openCommandCrew(env, text, { 'src/a.txt': 'a\n', '.gitignore': '*.sign\n' });
    const { run } = await untilStanding(crew);
    await run.cancel();
    expect((await run.result()).status).toBe('cancelled');
    const { rows } = await env.store.sql.query(
      'select 1 from waits w join runs r on r.no = w.run_no where run_key = $1',
      [run.runKey],
    );
    expect(rows).toEqual([]);
    expect(await violations(env, run.runKey, [], { plan: crew.plan })).toEqual([]);
  });
});
