import { closeSync, mkdirSync, openSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { setTimeout as delay } from 'node:timers/promises';
import type { Place } from '../connection/session.ts';
import { UnreachableError } from '../../domain/errors.ts';
import { spawnChild } from '../../host/spawn-child.ts';
import { undoneAtExit } from '../../host/exit/undone-at-exit.ts';
import { safeText } from '../../domain/safe-text.ts';
import { localServices } from './service-files.ts';
import { localWorkers } from './worker-files.ts';

/** Longest wait for a background stack: a first start may have to download the Temporal server. */
const longestStartMs = 180_000;

interface BackgroundWishes {
  unsandboxedShell: boolean;
  /** Folders that runs started at Temporal may work below, besides the current one. */
  folders?: readonly string[];
  /** Folders of workflow files that can be started by name, before those where it stands. */
  workflows?: readonly string[];
  /** Absolute paths of modules with tools of one's own. */
  tools?: readonly string[];
  /** `host:port` for Prometheus; null or left out: no metrics. */
  metricsAddress?: string | null;
  /** Where its service listens; left out: at the usual port, or any that is free. */
  port?: number | undefined;
  say: (line: string) => void;
}

/**
 * Starts `gaffer dev` in a process that outlives this one, and waits until its worker is at work and its service answers.
 *
 * @throws UnreachableError with the end of its log when it does not come up, NotTrustedError when the home leads elsewhere
 */
export async function ensureBackground({ cwd, config }: Place, home: string, wishes: BackgroundWishes): Promise<void> {
  const { checkLinks } = await import('../../config/home-mark.ts');
  checkLinks(home);
  const logFile = join(home, 'logs', 'dev.log');
  mkdirSync(join(home, 'logs'), { recursive: true, mode: 0o700 });
  const log = openSync(logFile, 'a', 0o600);
  const gaffer = fileURLToPath(new URL('../../../bin/gaffer.js', import.meta.url));
  const child = spawnChild(process.execPath, [gaffer, 'dev', '--detached-child', '--yes', ...flagsOf(wishes)], {
    cwd,
    env: { ...config.environment, GAFFER_HOME: home },
    detached: true,
    stdio: ['ignore', log, log],
  });
  closeSync(log);
  const inOrder = undoneAtExit(() => void child.kill('SIGTERM'));
  wishes.say(`Starting a background stack (log: ${logFile})`);
  const ended = new Promise<string>((resolve) => {
    child.once('error', (error) => resolve(error.message));
    child.once('exit', (code, signal) => resolve(`it ended with ${signal ?? `exit code ${code}`}`));
  });
  const isUp = async (): Promise<null> => {
    for (const end = Date.now() + longestStartMs; Date.now() < end; await delay(100)) {
      const notes = await Promise.all([localWorkers(home), localServices(home)]);
      if (notes.every((kind) => kind.some((note) => note.process.pid === child.pid))) return null;
    }
    throw new UnreachableError(
      `the background stack did not come up within ${longestStartMs / 1000} s: see ${logFile}.`,
    );
  };
  const problem = await Promise.race([isUp(), ended]).finally(inOrder);
  if (problem !== null) {
    throw new UnreachableError(`the background stack did not come up: ${problem}.\n${tailOf(logFile)}`);
  }
  child.unref();
}

function flagsOf(wishes: BackgroundWishes): string[] {
  const { unsandboxedShell, folders = [], workflows = [], tools = [], metricsAddress = null, port } = wishes;
  const shell = unsandboxedShell ? ['--allow-unsandboxed-shell'] : [];
  const metrics = metricsAddress === null ? [] : ['--metrics', metricsAddress];
  const named = (flag: string, all: readonly string[]): string[] => all.flatMap((folder) => [flag, folder]);
  return [
    ...shell,
    ...metrics,
    ...(port === undefined ? [] : ['--port', String(port)]),
    ...named('--folder', folders),
    ...named('--workflows', workflows),
    ...named('--tools', tools),
  ];
}

function tailOf(file: string): string {
  const lines = safeText(readFileSync(file, 'utf8')).trimEnd().split('\n');
  return lines
    .slice(-8)
    .map((line) => line.replace(/^gaffer: /, ''))
    .join('\n');
}
