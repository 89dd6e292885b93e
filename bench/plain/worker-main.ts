import Anthropic from '@anthropic-ai/sdk';
import { DefaultLogger, NativeConnection, Runtime, Worker } from '@temporalio/worker';
import { workerOptionsOf } from '../../src/domain/temporal-target.ts';
import { reachTemporal } from '../../src/host/front/reach-temporal.ts';
import pg from 'pg';
import type { Surroundings } from '../program.ts';
import { createPlainActivities } from './activities.ts';

const { temporal, databaseUrl, model, codePath } = JSON.parse(process.argv[2]!) as Surroundings & { codePath: string };

Runtime.install({ logger: new DefaultLogger('WARN'), shutdownSignals: [] });
const connection = await NativeConnection.connect(workerOptionsOf(await reachTemporal(temporal)));
const pool = new pg.Pool({ connectionString: databaseUrl, max: 20 });
const client = new Anthropic({ apiKey: model.apiKey, baseURL: model.baseURL, maxRetries: 0 });
const worker = await Worker.create({
  connection,
  namespace: temporal.namespace,
  taskQueue: 'bench-plain',
  workflowBundle: { codePath },
  activities: createPlainActivities(client, pool),
  // As ours (src/workers/start-worker.ts).
  maxHeartbeatThrottleInterval: '1 s',
  stickyQueueScheduleToStartTimeout: '2 s',
  shutdownGraceTime: 0,
  shutdownForceTime: '5 s',
});
process.once('disconnect', () => worker.shutdown());
process.send!('ready');
await worker.run();
await pool.end();
await connection.close();
process.exit(0);
