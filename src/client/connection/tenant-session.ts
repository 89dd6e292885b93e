import { isTenant } from '../../domain/ids/tenant.ts';
import { UsageError } from '../../domain/errors.ts';
import type { Session } from './session.ts';

/**
 * The same session for one tenant: it sees and starts that tenant's runs, schedules and boards only, and nothing tells it that there are others.
 * Closing it closes nothing: the session itself does.
 *
 * @throws UsageError when no tenant can be called so
 */
export function forTenant(session: Session, tenant: string): Session {
  if (!isTenant(tenant))
    throw new UsageError(
      `a tenant cannot be called "${tenant.slice(0, 100)}": 1 to 40 small letters, digits and hyphens, the first no hyphen.`,
    );
  return { ...session, tenant, store: session.store.ofTenant(tenant), close: () => Promise.resolve() };
}
