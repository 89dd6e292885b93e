import { spawnSync } from 'node:child_process';
import { appendFileSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { TaskMeta } from 'vitest';

const root = fileURLToPath(new URL('..', import.meta.url));

/** What vitest writes of a run, as JSON. */
export interface Results {
  startTime: number;
  numPassedTests: number;
  success: boolean;
  numFailedTests: number;
  numPendingTests: number;
  testResults: { endTime: number; assertionResults: { meta: TaskMeta }[] }[];
}

/** Options with which vitest writes what came of a run, and what appends that to a table of the repository: `test/trials/RESULTS.md`. */
export function keepResults(
  table: string,
  toCells: (results: Results) => readonly (string | number)[],
): { options: string[]; keep: () => void } {
  const folder = mkdtempSync(join(tmpdir(), 'gaffer-results-'));
  const file = join(folder, 'results.json');
  return {
    options: ['--reporter=verbose', '--reporter=json', `--outputFile.json=${file}`],
    keep() {
      const results = JSON.parse(readFileSync(file, 'utf8')) as Results;
      appendFileSync(join(root, table), `| ${toCells(results).join(' | ')} |\n`);
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** The day on which a run began. */
export function dayOf({ startTime }: Results): string {
  return new Date(startTime).toISOString().slice(0, 10);
}

/** From its start to its last test's end. */
export function minutesOf({ startTime, testResults }: Results): string {
  return ((Math.max(...testResults.map(({ endTime }) => endTime)) - startTime) / 60_000).toFixed(1);
}

/** What was tested: the commit, and whether anything was changed since. */
export function commit(): string {
  const git = (...args: string[]): string => spawnSync('git', args, { cwd: root, encoding: 'utf8' }).stdout.trim();
  return git('rev-parse', '--short', 'HEAD') + (git('status', '--porcelain') ? ' and changes' : '');
}
