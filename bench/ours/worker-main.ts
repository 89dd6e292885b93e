import type * as source from '../../src/workers/start-worker.ts';
import { workerSettings } from './settings.ts';

// What users run is dist/, so that is what is measured; the types are those of the source.
const built = new URL('../../dist/workers/start-worker.js', import.meta.url).href;
const { startWorker } = (await import(built)) as typeof source;

const worker = await startWorker(workerSettings(JSON.parse(process.argv[2]!)));
worker.failed.catch((error: unknown) => {
  console.error(error);
  process.exit(1);
});
process.once('disconnect', () => void worker.stop().then(() => process.exit(0)));
process.send!('ready');
