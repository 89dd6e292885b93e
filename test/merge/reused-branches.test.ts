import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { createProgram } from '../../src/cli/tree/program.ts';
import type { RunMerge } from '../../src/client/merge/merge-run.ts';
import { emptyRunState, reduceRun } from '../../src/domain/run/run-state.ts';
import type { ScriptedConversation } from '../../src/testing/index.ts';
import { tempFolder } from '../support/base/temp-folder.ts';
import { gitOf, newRepository, writeFiles } from '../support/coding/merge-repository.ts';
import { writeProject } from '../support/command/cli.ts';
import { testContext } from '../support/command/test-context.ts';
import { yamlPlan } from '../support/plan/yaml-plan.ts';
import { openRunEnv, type RunEnv } from '../support/run/run-env.ts';

const works = {
  name: 'works',
  when: (c: ScriptedConversation) => c.results.length === 0,
  answer: (c: ScriptedConversation) => ({
    tools: [{ name: 'bash', input: { command: /Run: (.*)/s.exec(c.prompt)![1]! } }],
  }),
};
const tells = { name: 'tells', when: () => true, answer: () => ({ text: 'done' }) };

describe('branches of tasks whose results a run has from an earlier one', () => {
  let env: RunEnv;
  beforeAll(async () => {
    env = await openRunEnv({ script: { rules: [works, tells] } });
  });
  afterAll(() => env.close());

  const merge = async (...args: string[]): Promise<RunMerge> => {
    const cwd = tempFolder();
    writeProject(cwd, {});
    const { context, out } = testContext(cwd, {
      ...{ DATABASE_URL: env.settings.databaseUrl, TEMPORAL_ADDRESS: inject('temporalAddress') },
      ...{ GAFFER_TASK_QUEUE: env.settings.taskQueue, NO_COLOR: '1' },
    });
    const program = createProgram('1', async (load, words, options) => {
      await (await load()).execute(context, words, options);
    });
    await program.parseAsync(['merge', ...args, '--json'], { from: 'user' });
    return JSON.parse(out()) as RunMerge;
  };

  it('count at its end, go in before its own, and stay where they are in', async () => {
    const folder = newRepository({ 'kept.txt': 'kept\n' });
    const git = gitOf(folder);
    const text = `
workspace: { isolate: worktree }
merge: { auto: true, gates: ['test ! -e bad.txt || test -e ok.txt'] }
tasks:
  - { id: bad, prompt: 'Run: echo bad > bad.txt' }
  - { id: c, prompt: 'Run: echo c > c.txt' }
`;
    const runId = `reused-${randomUUID().slice(0, 8)}`;
    const first = await env.run({ ...yamlPlan(text), workspace: folder }, { runId });
    expect(first).toMatchObject({ status: 'partial', branches: { bad: { status: 'rejected' } } });

    const again = await (await env.client.retry(runId, { task: 'c' })).result();
    expect(again).toMatchObject({
      status: 'partial',
      tasks: { bad: { status: 'reused' } },
      branches: { bad: { status: 'rejected', reason: expect.stringContaining(`of run ${runId}`) } },
    });
    expect(again.reason).toContain('1 branch is not merged: "bad"');

    const rejected = await merge(again.runId, 'bad');
    expect(rejected.outcomes).toMatchObject([{ task: 'bad', status: 'rejected' }]);
    // Somebody mends what the gate was red for.
    writeFiles(folder, { 'ok.txt': 'ok\n' });
    git('add', 'ok.txt');
    git('commit', '--quiet', '-m', 'ok');
    const merged = await merge(again.runId);
    expect(merged.outcomes[0]).toEqual({ task: 'bad', status: 'merged', reason: null });
    expect(git('show', 'main:bad.txt')).toBe('bad');
    // Nothing is missing now: of the run that it is of, and of the one that goes on from that.
    for (const id of [runId, again.runId]) {
      const entry = (await env.client.list()).find((run) => run.runId === id);
      expect(entry, id).toMatchObject({ status: 'succeeded', reason: null });
      const now = await env.client.find(id);
      expect(await now.view()).toMatchObject({ status: 'succeeded', reason: null });
      expect(await now.result()).toMatchObject({ status: 'succeeded', branches: { bad: { status: 'merged' } } });
      expect((await env.story(id)).reduce(reduceRun, emptyRunState)).toMatchObject({
        status: 'succeeded',
        reason: null,
      });
    }

    const elsewhere = await merge(again.runId, 'bad', '--into', 'release');
    expect(elsewhere.outcomes).toMatchObject([
      { task: 'bad', status: 'waiting', reason: 'it is in main already, nothing is done for release' },
    ]);
    expect(await merge(again.runId, 'bad', '--into', 'refs/heads/main')).toMatchObject({
      outcomes: [{ task: 'bad', status: 'merged' }],
    });
    await expect(merge(again.runId, '--into', 'no..branch')).rejects.toThrow('is no name of a branch');
  });
});
