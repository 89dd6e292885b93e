import type { ChildProcess } from 'node:child_process';
import { spawn } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it, onTestFinished } from 'vitest';
import { readPlace } from '../../src/dev/postgres/postgres-place.ts';
import { patient } from '../support/base/patience.ts';
import { endProcessesBelow, processesBelow } from '../support/base/processes.ts';
import { tempFolder } from '../support/base/temp-folder.ts';
import { until } from '../support/base/until.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
// It fits between the start of the servers and the end: its tests make databases of their own.
const file = 'test/activities/run';
const vitest = [process.execPath, 'node_modules/vitest/vitest.mjs', 'run', file];
const npmTest = ['npm', 'test', '--', file];

describe('a test run that is interrupted', () => {
  it.each([
    { how: 'Ctrl-C', command: vitest, signal: 'SIGINT', to: 'group' },
    { how: 'SIGINT to vitest alone', command: vitest, signal: 'SIGINT', to: 'process' },
    { how: 'the SIGTERM of a time limit, to npm test', command: npmTest, signal: 'SIGTERM', to: 'group' },
    { how: 'SIGINT to npm test alone', command: npmTest, signal: 'SIGINT', to: 'process' },
    { how: 'SIGKILL to npm test alone', command: npmTest, signal: 'SIGKILL', to: 'process' },
    { how: 'SIGKILL to vitest alone', command: vitest, signal: 'SIGKILL', to: 'process' },
  ] as const)('by $how leaves neither processes nor files', { timeout: patient(120_000) }, async (one) => {
    const place = tempFolder();
    onTestFinished(() => endProcessesBelow(place));
    const { child, said } = startRun(one.command, place);
    const dataFolder = await untilDatabase(place, child, said);
    process.kill(one.to === 'group' ? -child.pid! : child.pid!, one.signal);
    await until(`everything of ${place} is gone`, () => isGone(place) && !existsSync(dataFolder), 30_000);
    expect(processesBelow(place)).toEqual([]);
    expect(leftIn(place)).toEqual([]);
  });
});

/** A run in a group of its own, as a shell starts it, which knows nothing of the run that this test belongs to. */
function startRun([program, ...args]: readonly string[], place: string): { child: ChildProcess; said: () => string } {
  const clean = Object.entries(process.env).filter(([name]) => !/^(VITEST|GAFFER|NODE_OPTIONS|npm_)/.test(name));
  const child = spawn(program!, args, {
    cwd: root,
    env: { ...Object.fromEntries(clean), TMPDIR: place },
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let text = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => (text += chunk.toString()));
  return { child, said: () => text };
}

/** Waits until a run has its database. @returns the folder of that database's data, which lies elsewhere for root */
async function untilDatabase(place: string, child: ChildProcess, said: () => string): Promise<string> {
  let folder: string | undefined;
  await until(
    'the run has its servers',
    () => {
      if (child.exitCode !== null) throw new Error(`the run ended by itself:\n${said()}`);
      const run = readdirSync(place).find((name) => name.startsWith('gaffer-tests-'));
      folder = run && readPlace({ path: join(place, run, 'servers', '.gaffer') })?.folder;
      return folder !== undefined && /PostgreSQL \S+ on /.test(said());
    },
    60_000,
  );
  return folder!;
}

function isGone(place: string): boolean {
  return leftIn(place).length === 0 && processesBelow(place).length === 0;
}

// The loader of TypeScript keeps a cache for all programs of this user.
function leftIn(place: string): string[] {
  return readdirSync(place).filter((name) => !name.startsWith('tsx-'));
}
