/*
 * The worker: your workflows and activities, and Gaffer's beside them. It starts the servers that are missing, and stops them again.
 *
 *     npx tsx worker.ts
 */
import { fileURLToPath } from 'node:url';
import { createWorker } from 'gaffer-crew/worker';
import * as activities from './activities.ts';

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url));

const worker = await createWorker({
  workflowsPath: here('./workflows'),
  activities,
  taskQueue: 'articles',
  agents: [here('./agents')],
  // Without this line, the model is the real one: ANTHROPIC_API_KEY.
  script: here('./script.mjs'),
  start: true,
  say: (line) => console.error(line),
});
await worker.run();
