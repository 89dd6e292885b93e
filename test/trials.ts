import { availableParallelism } from 'node:os';
import { parseArgs } from 'node:util';
import { type Results, commit, dayOf, minutesOf } from './results.ts';

/* Faults and properties with other seeds, and more of them; each run is kept as a row of test/trials/RESULTS.md. */

/** What is tried when nothing is named: every test that takes seeds. */
const seededTests = [
  ...['test/unit/', 'test/chaos/', 'test/e2e/kill-', 'test/e2e/two-workers'],
  ...['test/merge/', 'test/worktrees/kills', 'test/gateway/process-kills', 'test/contain/kill'],
];

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

/** What comes of a run, as cells of a row of test/trials/RESULTS.md. */
export function toCells(trials: Trials, results: Results): (string | number)[] {
  return [
    ...[dayOf(results), commit(), trials.factor, trials.seed],
    ...[trials.tests === seededTests ? 'all with seeds' : trials.tests.join(' '), availableParallelism()],
    ...[results.numPassedTests, results.numFailedTests, results.numPendingTests, minutesOf(results)],
  ];
}
