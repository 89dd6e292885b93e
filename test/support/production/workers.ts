import { cpSync, mkdirSync, readdirSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { until } from '../base/until.ts';
import { startNode } from '../command/cli.ts';
import type { NextVersion } from '../run/next-version.ts';
import type { Site } from './site.ts';

/** Name of the workers' deployment. */
const deployment = 'crew';

/** A release of the package, as it is installed somewhere. */
export interface Release {
  /** Folder of the package. */
  folder: string;
  buildId: string;
}

/** `gaffer worker`, in a process of its own. */
export interface ProductionWorker {
  pid: number;
  /** Listens from now on. @returns what waits until it told people something */
  listen(): (pattern: RegExp) => Promise<void>;
  freeze(): void;
  thaw(): void;
  /** SIGKILL, frozen or not. */
  kill(): Promise<void>;
  /** Ends it as a service manager would. @returns its exit code, and its log */
  stop(): Promise<{ code: number | null; log: string }>;
}

const root = fileURLToPath(new URL('../../..', import.meta.url));

/** What lies in this folder, built. */
export const thisRelease: Release = { folder: root, buildId: '1.0.0' };

/** The package of the next version: the same, but for its workflow code. */
export function nextRelease({ workflowBundle }: NextVersion): Release {
  const folder = join(tmpdir(), 'next-release');
  mkdirSync(folder);
  const isCopied = (name: string): boolean => ['bin', 'dist', 'package.json'].includes(name);
  for (const name of readdirSync(root)) {
    if (isCopied(name)) cpSync(join(root, name), join(folder, name), { recursive: true });
    else symlinkSync(join(root, name), join(folder, name));
  }
  cpSync(workflowBundle, join(folder, 'dist', 'workflow-bundle.js'));
  return { folder, buildId: '1.1.0' };
}

// Less than the defaults, as for a small container.
const sizes = [
  ...['--activities', '30', '--tools', '6', '--workflow-tasks', '12', '--pollers', '4'],
  ...['--cache', '60', '--connections', '8', '--log', 'stdout'],
];

/** Starts workers of a release, which becomes the current one, and waits until they work. */
export async function startWorkers(site: Site, release: Release, count: number): Promise<ProductionWorker[]> {
  const first = await startOne(site, release, ['--make-current']);
  return [first, ...(await Promise.all(Array.from({ length: count - 1 }, () => startOne(site, release))))];
}

const longestMs = 120_000;
let started = 0;

/** Starts one more worker of a release. */
export async function startOne(
  { project, env }: Site,
  { folder, buildId }: Release,
  more: readonly string[] = [],
): Promise<ProductionWorker> {
  const args = ['worker', '--deployment', deployment, '--build-id', buildId, ...sizes, ...more];
  const home = join(tmpdir(), `worker-${++started}`);
  const running = startNode([join(folder, 'bin', 'gaffer.js'), ...args], {
    cwd: project,
    env: { ...env, GAFFER_HOME: home },
  });
  const { process: child, ended } = running;
  let said = '';
  child.stderr!.on('data', (text: string) => (said += text));
  await running.says(/^Working on task queue/m);
  return {
    pid: child.pid!,
    listen() {
      const from = said.length;
      return (pattern) => until(`a worker says ${pattern}`, () => pattern.test(said.slice(from)), longestMs);
    },
    freeze: () => void child.kill('SIGSTOP'),
    thaw: () => void child.kill('SIGCONT'),
    async kill() {
      child.kill('SIGKILL');
      await ended;
    },
    async stop() {
      child.kill('SIGTERM');
      const { code, stdout, stderr } = await ended;
      return { code, log: `${stdout}\n${stderr}` };
    },
  };
}
