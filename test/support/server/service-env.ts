import { openPlace } from '../../../src/client/connection/open-place.ts';
import type { Session } from '../../../src/client/connection/session.ts';
import { startService, type Service } from '../../../src/server/serve.ts';
import { openRunEnv, type RunEnv, type RunEnvOptions } from '../run/run-env.ts';

/** A service on a socket of this machine, over a worker, a database and a workspace of its own. */
export interface ServiceEnv extends Omit<RunEnv, 'close'> {
  session: Session;
  service: Service;
  /** One more process's worth of service over the same database. */
  another(): Promise<Service>;
  close(): Promise<void>;
}

/** Opens a {@link ServiceEnv}. */
export async function openServiceEnv(options: RunEnvOptions = {}): Promise<ServiceEnv> {
  const env = await openRunEnv(options);
  const { temporal, databaseUrl, taskQueue } = env.settings;
  const sessions: Session[] = [];
  const services: Service[] = [];
  const open = async (): Promise<Service> => {
    const session = await openPlace({ temporal, databaseUrl, taskQueue, cwd: env.workspace, env: {} });
    sessions.push(session);
    const service = await startService(session, { host: '127.0.0.1', port: 0 });
    services.push(service);
    return service;
  };
  const service = await open();
  return {
    ...env,
    ...{ session: sessions[0]!, service, another: open },
    async close() {
      for (const each of services) await each.close();
      for (const each of sessions) await each.close();
      await env.close();
    },
  };
}
