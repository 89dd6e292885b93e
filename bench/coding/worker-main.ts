import type * as gateways from '../../src/dev/gateway/use-gateway.ts';
import type * as source from '../../src/workers/start-worker.ts';
import { workerSettings } from '../ours/settings.ts';
import type { Surroundings } from '../program.ts';

// A worker behind a gateway of its own, as `gaffer dev` starts both, from dist/.

/** What this process is started with. */
export interface CodingWorkerSettings extends Surroundings {
  /** Home of the gateway. */
  home: string;
  /** Where worktrees stand. */
  state: string;
  /** Folders of programs before those of `PATH`. */
  programs: string[];
}

const settings = JSON.parse(process.argv[2]!) as CodingWorkerSettings;
process.env['XDG_STATE_HOME'] = settings.state;
process.env['PATH'] = [...settings.programs, process.env['PATH']].join(':');
const load = async <Module>(file: string): Promise<Module> =>
  (await import(new URL(`../../dist/${file}`, import.meta.url).href)) as Module;
const { startWorker } = await load<typeof source>('workers/start-worker.js');
const { useGateway } = await load<typeof gateways>('dev/gateway/use-gateway.js');

const { models, ...rest } = workerSettings(settings);
const gateway = await useGateway({
  ...{ home: { path: settings.home }, env: process.env, say: (line: string) => process.stderr.write(`${line}\n`) },
  order: { databaseUrl: settings.databaseUrl, accounts: models.accounts },
});
const door = { socket: gateway.socket, ready: (signal?: AbortSignal) => gateway.ready(signal), asksModels: true };
const worker = await startWorker({ ...rest, gateway: door, models: { ...models, accounts: {} } });
worker.failed.catch((error: unknown) => {
  console.error(error);
  process.exit(1);
});
process.once('disconnect', () => {
  void worker
    .stop()
    .then(() => gateway.leave())
    .then(() => process.exit(0));
});
process.send!('ready');
