import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { removeHome } from '../../src/dev/stack.ts';
import { expectNothingLeft, expectRefusal, gaffer, writeProject } from '../support/command/cli.ts';
import { buildIfStale } from '../support/run/worker-process.ts';

const slow = { timeout: 120_000 };
const phases = `name: tiny
default_profile: coder
phases:
  - { name: One, tasks: [{ id: one, prompt: Say hello. }] }
  - { name: Two, tasks: [{ id: two, prompt: Say goodbye. }] }
`;

describe('going on from an earlier run, from the command line', slow, () => {
  const parent = realpathSync(mkdtempSync(join(tmpdir(), 'gaffer-test-')));
  const cwd = join(parent, 'project');
  // Files are kept where agents may use a shell: here they may, sandbox or not.
  const run = (...args: string[]) => gaffer(args, { cwd, env: { GAFFER_ALLOW_UNSANDBOXED_SHELL: '1' } });
  const git = (...args: string[]) =>
    execFileSync('git', ['-C', cwd, '-c', 'user.name=a', '-c', 'user.email=a@b', ...args], { encoding: 'utf8' });

  beforeAll(async () => {
    buildIfStale();
    mkdirSync(cwd);
    writeProject(cwd, { 'phases.yaml': phases, '.gitignore': '.gaffer/\n', 'notes.txt': 'at the checkpoint' });
    git('init', '-q');
    git('add', '-A');
    git('commit', '-qm', 'first');
    expect(await run('run', 'phases.yaml', '--id', 'first')).toMatchObject({ code: 0 });
    writeFileSync(join(cwd, 'notes.txt'), 'later');
  }, slow.timeout);
  afterAll(async () => {
    await removeHome({ path: join(cwd, '.gaffer') });
    rmSync(parent, { recursive: true, force: true });
  });

  const worktrees = () => git('worktree', 'list', '--porcelain').match(/^worktree .*/gm);

  it('retries an ended run on one stack that it starts once', async () => {
    const { code, stderr } = await run('retry', 'first', 'two', '--id', 'again', '--json');
    expect(code, stderr).toBe(0);
    expect(stderr).toContain('again goes on from first');
    expect(stderr.match(/^Started Temporal \S+ .*and PostgreSQL, /gm), stderr).toHaveLength(1);
  });

  it('forks into a git worktree of the files as they were at the checkpoint', async () => {
    const folder = join(parent, 'project-forked');
    const { code, stderr } = await run(
      ...[
        'fork',
        'first',
        '--from',
        'phase/One',
        '--id',
        'forked',
        '--worktree',
        '--set',
        'prompt.two=Say it again.',
        '--json',
      ],
    );
    expect(code, stderr).toBe(0);
    expect(stderr).toContain(folder);
    expect(readFileSync(join(folder, 'notes.txt'), 'utf8')).toBe('at the checkpoint');
    expect(readFileSync(join(cwd, 'notes.txt'), 'utf8')).toBe('later');
    const { stdout } = await run('show', 'forked', '--json');
    expect(JSON.parse(stdout)).toMatchObject({ tasks: { one: { status: 'reused' }, two: { status: 'succeeded' } } });
    expect(worktrees()).toEqual([`worktree ${cwd}`, `worktree ${folder}`]);
  });

  it('refuses what cannot be, and leaves nothing behind', async () => {
    const before = worktrees();
    const fork = (...args: string[]) => run('fork', 'first', '--id', 'not-there', ...args);
    const checkpoint = ['--from', 'phase/One'];
    expectRefusal(await fork('--worktree', '--from', 'two'), 2, '"two" keeps no files', 'phase/One');
    expectRefusal(await fork(...checkpoint, '--worktree', cwd), 2, 'is there already');
    expectRefusal(await fork(...checkpoint, '--worktree', '--workspace', '.'), 2, 'leave --workspace out');
    // Its worktree was made when the id turned out to be taken.
    const elsewhere = join(parent, 'elsewhere');
    const taken = await run('fork', 'first', '--id', 'again', ...checkpoint, '--worktree', elsewhere);
    expectRefusal(taken, 2, 'already a run again');
    expect(existsSync(elsewhere)).toBe(false);
    expect(worktrees()).toEqual(before);
    expectNothingLeft(join(cwd, '.gaffer'));
  });

  it('steps into a run that was started a moment ago', async () => {
    writeProject(cwd, {
      'asks.yaml': 'name: asks\ntasks: [{ id: one, profile: coder, prompt: Say hello., approval: before }]\n',
    });
    expect(await run('dev', '--detach')).toMatchObject({ code: 0 });
    try {
      for (const id of ['early-1', 'early-2']) {
        const started = await run('run', 'asks.yaml', '--detach', '--id', id, '--json');
        expect(started).toMatchObject({ code: 0, stdout: expect.stringContaining(`"runId": "${id}"`) });
        expect(await run('pause', id)).toMatchObject({ code: 0, stdout: expect.stringContaining(id) });
      }
      expect(await run('cancel', 'early-1')).toMatchObject({ code: 0, stdout: 'early-1 ended: cancelled\n' });
      const { webUi } = JSON.parse((await run('ui', 'early-2', '--json')).stdout) as { webUi: string };
      expect(webUi).toContain('early-2');
      expectRefusal(await run('pause', 'early-3'), 2, 'no run "early-3"', 'Did you mean early-');
    } finally {
      expect(await run('down')).toMatchObject({ code: 0 });
    }
  });
});
