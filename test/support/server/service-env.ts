import { createKey, type KeyWishes } from '../../../src/client/access/keys.ts';
import { openPlace } from '../../../src/client/connection/open-place.ts';
import type { Session } from '../../../src/client/connection/session.ts';
import { startService, type ServeOptions, type Service } from '../../../src/server/serve.ts';
import { openRunEnv, type RunEnv, type RunEnvOptions } from '../run/run-env.ts';

/** A service on a socket of this machine, over a worker, a database and a workspace of its own. */
export interface ServiceEnv extends Omit<RunEnv, 'close'> {
  session: Session;
  service: Service;
  /** A key for everything of the tenant `default`, as `tester`, with the role `owner`. */
  key: string;
  /** One more key. */
  newKey(wishes: Partial<KeyWishes>): Promise<string>;
  /** Asks the service with {@link ServiceEnv.key}, unless the call brings its own. @param path from `/` on */
  ask(path: string, init?: RequestInit): Promise<Response>;
  /** One more process's worth of service over the same database. */
  another(): Promise<Service>;
  close(): Promise<void>;
}

/** Opens a {@link ServiceEnv}. */
export async function openServiceEnv(
  options: RunEnvOptions & { serve?: Partial<ServeOptions> } = {},
): Promise<ServiceEnv> {
  const env = await openRunEnv(options);
  const { temporal, databaseUrl, taskQueue } = env.settings;
  const sessions: Session[] = [];
  const services: Service[] = [];
  const open = async (): Promise<Service> => {
    const session = await openPlace({ temporal, databaseUrl, taskQueue, cwd: env.workspace, env: {} });
    sessions.push(session);
    const service = await startService(session, { host: '127.0.0.1', port: 0, ...options.serve });
    services.push(service);
    return service;
  };
  const service = await open();
  const newKey = async (wishes: Partial<KeyWishes>): Promise<string> =>
    (await createKey(env.store.keys, { name: 'tester', scopes: ['admin'], roles: ['owner'], ...wishes })).key;
  const key = await newKey({});
  return {
    ...env,
    ...{ key, newKey, ask: askWith(service.url, key) },
    ...{ session: sessions[0]!, service, another: open },
    async close() {
      for (const each of services) await each.close();
      for (const each of sessions) await each.close();
      await env.close();
    },
  };
}

function askWith(url: string, key: string): ServiceEnv['ask'] {
  return (path, init = {}) => {
    const headers = new Headers(init.headers);
    if (!headers.has('Authorization')) headers.set('Authorization', `Bearer ${key}`);
    if (init.body !== undefined && !headers.has('Content-Type')) headers.set('Content-Type', 'application/json');
    return fetch(`${url}${path}`, { ...init, headers });
  };
}
