import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, inject, it, onTestFinished } from 'vitest';
import { removeHome } from '../../src/dev/stack.ts';
import type { CliResult } from '../support/command/cli.ts';
import {
  expectNothingLeft,
  expectRefusal,
  gaffer,
  logsOf,
  processesOf,
  startGaffer,
  writeProject,
} from '../support/command/cli.ts';
import { createTestDatabase } from '../support/store/database.ts';
import type { StartTimings } from '../../src/cli/work/start-clock.ts';
import type { RunResult } from '../../src/domain/run/run-result.ts';
import { tempFolder } from '../support/base/temp-folder.ts';
import { buildIfStale } from '../support/run/worker-process.ts';

beforeAll(buildIfStale);

describe('a home that cannot be used', () => {
  const isPossible = canMount();
  let leftOut = 0;
  const onMount = (title: string, body: () => Promise<void>): void => {
    if (!isPossible) leftOut++;
    it.skipIf(!isPossible)(title, body);
  };
  afterAll(() => {
    if (leftOut > 0)
      process.stderr.write(`${leftOut} tests of full and read-only disks were left out: they mount one\n`);
  });
  const commands = [['run', 'workflow.yaml'], ['dev'], ['dev', '--detach'], ['run', 'workflow.yaml', '--detach']];

  onMount('is on a full disk: nothing is written', async () => {
    const disk = mounted('size=1m');
    for (const home of [disk, join(disk, 'new')]) {
      for (const result of await inHome(home, commands)) {
        expectRefusal(result, 1, home, /only \d MB are free, \d+ MB are needed/, 'GAFFER_HOME');
      }
    }
    expect(readdirSync(disk)).toEqual([]);
  });

  onMount('is on a read-only file system: nothing is started', async () => {
    const disk = mounted('ro');
    for (const home of [disk, join(disk, 'new')]) {
      for (const result of await inHome(home, commands)) {
        expectRefusal(result, 1, home, 'the file system is read-only', 'GAFFER_HOME');
      }
      expectNothingLeft(home);
      const [doctor] = await inHome(home, [['doctor']]);
      expect(doctor).toMatchObject({
        code: 1,
        stdout: expect.stringMatching(/fail {2}Home .*read-only\n.*set GAFFER_HOME/),
      });
    }
  });

  it('is a file', async () => {
    const folder = tempFolder();
    const file = join(folder, 'file');
    writeFileSync(file, 'kept');
    for (const home of [file, join(file, 'below')]) {
      for (const result of await inHome(home, [...commands, ['runs']]))
        expectRefusal(result, 1, home, 'not a folder', 'GAFFER_HOME');
    }
    expect(readdirSync(folder)).toEqual(['file']);
  });

  it.skipIf(process.platform !== 'linux')('is where no folder can be made: the command ends', async () => {
    for (const result of await inHome('/proc/gaffer', commands))
      expectRefusal(result, 1, '/proc/gaffer', 'GAFFER_HOME');
  });

  async function inHome(home: string, all: readonly string[][]): Promise<CliResult[]> {
    const cwd = writeProject(tempFolder());
    return Promise.all(all.map((args) => gaffer(args, { cwd, env: { GAFFER_HOME: home } })));
  }
});

describe('a machine without a sandbox', () => {
  const script = `export const script = { rules: [{ name: 'shell', when: () => true, answer: (conversation) =>
    conversation.turn === 0
      ? { tools: [{ name: 'bash', input: { command: 'echo ran > ran.txt && echo it ran' } }] }
      : { text: conversation.lastResults[0].content } }] };\n`;
  // A PATH without bubblewrap; the shell itself is found without one.
  const noTools = '/nonexistent';

  async function runShell(flags: string[]) {
    const database = await createTestDatabase();
    onTestFinished(() => database.close());
    const cwd = writeProject(tempFolder(), { 'script.mjs': script });
    const home = join(cwd, 'home');
    const result = await gaffer(['run', 'workflow.yaml', '--script', 'script.mjs', '--json', '--timings', ...flags], {
      cwd,
      env: {
        GAFFER_HOME: home,
        PATH: noTools,
        DATABASE_URL: database.url,
        TEMPORAL_ADDRESS: inject('temporalAddress'),
      },
    });
    expect(result, result.stderr).toMatchObject({ code: 0 });
    expectNothingLeft(home);
    const { tasks, timings } = JSON.parse(result.stdout) as Pick<RunResult, 'tasks'> & { timings: StartTimings };
    const { total, ...steps } = timings;
    expect(Object.values(steps)).not.toContain(null);
    expect(total).toBeGreaterThan(0);
    return { ...result, output: tasks['one']!.output, hasRun: existsSync(join(cwd, 'ran.txt')) };
  }

  it('refuses shell commands, tells the model, and says what to do', async () => {
    const { stderr, output, hasRun } = await runShell([]);
    expect(output).toMatch(/^Shell commands are refused here: there is no sandbox\. Work without them, or say/);
    expect(hasRun).toBe(false);
    expect(stderr).toMatch(
      /^Shell: .*shell commands are refused; install bubblewrap, or allow a shell without a sandbox$/m,
    );
  });

  it('runs them with --allow-unsandboxed-shell, and says so in so many words', async () => {
    const { stderr, output, hasRun } = await runShell(['--allow-unsandboxed-shell']);
    expect(output).toMatch(/exit code 0\nstdout:\nit ran/);
    expect(hasRun).toBe(true);
    expect(stderr).toMatch(/^Shell: .*shell commands run WITHOUT a sandbox, as was allowed$/m);
  });

  it('is named by `gaffer doctor` with its fix', async () => {
    const cwd = writeProject(tempFolder());
    const { stdout } = await gaffer(['doctor'], { cwd, env: { GAFFER_HOME: join(cwd, 'home'), PATH: noTools } });
    expect(stdout).toMatch(/warn {2}Sandbox .*\n +→ install bubblewrap.*or --allow-unsandboxed-shell/);
    expect(existsSync(join(cwd, 'home'))).toBe(false);
  });
});

describe('Ctrl-C', () => {
  it('leaves nothing of a run whose stack is starting', async () => {
    const cwd = writeProject(tempFolder());
    const home = join(cwd, 'home');
    onTestFinished(() => removeHome({ path: home }));
    const running = startGaffer(['run', 'workflow.yaml'], { cwd, env: { GAFFER_HOME: home } });
    await running.says(/\n/);
    expect(processesOf(home)).not.toEqual([]);
    running.process.kill('SIGINT');
    const { code, stdout, stderr } = await running.ended;
    expectNothingLeft(home);
    expect({ code, stdout }, stderr + logsOf(home)).toEqual({ code: 130, stdout: '' });
    expect(stderr).toMatch(/^Interrupted before the run began: nothing of it is left\.$/m);
  });

  it('parks a run in its first moments', async () => {
    const script = `export const script = { rules: [{ name: 'slow', when: () => true, answer: () => ({ text: '', latencyMs: 60_000 }) }] };`;
    const cwd = writeProject(tempFolder(), { 'slow.mjs': script });
    const home = join(cwd, 'home');
    onTestFinished(() => removeHome({ path: home }));
    const args = ['run', 'workflow.yaml', '--script', 'slow.mjs', '--id', 'early', '--verbose'];
    const running = startGaffer(args, { cwd, env: { GAFFER_HOME: home } });
    await running.says(/^Shell: /m);
    running.process.kill('SIGTERM');
    const { code, stdout, stderr } = await running.ended;
    expectNothingLeft(home);
    expect({ code, stdout }, stderr).toEqual({ code: 130, stdout: '' });
    expect(stderr).toMatch(
      /(.*Waiting up to 10 s for calls in flight.*\n)?Parked\. `gaffer watch early` goes on where it was\.\n$/,
    );
  });
});

describe('a reader that goes away', () => {
  it('does not end a run', async () => {
    const database = await createTestDatabase();
    onTestFinished(() => database.close());
    const cwd = writeProject(tempFolder());
    const home = join(cwd, 'home');
    const servers = { DATABASE_URL: database.url, TEMPORAL_ADDRESS: inject('temporalAddress') };
    const running = startGaffer(['run', 'workflow.yaml'], { cwd, env: { GAFFER_HOME: home, ...servers } });
    await running.says(/Model: /);
    running.process.stderr!.destroy();
    expect(await running.ended).toMatchObject({ code: 0, stdout: expect.stringContaining('1 task: 1 succeeded') });
    expectNothingLeft(home);
  });
});

/** A file system of the test's own. */
function mounted(options: string): string {
  const folder = tempFolder();
  execFileSync('mount', ['-t', 'tmpfs', '-o', options, 'tmpfs', folder]);
  onTestFinished(() => void execFileSync('umount', [folder]));
  return folder;
}

function canMount(): boolean {
  if (process.getuid?.() !== 0 || process.platform !== 'linux') return false;
  try {
    execFileSync('unshare', ['-m', 'mount', '-t', 'tmpfs', 'tmpfs', '/mnt'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}
