import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { createProgram } from '../../src/cli/tree/program.ts';
import type { ScriptedConversation } from '../../src/testing/index.ts';
import { tempFolder } from '../support/base/temp-folder.ts';
import { commitOn, gitOf, newRepository } from '../support/coding/merge-repository.ts';
import { writeProject } from '../support/command/cli.ts';
import { expectDocumented } from '../support/command/documented.ts';
import { testContext } from '../support/command/test-context.ts';
import { yamlPlan } from '../support/plan/yaml-plan.ts';
import { openRunEnv, type RunEnv } from '../support/run/run-env.ts';

// `Run: COMMAND` runs it, once a prompt; whoever is to resolve a conflict joins both sides.
const resolves = {
  name: 'resolves',
  when: (c: ScriptedConversation) => c.prompt.includes('Resolve every conflict') && c.results.length === 0,
  answer: () => ({ tools: [{ name: 'bash', input: { command: "sed -i -E '/^(<{7}|={7}|>{7})/d' same.txt" } }] }),
};
const works = {
  name: 'works',
  when: (c: ScriptedConversation) => c.results.length === 0 && c.prompt.includes('Run: '),
  answer: (c: ScriptedConversation) => ({
    tools: [{ name: 'bash', input: { command: /Run: (.*)/s.exec(c.prompt)![1]! } }],
  }),
};
const tells = { name: 'tells', when: () => true, answer: () => ({ text: 'done' }) };

describe('the merge train of a run', () => {
  let env: RunEnv;
  beforeAll(async () => {
    env = await openRunEnv({ script: { rules: [resolves, works, tells] } });
  });
  afterAll(() => env.close());

  const start = (merge: string, tasks: string) => {
    const folder = newRepository({ 'same.txt': 'one\n', 'kept.txt': 'kept\n' });
    const text = `
workspace: { isolate: worktree }
merge: ${merge}
tasks:
${tasks}
`;
    return { folder, git: gitOf(folder), plan: { ...yamlPlan(text), workspace: folder } };
  };
  const run = (plan: ReturnType<typeof start>['plan']) => env.run(plan, { runId: `train-${randomUUID().slice(0, 8)}` });
  const read = (folder: string, name: string): string => readFileSync(path.join(folder, name), 'utf8');

  const gaffer = async (...args: string[]): Promise<string> => {
    const cwd = tempFolder();
    writeProject(cwd, {});
    const { context, out, err } = testContext(cwd, {
      ...{ DATABASE_URL: env.settings.databaseUrl, TEMPORAL_ADDRESS: inject('temporalAddress') },
      ...{ GAFFER_TASK_QUEUE: env.settings.taskQueue, NO_COLOR: '1' },
    });
    const program = createProgram('1', async (load, words, options) => {
      await (await load()).execute(context, words, options);
    });
    await program.parseAsync(args, { from: 'user' });
    expect(out(), err()).not.toBe('');
    expectDocumented(args, out());
    return out();
  };

  it('brings in what the gates are green with, moves the checkout, and names who is out', async () => {
    const { folder, git, plan } = start(
      `{ auto: true, gates: ['test ! -e bad.txt', 'test -e kept.txt'] }`,
      `  - { id: a, prompt: 'Run: echo a > a.txt' }
  - { id: bad, prompt: 'Run: echo bad > bad.txt' }
  - { id: c, prompt: 'Run: echo c > c.txt; rm kept.txt; echo kept > kept.txt' }`,
    );
    const result = await run(plan);
    expect(result).toMatchObject({
      status: 'partial',
      branches: {
        a: { status: 'merged', into: 'main' },
        bad: { status: 'rejected', reason: expect.stringContaining('test ! -e bad.txt') },
        c: { status: 'merged' },
      },
    });
    expect(result.reason).toContain('1 branch is not merged: "bad"');
    expect(git('ls-tree', '-r', '--name-only', 'main').split('\n')).toEqual(['a.txt', 'c.txt', 'kept.txt', 'same.txt']);
    expect([read(folder, 'a.txt'), git('status', '--porcelain')]).toEqual(['a\n', '']);
  });

  it('sends a conflict back to its author, with both sides, and merges what comes of it', async () => {
    const { folder, git, plan } = start(
      `{ auto: true }`,
      `  - { id: left, prompt: 'Run: echo left > same.txt' }
  - { id: right, prompt: 'Run: echo right > same.txt' }`,
    );
    const result = await run(plan);
    expect(result).toMatchObject({ status: 'succeeded', reason: null });
    expect(Object.values(result.branches!).map(({ status }) => status)).toEqual(['merged', 'merged', 'merged']);
    expect(read(folder, 'same.txt').split('\n').toSorted()).toEqual(['', 'left', 'right']);
    expect(git('status', '--porcelain')).toBe('');
  });

  it('waits for a person with a conflict that nobody resolves, and merges what they resolved by hand', async () => {
    const { folder, git, plan } = start(
      `{ auto: true, attempts: 0 }`,
      `  - { id: left, prompt: 'Run: echo left > same.txt' }
  - { id: right, prompt: 'Run: echo right > same.txt' }`,
    );
    const runId = `train-${randomUUID().slice(0, 8)}`;
    const live = await env.start(plan, { runId });
    let asked = 0;
    for await (const event of live.events()) {
      if (event.type !== 'blocker:raised') continue;
      // Whoever ended last.
      const late = event.taskId;
      expect(event.blockerId).toBe(`conflict/${late}~${++asked}`);
      for (const part of [`gaffer/${runId}/${late}`, 'same.txt', 'again', 'leave it'])
        expect(event.detail).toContain(part);
      expect((await live.waiting()).map(({ id }) => id)).toEqual([event.blockerId]);
      if (asked === 2) {
        const tree = git('rev-parse', `${commitOn(folder, 'main', { 'same.txt': 'left and right\n' })}^{tree}`);
        const branch = `gaffer/${runId}/${late}`;
        git(
          'update-ref',
          `refs/heads/${branch}`,
          git('commit-tree', tree, '-p', branch, '-p', 'main', '-m', 'by hand'),
        );
      }
      // Said too early, it is asked again.
      await live.answer({ id: event.blockerId, text: 'again', by: 'ann' });
    }
    expect(asked).toBe(2);
    expect(await live.result()).toMatchObject({
      status: 'succeeded',
      branches: { left: { status: 'merged' }, right: { status: 'merged' } },
    });
    expect([read(folder, 'same.txt'), git('status', '--porcelain')]).toEqual(['left and right\n', '']);
  });

  it('has the trains of two runs go into one branch one after the other, so that each gates once', async () => {
    const { folder, git, plan } = start(
      `{ auto: true, gates: ['sleep 1'] }`,
      `  - { id: a, prompt: 'Run: echo a > a.txt' }`,
    );
    const other = {
      ...yamlPlan(`
workspace: { isolate: worktree }
merge: { auto: true, gates: ['sleep 1'] }
tasks:
  - { id: b, prompt: 'Run: echo b > b.txt' }
`),
      workspace: folder,
    };
    const results = await Promise.all([run(plan), run(other)]);
    expect(results.map(({ status }) => status)).toEqual(['succeeded', 'succeeded']);
    for (const { runId } of results) {
      const gates = (await env.story(runId)).filter(({ type }) => type === 'merge:gate');
      expect(gates).toHaveLength(1);
    }
    expect(git('ls-tree', '--name-only', 'main').split('\n')).toEqual(['a.txt', 'b.txt', 'kept.txt', 'same.txt']);
    expect((await env.store.sql.query('select 1 from merge_turns')).rows).toEqual([]);
  });

  it('asks about a conflict once, and what began from that branch goes in behind it', async () => {
    const { folder, git, plan } = start(
      `{ auto: true, attempts: 0 }`,
      `  - { id: right, prompt: 'Run: echo right > same.txt', approval: after }
  - { id: after, prompt: 'Run: echo after >> same.txt', depends_on: [right] }`,
    );
    const runId = `train-${randomUUID().slice(0, 8)}`;
    const live = await env.start(plan, { runId });
    const seen = new Set<string>();
    for await (const event of live.events()) {
      if (event.type === 'approval:requested') {
        git('merge', '--quiet', '--ff-only', commitOn(folder, 'main', { 'same.txt': 'left\n' }));
        await live.approve({ by: 'ann' });
      }
      if (event.type === 'blocker:raised') expect(seen.add(event.type) && event.blockerId).toBe('conflict/right~1');
      if (event.type === 'merge:waiting') {
        expect(event).toMatchObject({ taskId: 'after', reason: expect.stringContaining('from the work of right') });
        seen.add(event.type);
      }
      if (seen.size === 2) {
        seen.clear();
        const branch = `gaffer/${runId}/right`;
        const tree = git('rev-parse', `${commitOn(folder, 'main', { 'same.txt': 'left\nright\n' })}^{tree}`);
        const resolved = git('commit-tree', tree, '-p', branch, '-p', 'main', '-m', 'by hand');
        git('update-ref', `refs/heads/${branch}`, resolved);
        await live.answer({ id: 'conflict/right~1', text: 'again', by: 'ann' });
      }
    }
    expect(await live.result()).toMatchObject({
      status: 'succeeded',
      branches: { right: { status: 'merged' }, after: { status: 'merged' } },
    });
    expect([read(folder, 'same.txt'), git('status', '--porcelain')]).toEqual(['left\nright\nafter\n', '']);
    const told = (await env.story(runId)).filter(({ type }) => type === 'merge:conflict');
    expect(told).toMatchObject([{ taskId: 'right', to: 'person' }]);
  });

  it('asks nobody any more about a conflict that was resolved and merged by hand', async () => {
    const { folder, git, plan } = start(
      `{ auto: true, attempts: 0 }`,
      `  - { id: left, prompt: 'Run: echo left > same.txt' }
  - { id: right, prompt: 'Run: echo right > same.txt' }`,
    );
    const runId = `train-${randomUUID().slice(0, 8)}`;
    const live = await env.start(plan, { runId });
    // Whoever ended last.
    let late = '';
    for await (const event of live.events()) {
      if (event.type !== 'blocker:raised') continue;
      late = event.taskId;
      break;
    }
    await expect(live.answer({ text: 'what?', by: 'ann' })).rejects.toThrow('"again" or "leave it"');
    const branch = `gaffer/${runId}/${late}`;
    const tree = git('rev-parse', `${commitOn(folder, 'main', { 'same.txt': 'both\n' })}^{tree}`);
    const both = git('commit-tree', tree, '-p', branch, '-p', 'main', '-m', 'by hand');
    git('update-ref', `refs/heads/${branch}`, both);
    const { outcomes } = JSON.parse(await gaffer('merge', runId, late, '--json'));
    expect(outcomes).toEqual([{ task: late, status: 'merged', reason: null }]);
    expect(await live.result()).toMatchObject({ status: 'succeeded', branches: { [late]: { status: 'merged' } } });
  });

  it('ends with a conflict that a person leaves as it is', async () => {
    const { plan } = start(
      `{ auto: true, attempts: 0 }`,
      `  - { id: left, prompt: 'Run: echo left > same.txt' }
  - { id: right, prompt: 'Run: echo right > same.txt' }`,
    );
    const live = await env.start(plan, { runId: `train-${randomUUID().slice(0, 8)}` });
    for await (const event of live.events())
      if (event.type === 'blocker:raised') await live.answer({ id: event.blockerId, text: 'leave it', by: 'ann' });
    const { status, branches } = await live.result();
    expect(status).toBe('partial');
    expect(
      Object.values(branches!)
        .map((end) => end.status)
        .toSorted(),
    ).toEqual(['conflict', 'merged']);
  });

  it('leaves branches and says so where nobody asked for more', async () => {
    const { git, plan } = start(`{ gates: ['true'] }`, `  - { id: a, prompt: 'Run: echo a > a.txt' }`);
    const before = git('rev-parse', 'main');
    const result = await run(plan);
    expect(result).toMatchObject({ status: 'succeeded', branches: { a: { status: 'ready', into: null } } });
    expect(git('rev-parse', 'main')).toBe(before);
    const { runId } = result;
    expect(await gaffer('diff', runId)).toContain('\n+a\n');
    expect(await gaffer('diff', runId, 'a', '--stat')).toMatch(
      /a · gaffer\/.*\/a · ready · 1 file\n {2}a\.txt {2}\+1 {2}-0\n/,
    );
    expect(JSON.parse(await gaffer('diff', runId, 'a', '--json'))).toMatchObject({
      tasks: [{ task: 'a', status: 'ready', files: [{ path: 'a.txt', added: 1, removed: 0 }], whyNone: null }],
    });
    const done = { task: 'a', status: 'merged', reason: null };
    // Two at once: the later one finds what came of the other.
    const both = await Promise.all([gaffer('merge', runId, '--json'), gaffer('merge', runId, '--json')]);
    expect(both.map((said) => JSON.parse(said) as unknown)).toEqual(Array(2).fill({ runId, outcomes: [done] }));
    expect(git('show', 'main:a.txt')).toBe('a');
    expect((await env.story(runId)).filter(({ type }) => type === 'merge:gate')).toHaveLength(1);
    expect(JSON.parse(await gaffer('merge', runId, 'a', '--json'))).toEqual({ runId, outcomes: [done] });
    await expect(gaffer('merge', runId, 'nobody')).rejects.toThrow(`run ${runId} has no task nobody: Branches have`);
  });

  it('brings in nothing that somebody is still asked about, and nothing that was refused', async () => {
    const { git, plan } = start(
      `{ gates: ['true'] }`,
      `  - { id: a, prompt: 'Run: echo a > a.txt', approval: after }
  - { id: b, prompt: 'Run: echo b > b.txt', depends_on: [a] }`,
    );
    const before = git('rev-parse', 'main');
    const runId = `train-${randomUUID().slice(0, 8)}`;
    const live = await env.start(plan, { runId });
    for await (const { type } of live.events()) if (type === 'approval:requested') break;
    const asked = JSON.parse(await gaffer('merge', runId, 'a', '--json'));
    expect(asked.outcomes).toMatchObject([{ task: 'a', status: 'waiting', reason: expect.stringContaining('asked') }]);
    await live.reject({ by: 'ann' });
    await live.result().catch(() => undefined);
    const refused = JSON.parse(await gaffer('merge', runId, '--json'));
    expect(refused.outcomes).toMatchObject([
      { task: 'a', status: 'waiting', reason: expect.stringContaining('failed') },
    ]);
    expect(git('rev-parse', 'main')).toBe(before);
  });

  it('takes of a loop what it came to, when it is over, with one train', async () => {
    const { git, plan } = start(
      `{ auto: true }`,
      `  - { id: loop, prompt: 'Run: date +%N >> loop.txt', repeat: { until: "\${{ false }}", max: 2 } }`,
    );
    const runId = `train-${randomUUID().slice(0, 8)}`;
    const live = await env.start(plan, { runId });
    const result = await live.result();
    expect(result).toMatchObject({ status: 'succeeded' });
    const queued = (await env.story(runId)).flatMap((event) => (event.type === 'merge:queued' ? [event.taskId] : []));
    expect(queued).toHaveLength(1);
    expect(Object.values(result.branches!).every(({ status }) => status === 'merged')).toBe(true);
    expect(git('show', 'main:loop.txt')).not.toBe('');
  });
});
