import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, inject, it } from 'vitest';
import type { Plan } from '../../src/domain/plan/plan.ts';
import type { RunEvent } from '../../src/domain/run/run-events.ts';
import { listStanding } from '../../src/store/worktrees/worktree-rows.ts';
import type { ScriptedConversation } from '../../src/testing/index.ts';
import { tempFolder } from '../support/base/temp-folder.ts';
import { until } from '../support/base/until.ts';
import { gaffer } from '../support/command/cli.ts';
import { yamlPlan } from '../support/plan/yaml-plan.ts';
import { useStateHome } from '../support/worktrees/state-home.ts';
import { openRunEnv, type RunEnv } from '../support/run/run-env.ts';
import { buildIfStale } from '../support/run/worker-process.ts';
import { bytesOf, gitAt, newProject, writeFiles } from '../support/worktrees/project.ts';

// A prompt is a list of commands, one a line; `Fail.` is a refusal. The answer is what came of them.
const steps = (prompt: string): string[] => prompt.split('\n').filter((line) => /^(Run: |Fail\.)/.test(line));
const works = {
  name: 'works',
  when: (c: ScriptedConversation) => c.results.length < steps(c.prompt).length,
  answer: (c: ScriptedConversation) => {
    const step = steps(c.prompt)[c.results.length]!;
    if (step === 'Fail.') return { fault: { kind: 'refusal' } } as const;
    return { tools: [{ name: 'bash', input: { command: step.replace('Run: ', '') } }] };
  },
};
const tells = {
  name: 'tells',
  when: () => true,
  answer: (c: ScriptedConversation) => ({ text: c.results.map(({ content }) => content).join('\n') || 'nothing' }),
};

describe('a run whose tasks work apart', () => {
  let env: RunEnv;
  let project: string;
  useStateHome();

  beforeAll(async () => {
    buildIfStale();
    env = await openRunEnv({ script: { rules: [works, tells] } });
  });
  afterAll(async () => {
    await env.close();
  });
  beforeEach(() => {
    project = newProject();
  });

  const plan = (text: string, workspace = project): Plan => ({ ...yamlPlan(text), workspace });
  const folderOf = async (runId: string, task: string): Promise<string> => {
    const { runKey } = (await env.store.runs.find(runId))!;
    return (await listStanding(env.store.sql, runKey)).find(({ row }) => row.taskId === task)!.row.folder;
  };
  const told = async <Type extends RunEvent['type']>(runId: string, type: Type) =>
    (await env.story(runId)).filter((event): event is RunEvent & { type: Type } => event.type === type);

  it('puts the worktree of a task that failed back, as its plan says, and keeps what it had done', async () => {
    const run = await env.start(
      plan(`
workspace: { isolate: worktree }
tasks:
  - id: breaks
    on_failure: restore
    prompt: |
      Run: echo half > src/a.ts; rm src/b.ts; mkdir new && echo x > new/file.ts
      Fail.
  - { id: leaves, prompt: "Run: echo half > src/a.ts\\nFail." }
  - { id: holds, prompt: "Run: until [ -e go.log ]; do sleep 0.05; done" }
`),
      { runId: 'of-run-restore' },
    );
    // What failed in a run that has ended is swept.
    const hasFailed = async (): Promise<boolean> => (await told('of-run-restore', 'task:error')).length === 2;
    await until('both have failed, and the third is at work', async () => {
      return (await hasFailed()) && (await told('of-run-restore', 'worktree:created')).length === 3;
    });
    expect(bytesOf(await folderOf('of-run-restore', 'breaks'))).toEqual(bytesOf(project));
    const file = (task: string): string => gitAt(project, 'show', `refs/gaffer/of-run-restore/${task}/1:src/a.ts`);
    expect([file('breaks'), file('leaves')]).toEqual(['half', 'half']);
    expect(readFileSync(join(await folderOf('of-run-restore', 'leaves'), 'src/a.ts'), 'utf8')).toBe('half\n');
    expect(await told('of-run-restore', 'snapshot:restored')).toMatchObject([
      { taskId: 'breaks', n: 0, by: 'on_failure' },
    ]);
    writeFiles(await folderOf('of-run-restore', 'holds'), { 'go.log': '' });
    const { tasks } = await run.result();
    expect([tasks['breaks']!.status, tasks['holds']!.status]).toEqual(['failed', 'succeeded']);
  });

  it('gives a copy what git ignores, but for keys, and brings nothing of that back', async () => {
    writeFiles(project, {
      'dist/out.js': 'built\n',
      'dist/id_rsa': 'secret\n',
      'dist/deep/.npmrc': 'secret\n',
      '.env': 'secret\n',
    });
    const found = bytesOf(project);
    const result = await env.run(
      plan(`
workspace: { isolate: copy }
tasks: [{ id: copies, prompt: "Run: cat dist/out.js; grep -rs secret . ; echo changed > dist/out.js; echo c > src/c.ts" }]
`),
      { runId: 'of-run-copy' },
    );
    expect(result.status).toBe('succeeded');
    expect(String(result.tasks['copies']!.output)).toContain('built');
    expect(String(result.tasks['copies']!.output)).not.toContain('secret');
    expect(bytesOf(project)).toEqual(found);
    // Who misses something reads why.
    expect(await told('of-run-copy', 'run:log')).toEqual([
      expect.objectContaining({
        text: expect.stringContaining('not to be read: .env, dist/. What') as string,
      }),
    ]);
    expect(gitAt(project, 'diff', '--name-only', 'main', 'gaffer/of-run-copy/copies')).toBe('src/c.ts');
    expect(readFileSync(join(await folderOf('of-run-copy', 'copies'), 'dist/out.js'), 'utf8')).toBe('changed\n');
  });

  it('shows no `.env` where there is none, so that programs that look for one find nothing', async () => {
    const command = 'ls -A; for f in .env .env.local; do [ -e $f ] && echo there: $f; done; echo A=1 > .env; cat .env';
    const result = await env.run(
      plan(`workspace: { isolate: worktree }\ntasks: [{ id: looks, prompt: "Run: ${command}" }]`),
      { runId: 'of-run-env' },
    );
    expect(String(result.tasks['looks']!.output)).toContain('A=1');
    expect(String(result.tasks['looks']!.output)).not.toContain('there: .env');
    // Who merges its branch has no `.env` of an agent's.
    expect(gitAt(project, 'for-each-ref', 'refs/heads/gaffer/of-run-env')).toBe('');
  });

  it('gives files back by the command line, and says how to get at what stood there', async () => {
    await env.run(
      plan(`
workspace: { isolate: worktree }
tasks: [{ id: build, prompt: "Run: echo 1 > src/new.ts\\nRun: echo 2 > src/new.ts; rm src/b.ts" }]
`),
      { runId: 'of-run-cli' },
    );
    const folder = await folderOf('of-run-cli', 'build');
    writeFiles(folder, { 'by-hand.ts': 'mine\n' });
    const [ended, began] = [bytesOf(folder), bytesOf(project)];
    const place = {
      cwd: env.workspace,
      env: {
        ...{ DATABASE_URL: env.settings.databaseUrl, TEMPORAL_ADDRESS: inject('temporalAddress') },
        XDG_STATE_HOME: process.env['XDG_STATE_HOME'],
      },
    };
    const restore = (task: string) => gaffer(['restore', 'of-run-cli', task], place);
    const first = await restore('build@1');
    expect([first.code, first.stdout]).toEqual([0, `${folder} is as snapshot 1 has it: 3 files put back\n`]);
    expect(first.stderr).toContain('`gaffer restore of-run-cli build@3`');
    expect(readFileSync(join(folder, 'src/new.ts'), 'utf8')).toBe('1\n');
    expect((await restore('build@0')).code).toBe(0);
    expect(bytesOf(folder)).toEqual(began);
    expect((await restore('build@3')).code).toBe(0);
    expect(bytesOf(folder)).toEqual(ended);
    const unknown = await restore('build@9');
    expect([unknown.code === 0, unknown.stderr]).toEqual([false, expect.stringContaining('there is 0 to 3')]);
  });

  const submodule = (): void => {
    const other = newProject();
    gitAt(project, '-c', 'protocol.file.allow=always', 'submodule', '--quiet', 'add', other, 'vendor/other');
    gitAt(project, 'commit', '-qm', 'submodule');
  };
  const empty =
    (...flags: string[]) =>
    (): void => {
      project = tempFolder();
      gitAt(project, 'init', '-q', ...flags);
    };
  // Only root can give files away.
  const ofAnother = {
    what: 'of another account',
    make: () => void execFileSync('find', [project, '-exec', 'chown', '-h', '12345', '{}', '+']),
    reason: 'ownership|account',
  };
  it.each([
    { what: 'bare', make: empty('--bare'), reason: 'is a bare git repository' },
    { what: 'without a commit', make: empty(), reason: 'has no commit yet' },
    {
      what: 'with a branch `gaffer`',
      make: () => void gitAt(project, 'branch', 'gaffer'),
      reason: 'has a branch `gaffer`',
    },
    { what: 'with submodules', make: submodule, reason: 'has submodules (vendor/other)' },
    ...(process.getuid?.() === 0 ? [ofAnother] : []),
  ])('is refused before anything is paid in a repository $what', async ({ what, make, reason }) => {
    make();
    const asked = env.model.requests.length;
    const runId = `of-run-refused-${what.replace(/\W+/g, '-')}`;
    const text = `workspace: { isolate: worktree }\ntasks: [{ id: never, prompt: 'Run: true' }]`;
    const end = await env.run(plan(text), { runId }).catch((error: unknown) => error);
    expect(String((end as Error).message)).toMatch(new RegExp(reason.replace(/[()]/g, '.')));
    expect(env.model.requests.length).toBe(asked);
  });

  it('has several repositories, each with the branches of its tasks', async () => {
    const other = newProject();
    writeFiles(other, { 'only-here.ts': 'o\n' });
    gitAt(other, 'add', '-A');
    gitAt(other, 'commit', '-qm', 'two');
    const result = await env.run(
      plan(`
workspace: { isolate: worktree }
tasks:
  - { id: here, prompt: 'Run: ls; echo h > h.ts' }
  - { id: there, workspace: { path: ${other} }, prompt: 'Run: ls; echo t > t.ts' }
  - { id: both, depends_on: [here, there], prompt: 'Run: ls; echo b > b.ts' }
`),
      { runId: 'of-run-several' },
    );
    expect(result.status).toBe('succeeded');
    const output = (task: string): string => String(result.tasks[task]!.output);
    expect([output('here').includes('only-here'), output('there').includes('only-here')]).toEqual([false, true]);
    // What it begins from is of its own repository alone.
    expect(output('both')).toContain('h.ts');
    expect(output('both')).not.toContain('t.ts');
    const branches = (folder: string): string =>
      gitAt(folder, 'branch', '--format=%(refname:short)', '--list', 'gaffer/*');
    expect(branches(project)).toBe('gaffer/of-run-several/both\ngaffer/of-run-several/here');
    expect(branches(other)).toBe('gaffer/of-run-several/there');
    expect(gitAt(other, 'diff', '--name-only', 'main', 'gaffer/of-run-several/there')).toBe('t.ts');
  });

  it('begins a retry from the snapshot that its first attempt began from, whatever that left', async () => {
    const result = await env.run(
      plan(`
workspace: { isolate: worktree }
tasks:
  - { id: first, prompt: 'Run: echo base > src/base.ts' }
  - id: retried
    depends_on: [first]
    retry: { max_attempts: 2, backoff: 1ms }
    prompt: |
      Run: cat src/base.ts; echo x >> src/new.ts; echo y >> src/base.ts
      Fail.
`),
      { runId: 'of-run-retry' },
    );
    expect(result.tasks['retried']).toMatchObject({ status: 'failed', attempts: 2 });
    const file = (n: number, name: string): string =>
      gitAt(project, 'show', `refs/gaffer/of-run-retry/retried/${n}:src/${name}.ts`);
    expect([1, 2].map((n) => [file(n, 'new'), file(n, 'base')])).toEqual([
      ['x', 'base\ny'],
      ['x', 'base\ny'],
    ]);
    const begun = (await told('of-run-retry', 'worktree:created')).filter(({ taskId }) => taskId === 'retried');
    expect(begun.map(({ base }) => base)).toEqual([begun[0]!.base, begun[0]!.base]);
  });
});
