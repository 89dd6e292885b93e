import { UsageError } from '../../domain/errors.ts';
import { defaultTenant, inTenant, isOf, tenantOf } from '../../domain/ids/tenant.ts';
import type { Session } from '../connection/session.ts';

type Whose = Pick<Session, 'tenant'>;

/** The id of a run that is started: its session's tenant's, or that of the run it goes on from, whoever starts it. */
export function newOwnId({ tenant }: Whose, id: string, from: string | null = null): string {
  return inTenant(from === null ? (tenant ?? defaultTenant) : tenantOf(from), id);
}

/**
 * The board that somebody names for a run: its tenant's.
 *
 * @throws UsageError for another tenant's, in the same words whether there is such a board or not
 */
export function ownBoard(board: string | undefined, runId: string): string | undefined {
  if (board === undefined) return undefined;
  const tenant = tenantOf(runId);
  const whole = inTenant(tenant, board);
  if (isOf(tenant, whole)) return whole;
  throw new UsageError(
    `\`board\` "${board.slice(0, 200)}" cannot be a board of this run: a name with "@" in it is that of a tenant.`,
  );
}
