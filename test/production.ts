import { availableParallelism } from 'node:os';
import { type Results, commit, dayOf, minutesOf } from './results.ts';
import { temporalVersion } from './support/production/temporal-build.ts';

declare module 'vitest' {
  interface TaskMeta {
    production?: ProductionMeta;
  }
}

/** What a test in production tells of itself; added up it is in the row. */
interface ProductionMeta {
  runs?: number;
  /** Calls that the model answered. */
  calls?: number;
  /** Size of Temporal's databases. */
  bytes?: number;
}

/** What comes of a run, as cells of a row of test/production/RESULTS.md. */
export function toProductionCells(results: Results): (string | number)[] {
  const metas = results.testResults.flatMap((file) => file.assertionResults.map(({ meta }) => meta.production ?? {}));
  const sum = (name: keyof ProductionMeta): number => metas.reduce((all, meta) => all + (meta[name] ?? 0), 0);
  return [
    ...[dayOf(results), commit(), temporalVersion, availableParallelism()],
    ...[results.numPassedTests, results.success ? 0 : results.numFailedTests || 'setup', results.numPendingTests],
    ...[sum('runs'), sum('calls'), Math.round(sum('bytes') / 1e6), minutesOf(results)],
  ];
}
