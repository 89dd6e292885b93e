// A worker in a process of its own, from dist/: what the crash tests kill. Its settings come as JSON in the environment.
import { startWorker } from '../../../dist/workers/start-worker.js';

// The test holds the other end: when it dies, nothing stays behind.
process.stdin.resume().once('end', () => process.exit(1));
const worker = await startWorker(JSON.parse(process.env.GAFFER_TEST_WORKER));
worker.failed.catch((error) => {
  console.error(error);
  process.exit(1);
});
process.once('SIGTERM', () => void worker.stop().then(() => process.exit(0)));
process.stdout.write('ready\n');
