import { execFileSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { removeHome } from '../../src/dev/stack.ts';
import {
  expectNothingLeft,
  expectRefusal,
  gaffer,
  startGaffer,
  workflow,
  writeProject,
} from '../support/command/cli.ts';
import { buildIfStale } from '../support/run/worker-process.ts';

const slow = { timeout: 120_000 };

describe('the life of data, from the command line', slow, () => {
  const newFolder = () => realpathSync(mkdtempSync(join(tmpdir(), 'gaffer-test-')));
  const cwd = newFolder();
  const moved = newFolder();
  const secret = 'not-for-anybody-else';
  const run = (...args: string[]) => gaffer(args, { cwd, env: { MY_SECRET_TOKEN: secret } });

  beforeAll(async () => {
    buildIfStale();
    writeProject(cwd, { 'secret.yaml': workflow({ task: ` The word is ${secret}.` }) });
    execFileSync('git', ['init', '-q', cwd]);
    execFileSync('git', [
      '-C',
      cwd,
      '-c',
      'user.name=a',
      '-c',
      'user.email=a@b',
      'commit',
      '-qm',
      'x',
      '--allow-empty',
    ]);
    for (const id of ['first', 'second'])
      expect(await run('run', 'workflow.yaml', '--id', id)).toMatchObject({ code: 0 });
    expect(await run('run', 'secret.yaml', '--id', 'third')).toMatchObject({ code: 0 });
  }, 120_000);
  afterAll(async () => {
    for (const folder of [cwd, moved]) {
      await removeHome({ path: join(folder, '.gaffer') });
      rmSync(folder, { recursive: true, force: true });
    }
  });

  it('exports a run as lines of JSON, into a file of its owner only, without secrets of the environment', async () => {
    const file = join(cwd, 'third.ndjson');
    expect(await run('export', 'third', '--out', file)).toMatchObject({ code: 0, stdout: '' });
    expect(statSync(file).mode & 0o777).toBe(0o600);
    const text = readFileSync(file, 'utf8');
    const lines = text
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as { table?: string });
    expect(lines[0]).toEqual({ format: 'gaffer-run', version: 1 });
    const tables = lines.map(({ table }) => table);
    expect(tables).toEqual(expect.arrayContaining(['runs', 'plans', 'events', 'messages', 'journal']));
    expect(text).toContain('The word is …');
    expect(text).not.toContain(secret);
    const nowhere = await run('export', 'third', '--out', join(cwd, 'nowhere', 'third.ndjson'));
    expectRefusal(nowhere, 2, `there is no folder ${join(cwd, 'nowhere')}`);
    expectRefusal(await run('export', 'third', '--out', cwd), 2, /is a folder/);
    const printed = await run('export', 'third');
    expect(printed.stdout).toBe(text);
  });

  it('brings a backup back elsewhere, with all runs; refuses while something runs, and over data', async () => {
    const dev = startGaffer(['dev'], { cwd });
    await dev.says(/Ready on task queue/);
    expectRefusal(await run('backup', 'one.tgz'), 4, /is in use.*gaffer down/);
    dev.process.kill('SIGINT');
    await dev.ended;
    const temporal = (): number => statSync(join(cwd, '.gaffer', 'logs', 'temporal.log')).size;
    const log = temporal();
    const before = await run('runs', '--json');
    expect(await run('show', 'first')).toMatchObject({ code: 0, stderr: '' });
    // Only the database was started for that.
    expect(temporal()).toBe(log);
    expectNothingLeft(join(cwd, '.gaffer'));
    const { code, stdout } = await run('backup', 'one.tgz', '--json');
    expect([code, JSON.parse(stdout)]).toMatchObject([0, { file: join(cwd, 'one.tgz') }]);
    expect(statSync(join(cwd, 'one.tgz')).mode & 0o777).toBe(0o600);
    expectRefusal(await run('backup', 'one.tgz'), 2, /is there already/);
    expectRefusal(await run('backup', 'nowhere/one.tgz'), 2, /there is no folder/);
    expectRefusal(await run('restore', 'one.tgz'), 2, /holds data already/);
    writeProject(moved);
    const whole = readFileSync(join(cwd, 'one.tgz'));
    const cut = whole.subarray(0, Math.floor(whole.length / 2));
    for (const content of ['nonsense', '', cut]) {
      writeFileSync(join(cwd, 'two.tgz'), content);
      const refused = await gaffer(['restore', join(cwd, 'two.tgz')], { cwd: moved });
      expectRefusal(refused, 2, /two\.tgz is no (complete )?backup/);
    }
    expect(await gaffer(['restore', join(cwd, 'one.tgz')], { cwd: moved })).toMatchObject({ code: 0 });
    const after = await gaffer(['runs', '--json'], { cwd: moved });
    expect(JSON.parse(after.stdout)).toEqual(JSON.parse(before.stdout));
    // Temporal's part is there too: the id is taken.
    const again = await gaffer(['run', 'workflow.yaml', '--id', 'first'], { cwd: moved });
    expectRefusal(again, 2, /there is already a run first/);
    expectNothingLeft(join(moved, '.gaffer'));
  });

  it('removes a run with its snapshots, and says so in JSON', async () => {
    const head = execFileSync('git', ['-C', cwd, 'rev-parse', 'HEAD'], { encoding: 'utf8' }).trim();
    for (const ref of ['first/a', 'first/b', 'first-but-other/a']) {
      execFileSync('git', ['-C', cwd, 'update-ref', `refs/gaffer/${ref}`, head]);
    }
    const hook = join(cwd, '.git', 'hooks', 'reference-transaction');
    mkdirSync(join(cwd, '.git', 'hooks'), { recursive: true });
    writeFileSync(hook, `#!/bin/sh\ntouch '${join(cwd, 'hooked')}'\n`, { mode: 0o755 });
    const { code, stdout } = await run('rm', 'first', '--json');
    // Two of ours, and those of the run's own checkpoints.
    expect([code, JSON.parse(stdout)]).toMatchObject([0, { removed: 'first', workspace: cwd }]);
    expect((JSON.parse(stdout) as { snapshots: number }).snapshots).toBeGreaterThanOrEqual(2);
    expect(existsSync(join(cwd, 'hooked'))).toBe(false);
    const refs = execFileSync('git', ['-C', cwd, 'for-each-ref', '--format=%(refname)', 'refs/gaffer'], {
      encoding: 'utf8',
    });
    expect(refs).toContain('refs/gaffer/first-but-other/a');
    expect(refs).not.toContain('refs/gaffer/first/');
    expectRefusal(await run('rm', 'first'), 2, /there is no run "first"/);
  });

  it('says what a prune would remove, and removes it with --yes', async () => {
    expectRefusal(await run('prune', '--older-than', 'soon'), 2, /give an age such as 30d/);
    expectRefusal(await run('prune', '--older-than', '0d', '--status', 'running'), 2, /only runs that have ended/);
    expect(await run('prune', '--older-than', '1d')).toMatchObject({
      code: 0,
      stdout: '',
      stderr: expect.stringContaining('Nothing to remove'),
    });
    expect(await run('prune', '--older-than', '0d')).toMatchObject({
      code: 2,
      stderr: expect.stringMatching(/second.*2 runs with \d+ events.*nothing was removed/s),
    });
    const dry = await run('prune', '--older-than', '0d', '--dry-run', '--json');
    expect(JSON.parse(dry.stdout)).toMatchObject({ dryRun: true, runs: [{ runId: 'second' }, { runId: 'third' }] });
    expect(await run('prune', '--older-than', '0d', '--yes')).toMatchObject({ code: 0, stdout: 'removed 2 runs\n' });
    expect(JSON.parse((await run('runs', '--json')).stdout)).toEqual([]);
    expectNothingLeft(join(cwd, '.gaffer'));
  });
});
