import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterEach } from 'vitest';
import type { GafferHome } from '../../../src/config/home.ts';
import { identify } from '../../../src/host/process-identity.ts';
import { readState } from '../../../src/dev/stack-state.ts';
import { removeHome } from '../../../src/dev/stack.ts';

/** The environment of a user who names no servers. */
export const plainEnv: Record<string, string | undefined> = {
  ...process.env,
  DATABASE_URL: undefined,
  TEMPORAL_ADDRESS: undefined,
  TEMPORAL_PROFILE: undefined,
};

const undo: (() => unknown)[] = [];

afterEach(async () => {
  for (const step of undo.splice(0).toReversed()) await step();
});

/** Runs after the test, newest first. */
export function later(step: () => unknown): void {
  undo.push(step);
}

/** A folder that is gone after the test. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'gaffer-dev-'));
  later(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** A home that is stopped and removed after the test, with its data wherever that lies. */
export function temporaryHome(folder = temporaryFolder()): GafferHome {
  const home = { path: join(folder, '.gaffer') };
  later(() => removeHome(home));
  return home;
}

/** Pids of the servers that run in a home. */
export function serverPids(home: GafferHome): number[] {
  const { temporal, postgres } = readState(home);
  return [temporal, postgres].flatMap((record) => (record ? [record.pid] : []));
}

/** Whether nobody lives under any of these pids. */
export function areGone(pids: number[]): boolean {
  return pids.every((pid) => identify(pid) === undefined);
}

/** Files that a stopped stack must not leave in its home. */
export function leftovers(home: GafferHome): string[] {
  return existsSync(home.path) ? readdirSync(home.path).filter((name) => name.startsWith('stack.')) : [];
}

/** What another process says about the stack that it started. */
export interface ForeignStack {
  process: ChildProcess;
  started: boolean;
  pids: number[];
  lines: string[];
  /** Has it leave the stack, and waits for its end. */
  leave(): Promise<void>;
}

/** Starts the stack in a process of its own. */
export async function startElsewhere(
  home: GafferHome,
  mode: 'foreground' | 'background' = 'foreground',
): Promise<ForeignStack> {
  const script = new URL('start-stack.ts', import.meta.url);
  const child = spawn(process.execPath, ['--import', 'tsx', script.pathname, home.path, mode], {
    stdio: ['pipe', 'pipe', 'inherit'],
    env: plainEnv,
  });
  later(() => void child.kill('SIGKILL'));
  const lines: string[] = [];
  for await (const line of createInterface({ input: child.stdout })) {
    if (!line.startsWith('{')) {
      lines.push(line);
      continue;
    }
    const { started, pids } = JSON.parse(line) as { started: boolean; pids: number[] };
    const leave = async (): Promise<void> => {
      const ended = once(child, 'exit');
      child.stdin.end();
      await ended;
    };
    return { process: child, started, pids, lines, leave };
  }
  throw new Error(`the other process ended: ${lines.join('\n')}`);
}
