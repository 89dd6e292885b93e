import { UsageError } from '../../domain/errors.ts';
import type { WorkerVersion } from './local-crew.ts';

/** What somebody said of a worker's version. */
interface GivenVersion {
  deployment?: string;
  buildId?: string;
  makeCurrent?: boolean;
}

/**
 * The worker's version; undefined for an unversioned worker, which is the default. `names`: what the three are called where they were given.
 *
 * @throws UsageError when one of the two is missing, or cannot be a name
 */
export function versionOf(
  { deployment, buildId, makeCurrent = false }: GivenVersion,
  names: Readonly<Record<'name' | 'buildId' | 'makeCurrent', string>>,
): WorkerVersion | undefined {
  if (deployment === undefined && buildId === undefined) {
    if (makeCurrent) throw new UsageError(`${names.makeCurrent} needs ${names.name} NAME and ${names.buildId} ID.`);
    return undefined;
  }
  if (deployment === undefined || buildId === undefined) {
    const missing = deployment === undefined ? `${names.name} NAME` : `${names.buildId} ID`;
    throw new UsageError(
      `${missing} is missing: a versioned worker needs ${names.name} and ${names.buildId}, any other neither.`,
    );
  }
  // A dot would part the two in Temporal's own names of versions.
  if (!/^[\w-]{1,100}$/.test(deployment))
    throw new UsageError(`${names.name} "${deployment}": letters, digits, - and _.`);
  if (!/^\w[\w.-]{0,99}$/.test(buildId))
    throw new UsageError(`${names.buildId} "${buildId}": letters, digits, dots, - and _.`);
  return { name: deployment, buildId, makeCurrent };
}
