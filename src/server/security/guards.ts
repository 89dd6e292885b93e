import type { Context, MiddlewareHandler } from 'hono';
import type { Store } from '../../store/store.ts';
import type { ServerEnv } from '../env.ts';
import { authenticate } from './authenticate.ts';
import { boundBodies, boundHeaders } from './bounded-body.ts';
import { limitCalls } from './limit-calls.ts';
import { refuseForeignHosts, refuseForeignOrigins, type OwnOrigins } from './origins.ts';
import { addSecurityHeaders } from './security-headers.ts';

/** What stands before every route asks this. */
export interface GuardDeps {
  store: Pick<Store, 'keys' | 'traffic'>;
  origins: OwnOrigins;
  /** The address that a call comes from. */
  addressOf: (c: Context<ServerEnv>) => string;
  /** Calls of one key in a minute; default: 3,000. */
  callsPerMinute?: number;
  /** Calls of one address without a valid key in a minute; default: 60. */
  strangersPerMinute?: number;
}

/** What stands before every route, in this order: each refuses before the next one does any work. */
export function createGuards({ store, origins, addressOf, ...limits }: GuardDeps): MiddlewareHandler<ServerEnv>[] {
  const { callsPerMinute = 3000, strangersPerMinute = 60 } = limits;
  const { keys, traffic } = store;
  return [
    addSecurityHeaders(),
    refuseForeignHosts(origins),
    boundHeaders(),
    authenticate({ keys, traffic, addressOf, strangersPerMinute }),
    refuseForeignOrigins(origins),
    limitCalls(traffic, callsPerMinute),
    boundBodies(),
  ];
}
