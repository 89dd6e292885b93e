import { spawnSync } from 'node:child_process';
import { appendFileSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

/* Faults and properties with other seeds, and more of them; each run is kept as a row of test/trials/RESULTS.md. */

const root = fileURLToPath(new URL('..', import.meta.url));
const table = join(root, 'test/trials/RESULTS.md');

/** What is tried when nothing is named: every test that takes seeds. */
const seededTests = ['test/unit/', 'test/chaos/', 'test/e2e/kill-', 'test/e2e/two-workers'];

/** A run of trials: how many times as many seeds as in CI, from which seed on, of which tests. */
export interface Trials {
  factor: number;
  seed: number;
  tests: string[];
}

/** Reads `[--factor 10] [--seed N] [TEST…]`; a message when it cannot. */
export function readTrials(args: readonly string[]): Trials | string {
  const { values, positionals } = parseArgs({
    args: [...args],
    options: { factor: { type: 'string', default: '10' }, seed: { type: 'string' } },
    allowPositionals: true,
  });
  const factor = Number(values.factor);
  const seed = values.seed === undefined ? 1 + Math.floor(Math.random() * 1_000_000) : Number(values.seed);
  if (!(factor > 0) || !Number.isInteger(seed)) return 'trials: --factor must be above 0, --seed a whole number';
  return { factor, seed, tests: positionals.length > 0 ? positionals : seededTests };
}

/** The command that has the same trials again. */
export function againOf({ factor, seed, tests }: Trials): string {
  const named = tests === seededTests ? [] : tests;
  return ['npm run trials -- --factor', factor, '--seed', seed, ...named].join(' ');
}

/** Where vitest writes what came of a run, and the row that is made of it. */
export function keepTrials(trials: Trials): { file: string; keep: () => void } {
  const folder = mkdtempSync(join(tmpdir(), 'gaffer-trials-'));
  const file = join(folder, 'results.json');
  const keep = (): void => {
    appendFileSync(table, `${toRow(trials, JSON.parse(readFileSync(file, 'utf8')) as Results)}\n`);
    rmSync(folder, { recursive: true, force: true });
  };
  return { file, keep };
}

interface Results {
  startTime: number;
  numPassedTests: number;
  numFailedTests: number;
  numPendingTests: number;
  testResults: { endTime: number }[];
}

function toRow(trials: Trials, results: Results): string {
  const { startTime, numPassedTests, numFailedTests, numPendingTests, testResults } = results;
  const minutes = (Math.max(...testResults.map(({ endTime }) => endTime)) - startTime) / 60_000;
  const cells = [
    ...[new Date(startTime).toISOString().slice(0, 10), commit(), trials.factor, trials.seed],
    ...[trials.tests === seededTests ? 'all with seeds' : trials.tests.join(' '), availableParallelism()],
    ...[numPassedTests, numFailedTests, numPendingTests, minutes.toFixed(1)],
  ];
  return `| ${cells.join(' | ')} |`;
}

function commit(): string {
  const git = (...args: string[]): string => spawnSync('git', args, { cwd: root, encoding: 'utf8' }).stdout.trim();
  return git('rev-parse', '--short', 'HEAD') + (git('status', '--porcelain') ? ' and changes' : '');
}
