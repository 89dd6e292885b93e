// A worker in a process of its own, from dist/: what the crash tests kill. Its settings come as JSON in the environment.
import { startWorker } from '../../../dist/workers/start-worker.js';

// The test holds the other end: when it dies, nothing stays behind.
process.stdin.resume().once('end', () => process.exit(1));
const settings = JSON.parse(process.env.GAFFER_TEST_WORKER);
const worker = await startWorker(await behindGateway(settings, process.env.GAFFER_TEST_GATEWAY_HOME));
worker.failed.catch((error) => {
  console.error(error);
  process.exit(1);
});
process.once('SIGTERM', () => void worker.stop().then(() => process.exit(0)));
process.stdout.write('ready\n');

// The gateway of that home has the accounts then, and is started where there is none.
async function behindGateway({ models, ...rest }, home) {
  if (home === undefined) return { ...rest, models };
  const { useGateway } = await import('../../../dist/dev/gateway/use-gateway.js');
  const use = await useGateway({
    ...{ home: { path: home }, env: process.env, say: console.error },
    order: { databaseUrl: rest.databaseUrl, accounts: models.accounts },
  });
  const gateway = { socket: use.socket, ready: (signal) => use.ready(signal), asksModels: true };
  return { ...rest, gateway, models: { ...models, accounts: {} } };
}
