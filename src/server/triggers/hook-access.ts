import { openHooks, type Hooks } from '../../client/hooks/open-hooks.ts';
import { openHolding } from '../../client/hooks/secrets.ts';
import type { Once } from '../../client/connection/once.ts';
import type { Session } from '../../client/connection/session.ts';
import type { Runs } from '../../client/runs.ts';
import type { WaySettings } from '../../host/web/guarded-way.ts';
import { acceptDelivery, type Accepted, type Arrival } from './accept.ts';
import { startDelivering, type DeliveryDeps } from './deliver.ts';

/** How far hooks of a service reach. */
export interface HookReach {
  way: WaySettings;
  /** Folders that callers may name files and workspaces in. */
  within: readonly string[];
}

/** Webhooks and triggers of a service. */
export interface HookAccess {
  /** Of a tenant. `once`: the request that changes them, if it may be repeated. */
  of(tenant: string, once?: Once): Promise<Hooks>;
  /** Takes what was posted to a trigger; see {@link acceptDelivery}. */
  accept(name: string, arrival: Arrival): Promise<Accepted>;
}

/** Webhooks and triggers as a service has them. `runs`: those of a tenant. */
export function createHookAccess(
  session: Pick<Session, 'cwd' | 'config' | 'store' | 'say' | 'home'>,
  { way, within }: HookReach,
  runs: (tenant: string) => Runs,
): HookAccess {
  const of = (tenant: string, once?: Once): Promise<Hooks> =>
    openHooks({ ...session, ...(once && { once }) }, { tenant, allow: way.allow, within });
  const { triggers } = session.store;
  const hooks = async (tenant: string) => (await of(tenant)).deps;
  return { of, accept: (name, arrival) => acceptDelivery({ triggers, hooks, runs, say: session.say }, name, arrival) };
}

/** Sends what is to be sent from this process, until it is stopped. */
export async function deliverFrom(
  session: Pick<Session, 'cwd' | 'config' | 'store' | 'home' | 'say'>,
  way: WaySettings,
  more: Pick<DeliveryDeps, 'leaseMs' | 'everyMs' | 'logError'>,
): Promise<{ stop(): Promise<void> }> {
  const { deps } = await openHooks(session, { tenant: null, allow: way.allow, within: null });
  return startDelivering({
    ...{ webhooks: session.store.webhooks, triggers: session.store.triggers, way, say: session.say, ...more },
    openSecrets: (kept, owner) => openHolding(deps.box, kept, owner),
  });
}
