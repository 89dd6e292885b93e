import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Plan } from '../../src/domain/plan/plan.ts';
import type { ScriptedConversation } from '../../src/testing/index.ts';
import { useStateHome } from '../support/worktrees/state-home.ts';
import { openRunEnv, type RunEnv } from '../support/run/run-env.ts';
import { tempFolder } from '../support/base/temp-folder.ts';
import { yamlPlan } from '../support/plan/yaml-plan.ts';

// A prompt is a list of steps, one a line: `Run: COMMAND` or `Use: JSON` (the tool for files); `Fail.` is a refusal. The answer is what came of them.
const steps = (prompt: string): string[] => prompt.split('\n').filter((line) => /^(Run|Use|Fail)[:.]/.test(line));
const works = {
  name: 'works',
  when: (c: ScriptedConversation) => c.results.length < steps(c.prompt).length,
  answer: (c: ScriptedConversation) => {
    const [, kind, text] = /^(\w+)[:.] ?(.*)$/.exec(steps(c.prompt)[c.results.length]!)!;
    if (kind === 'Fail') return { fault: { kind: 'refusal' } } as const;
    if (kind === 'Run') return { tools: [{ name: 'bash', input: { command: text! } }] };
    return { tools: [{ name: 'filesystem', input: JSON.parse(text!) as never }] };
  },
};
const tells = {
  name: 'tells',
  when: () => true,
  answer: (c: ScriptedConversation) => ({ text: c.results.map(({ content }) => content).join('\n') || 'nothing' }),
};

describe('tasks that work in worktrees of their own', () => {
  let env: RunEnv;
  let project: string;
  useStateHome();

  const git = (...args: string[]): string =>
    execFileSync('git', ['-c', 'user.name=Ada', '-c', 'user.email=a@example.com', '-C', project, ...args], {
      encoding: 'utf8',
      stdio: 'pipe',
    }).trim();
  const plan = (text: string): Plan => ({ ...yamlPlan(text), workspace: project });
  const typesOf = async (runId: string): Promise<string[]> =>
    (await env.story(runId)).map(({ type }) => type).filter((type) => /^(worktree|lease|snapshot):/.test(type));

  beforeAll(async () => {
    env = await openRunEnv({ script: { rules: [works, tells] } });
  });
  afterAll(async () => {
    await env.close();
  });
  beforeEach(() => {
    project = join(tempFolder(), 'project');
    mkdirSync(join(project, 'src'), { recursive: true });
    git('init', '-q', '-b', 'main');
    for (const name of ['a', 'b']) writeFileSync(join(project, 'src', `${name}.ts`), `${name}\n`);
    git('add', '-A');
    git('commit', '-qm', 'one');
  });

  it('each leave a branch with one commit, from what those before them left, and nothing in the folder of the project', async () => {
    const result = await env.run(
      plan(`
workspace: { isolate: worktree }
tasks:
  - { id: one, prompt: 'Run: echo one > src/one.ts && git status --porcelain' }
  - { id: two, prompt: 'Use: {"action":"write","path":"src/two.ts","content":"two"}' }
  - { id: both, depends_on: [one, two], prompt: 'Run: ls src && rm src/a.ts' }
`),
      { runId: 'apart-branches' },
    );
    expect(result).toMatchObject({ status: 'succeeded' });
    expect(String(result.tasks['one']!.output)).toContain('?? src/one.ts');
    expect(String(result.tasks['both']!.output)).toMatch(/a\.ts\s+b\.ts\s+one\.ts\s+two\.ts/);
    expect(git('status', '--porcelain')).toBe('');
    const files = (task: string): string[] =>
      git('ls-tree', '-r', '--name-only', `gaffer/apart-branches/${task}`).split('\n');
    expect(files('one')).toEqual(['src/a.ts', 'src/b.ts', 'src/one.ts']);
    expect(files('both')).toEqual(['src/b.ts', 'src/one.ts', 'src/two.ts']);
    expect(git('rev-list', '--count', 'main..gaffer/apart-branches/one')).toBe('1');
    expect(git('log', '-1', '--format=%B', 'gaffer/apart-branches/one')).toContain('Gaffer-Task: one');
    expect(git('show', 'refs/gaffer/apart-branches/one/1:src/one.ts')).toBe('one');
    expect((await typesOf('apart-branches')).filter((type) => type === 'snapshot:saved')).toHaveLength(3);
  });

  it('may write what their scope gives them, and nothing else, by whichever tool', async () => {
    const result = await env.run(
      plan(`
workspace: { isolate: worktree }
tasks:
  - id: scoped
    files_scope: ['lib/**']
    prompt: |
      Run: echo x > lib/x.ts; echo y > src/a.ts; rm src/b.ts
      Use: {"action":"write","path":"src/a.ts","content":"z"}
      Use: {"action":"write","path":"lib/y.ts","content":"z"}
  - { id: file, files_scope: [src/a.ts], prompt: 'Run: echo x > src/a.ts; echo y > src/b.ts' }
`),
      { runId: 'apart-scope' },
    );
    const said = String(result.tasks['scoped']!.output);
    expect(said).toContain('Read-only file system');
    expect(said).toContain('is not yours to change: this task may write in lib only');
    expect(git('diff', '--name-only', 'main', 'gaffer/apart-scope/scoped')).toBe('lib/x.ts\nlib/y.ts');
    expect(result.tasks['file']).toMatchObject({ status: 'failed' });
    expect(String(result.tasks['file']!.error)).toContain('outside of its files_scope (src/a.ts): src/b.ts');
    expect(git('show', 'refs/gaffer/apart-scope/file/1:src/b.ts')).toBe('y');
    expect(() => git('rev-parse', '--verify', '--quiet', 'refs/heads/gaffer/apart-scope/file')).toThrow();
  });

  it('begin a retry from the snapshot that the first attempt began from', async () => {
    const result = await env.run(
      plan(`
workspace: { isolate: worktree }
tasks:
  - id: retried
    retry: { max_attempts: 2, backoff: 1ms }
    prompt: |
      Run: ls src; echo x >> src/new.ts; cat src/new.ts
      Fail.
`),
      { runId: 'apart-retry' },
    );
    expect(result.tasks['retried']).toMatchObject({ status: 'failed', attempts: 2 });
    expect(git('show', 'refs/gaffer/apart-retry/retried/1:src/new.ts')).toBe('x');
    expect(git('show', 'refs/gaffer/apart-retry/retried/2:src/new.ts')).toBe('x');
  });

  it('hear of each other when they change the same lines, and what cannot be brought together is told to who goes on', async () => {
    const result = await env.run(
      plan(`
workspace: { isolate: worktree }
tasks:
  - { id: left, prompt: 'Run: echo left > src/a.ts' }
  - { id: right, prompt: 'Run: echo right > src/a.ts' }
  - { id: after, depends_on: [left, right], prompt: 'Run: cat src/a.ts' }
`),
      { runId: 'apart-overlap' },
    );
    expect(result.status).toBe('succeeded');
    expect(String(result.tasks['after']!.output)).toContain('left');
    const told = (await env.story('apart-overlap')).flatMap((event) =>
      event.type === 'message:sent' && event.to === 'after' ? [event.preview] : [],
    );
    expect(told.join()).toContain('gaffer/apart-overlap/right: src/a.ts');
  });

  it('are refused before anything is paid where a repository cannot be worked in so', async () => {
    const folder = tempFolder();
    const refused = {
      ...plan("workspace: { isolate: worktree }\ntasks: [{ id: never, prompt: 'Run: true' }]"),
      workspace: folder,
    };
    const run = await env.start(refused, { runId: 'apart-refused' });
    const result = await run.result().catch((error: unknown) => error);
    expect((result as Error).message).toContain('is not in a git repository that can be used');
    expect(env.model.requests.filter((request) => JSON.stringify(request).includes('never'))).toEqual([]);
    expect(existsSync(join(folder, '.git'))).toBe(false);
    expect(readFileSync(join(project, 'src/a.ts'), 'utf8')).toBe('a\n');
    // It keeps no id, either: once what was in the way is gone, the run is started as it was meant to be, and that keeps it.
    execFileSync('git', ['init', '-q', folder]);
    const who = ['-c', 'user.name=Ada', '-c', 'user.email=a@example.com'];
    execFileSync('git', ['-C', folder, ...who, 'commit', '-q', '--allow-empty', '-m', 'begin']);
    expect((await env.run(refused, { runId: 'apart-refused' })).status).toBe('succeeded');
    await expect(env.start(refused, { runId: 'apart-refused' })).rejects.toThrow(
      'there is already a run apart-refused',
    );
  });
});
