import type * as keys from '../../src/client/access/keys.ts';
import type * as place from '../../src/client/connection/open-place.ts';
import type * as source from '../../src/server/serve.ts';
import { taskQueue } from '../ours/settings.ts';
import type { Surroundings } from '../program.ts';

// The service in a process of its own, with a key for whoever asks it. What users run is dist/, so that is what is measured.

const built = (path: string): string => new URL(`../../dist/${path}`, import.meta.url).href;
const { createKey } = (await import(built('client/access/keys.js'))) as typeof keys;
const { openPlace } = (await import(built('client/connection/open-place.js'))) as typeof place;
const { startService } = (await import(built('server/serve.js'))) as typeof source;

/** What it needs to know. `cwd`: its folder. */
export type ServiceSettings = Pick<Surroundings, 'temporal' | 'databaseUrl'> & { cwd: string };

const { cwd, ...servers } = JSON.parse(process.argv[2]!) as ServiceSettings;
const session = await openPlace({ ...servers, cwd, taskQueue, env: {} });
const service = await startService(session, { host: '127.0.0.1', port: 0 });
const { key } = await createKey(session.store.keys, { name: 'bench', scopes: ['run'] });
process.once('disconnect', () => {
  void service
    .close()
    .then(() => session.close())
    .then(() => process.exit(0));
});
process.send!({ url: service.url, key });
