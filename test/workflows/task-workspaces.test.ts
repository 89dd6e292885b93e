import { execFileSync } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { planWorktrees } from '../../src/client/start/worktrees.ts';
import { removeSnapshots } from '../../src/client/start/workspace-leftovers.ts';
import type { Lineage } from '../../src/contracts/orchestrate-input.ts';
import type { Plan } from '../../src/domain/plan/plan.ts';
import type { ScriptedConversation } from '../../src/testing/index.ts';
import type { RunEnv } from '../support/run/run-env.ts';
import { openRunEnv } from '../support/run/run-env.ts';
import { startFrom } from '../support/run/start-from.ts';
import { tempFolder } from '../support/base/temp-folder.ts';
import { yamlPlan } from '../support/plan/yaml-plan.ts';

const fails = {
  name: 'fails',
  when: (c: ScriptedConversation) => c.prompt === 'Fail.',
  answer: () => ({ fault: { kind: 'refusal' } }) as const,
};
// `Run: COMMAND` runs it; `Use: JSON` is a call of the tool for files. The answer is what came of it.
const works = {
  name: 'works',
  when: (c: ScriptedConversation) => c.results.length === 0 && /(Run|Use): /.test(c.prompt),
  answer: (c: ScriptedConversation) => {
    const [, kind, text] = /(Run|Use): (.*)/s.exec(c.prompt)!;
    return kind === 'Run'
      ? { tools: [{ name: 'bash', input: { command: text! } }] }
      : { tools: [{ name: 'filesystem', input: JSON.parse(text!) as never }] };
  },
};
const tells = {
  name: 'tells',
  when: () => true,
  answer: (c: ScriptedConversation) => ({ text: c.results.map(({ content }) => content).join() || c.prompt }),
};

describe('tasks that work in folders of their own', () => {
  let env: RunEnv;
  let root: string;
  let other: string;
  beforeAll(async () => {
    env = await openRunEnv({ script: { rules: [fails, works, tells] } });
  });
  afterAll(() => env.close());
  beforeEach(() => {
    root = join(tempFolder(), 'project');
    other = join(root, '../other');
    for (const folder of ['api', 'web', '../other']) mkdirSync(join(root, folder), { recursive: true });
    for (const folder of ['.', 'api', 'web', '../other'])
      writeFileSync(join(root, folder, 'name.txt'), `I am ${folder}\n`);
  });

  const plan = (text: string): Plan => {
    const { tasks, ...rest } = yamlPlan(text);
    // As the loader has it when the run's own folder is this one.
    const placed = tasks.map((task) =>
      task.workspace?.path.endsWith('/OTHER') ? { ...task, workspace: { path: other } } : task,
    );
    return { ...rest, tasks: placed, workspace: root };
  };
  const outputs = ({ tasks }: { tasks: Record<string, { output: unknown }> }) =>
    Object.fromEntries(Object.entries(tasks).map(([id, { output }]) => [id, String(output).trim()]));

  it('see and change only what is theirs, with the shell and with the tool for files', async () => {
    const read = (path: string) => `'Use: {"action":"read","path":"${path}"}'`;
    const result = await env.run(
      plan(
        `
tasks:
  - { id: api, workspace: api, prompt: ${read('name.txt')} }
  - { id: up, workspace: api, prompt: ${read('../web/name.txt')} }
  - { id: far, workspace: api, prompt: ${read('WEB')} }
  - { id: out, workspace: /OTHER, prompt: 'Run: cat name.txt; echo made > made.txt' }
  - { id: shell, workspace: web, prompt: 'Run: cat name.txt; echo x > ../api/stolen.txt; echo made > made.txt' }
  - { id: plain, prompt: 'Run: cat name.txt' }
`.replace('WEB', join(root, 'web/name.txt')),
      ),
    );
    expect(result.status).toBe('succeeded');
    const told = outputs(result);
    expect(told['api']).toContain('I am api');
    expect(told['up']).toContain('leads out of the workspace');
    expect(told['far']).toContain('outside of the workspace');
    expect(told['out']).toContain('I am ../other');
    expect(told['shell']).toContain('I am web');
    expect(told['plain']).toContain('I am .');
    expect(existsSync(join(root, 'api/stolen.txt'))).toBe(false);
    expect([join(root, 'web'), other].map((folder) => readFileSync(join(folder, 'made.txt'), 'utf8'))).toEqual([
      'made\n',
      'made\n',
    ]);
    const row = await env.store.runs.find(result.runId);
    expect(await env.store.runs.workspaces(row!.runKey)).toMatchObject({
      api: join(root, 'api'),
      out: other,
      shell: join(root, 'web'),
    });
  });

  it('do not follow a folder that an agent made a link', async () => {
    const result = await env.run(
      plan(`
tasks:
  - { id: swap, prompt: 'Run: rm -r api && ln -s ../other api' }
  - { id: api, workspace: api, depends_on: [swap], prompt: 'Run: cat name.txt' }
`),
    );
    expect(outputs(result)['api']).toContain('leads out of the workspace by a link');
  });

  it('are told when their conversation moves', async () => {
    const result = await env.run(
      plan(`
tasks:
  - { id: one, context_name: both, workspace: api, prompt: One }
  - { id: two, context_name: both, workspace: api, prompt: Two, depends_on: [one] }
  - { id: three, context_name: both, prompt: Three, depends_on: [two] }
  - { id: four, context_name: both, workspace: web, prompt: Four, depends_on: [three] }
`),
    );
    const told = outputs(result);
    expect(told).toMatchObject({ one: 'One', two: 'Two' });
    expect(told['three']).toMatch(/^\[From here on your tools work in the main workspace: .* was in api\.\]\n\nThree$/);
    expect(told['four']).toMatch(
      /^\[From here on your tools work in the folder web: .* in the main workspace\.\]\n\nFour$/,
    );
  });

  it('are undone where they worked', async () => {
    const result = await env.run(
      plan(`
on_failure: compensate
tasks:
  - { id: a, workspace: api, prompt: 'Run: echo a > made.txt', compensate: { bash: 'rm made.txt; echo a >> undone.txt' } }
  - { id: b, workspace: /OTHER, prompt: 'Run: echo b > made.txt', compensate: { tool: filesystem, input: { action: write, path: undone.txt, content: b } } }
  - { id: c, prompt: Fail., depends_on: [a, b] }
`),
    );
    expect(result.compensations.map(({ status }) => status)).toEqual(['succeeded', 'succeeded']);
    expect(existsSync(join(root, 'api/made.txt'))).toBe(false);
    expect(readFileSync(join(root, 'api/undone.txt'), 'utf8')).toBe('a\n');
    expect(readFileSync(join(other, 'undone.txt'), 'utf8')).toBe('b');
    expect(existsSync(join(root, 'undone.txt'))).toBe(false);
  });

  it('use results again in the same folder, wherever the run stands, and not in another one', async () => {
    const text = (folder: string) => `tasks: [{ id: a, workspace: ${folder}, prompt: A }, { id: b, prompt: B }]`;
    const first = await env.run(plan(text('api')));
    const again = async (next: Plan) => {
      const { runKey } = (await env.store.runs.find(first.runId))!;
      const lineage: Lineage = { kind: 'fork', run: first.runId, runKey, from: null, redo: [], only: null };
      const runId = `again-${randomUUID()}`;
      const { tasks } = await (await startFrom(env, { plan: next, runId, lineage })).result();
      return [tasks['a']!.status, tasks['b']!.status];
    };
    expect(await again(plan(text('web')))).toEqual(['succeeded', 'reused']);
    const elsewhere = join(root, '../elsewhere');
    mkdirSync(join(elsewhere, 'api'), { recursive: true });
    expect(await again({ ...plan(text('api')), workspace: elsewhere })).toEqual(['reused', 'reused']);
  });

  describe('in git repositories', () => {
    const git = (folder: string, ...args: string[]) =>
      execFileSync('git', ['-C', folder, '-c', 'user.name=t', '-c', 'user.email=t@example.org', ...args], {
        stdio: 'pipe',
        encoding: 'utf8',
      }).trim();
    const repository = (folder: string) => {
      git(folder, 'init', '--quiet');
      git(folder, 'add', '.');
      git(folder, 'commit', '--quiet', '-m', `first of ${folder}`);
    };

    it('have their files kept at checkpoints, each in its own, and a fork works in worktrees of all', async () => {
      repository(root);
      repository(other);
      const made = plan(`
phases:
  - name: One
    execution_mode: parallel
    tasks:
      - { id: a, workspace: api, prompt: 'Run: echo one > file.txt' }
      - { id: b, workspace: /OTHER, prompt: 'Run: echo one > file.txt' }
  - name: Two
    execution_mode: parallel
    tasks:
      - { id: c, workspace: api, prompt: 'Run: cat file.txt; echo two > file.txt' }
      - { id: d, workspace: /OTHER, prompt: 'Run: cat file.txt; echo two > file.txt' }
`);
      const first = await env.run(made);
      expect(first.status).toBe('succeeded');
      const { runKey, runId } = (await env.store.runs.find(first.runId))!;
      const points = await env.store.runs.checkpoints(runKey);
      const point = points.find(({ name }) => name.startsWith('phase/One'))!;
      expect(point.snapshots).toEqual({ api: point.snapshot, [other]: expect.stringMatching(/^[0-9a-f]{40}$/) });
      expect(git(root, 'show', `${point.snapshot}:api/file.txt`)).toBe('one');
      expect(git(other, 'show', `${point.snapshots[other]}:file.txt`)).toBe('one');

      const moved = await planWorktrees(made, point, { folder: null, runId: 'fork-of-two' });
      expect(moved.folders).toEqual([`${root}-fork-of-two`, `${root}-fork-of-two-other`]);
      await moved.worktree.create();
      const lineage: Lineage = { kind: 'fork', run: runId, runKey, from: point.name, redo: [], only: ['a', 'b'] };
      const fork = await startFrom(env, { plan: moved.plan, runId: `${runId}-fork`, lineage });
      const { tasks } = await fork.result();
      expect(Object.values(tasks).map(({ status }) => status)).toEqual(['reused', 'reused', 'succeeded', 'succeeded']);
      expect(outputs({ tasks })['c']).toContain('one');
      expect(outputs({ tasks })['d']).toContain('one');
      for (const folder of [join(moved.folders[0]!, 'api'), moved.folders[1]!]) {
        expect(readFileSync(join(folder, 'file.txt'), 'utf8')).toBe('two\n');
      }
      await moved.worktree.remove();
      expect(existsSync(moved.folders[1]!)).toBe(false);
      expect(await removeSnapshots([root, other, root], runId)).toBe(4);
    });

    it('are undone from the files that their own folder had', async () => {
      for (const folder of [join(root, 'api'), other]) repository(folder);
      const undo = `{ bash: 'git -c safe.directory="*" checkout -q "$GAFFER_SNAPSHOT" -- name.txt' }`;
      const change = `prompt: 'Run: echo changed > name.txt', compensate: ${undo}`;
      const result = await env.run(
        plan(`
on_failure: compensate
tasks:
  - { id: a, workspace: api, ${change} }
  - { id: b, workspace: /OTHER, ${change}, depends_on: [a] }
  - { id: c, prompt: Fail., depends_on: [b] }
`),
      );
      expect(result.compensations.map(({ error }) => error)).toEqual([null, null]);
      expect(readFileSync(join(root, 'api/name.txt'), 'utf8')).toBe('I am api\n');
      expect(readFileSync(join(other, 'name.txt'), 'utf8')).toBe('I am ../other\n');
    });
  });

  it('come from a plan of before that knows nothing of them', async () => {
    const before = plan('tasks: [{ id: a, prompt: "Run: cat name.txt" }]');
    expect(JSON.stringify(before)).not.toContain('workspace":{');
    expect(outputs(await env.run(before))['a']).toContain('I am .');
    rmSync(join(root, 'api'), { recursive: true });
    symlinkSync(join(root, 'web'), join(root, 'api'));
    expect(
      outputs(await env.run(plan('tasks: [{ id: a, workspace: api, prompt: "Run: cat name.txt" }]')))['a'],
    ).toContain('I am web');
  });
});
