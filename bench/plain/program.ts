import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Client, Connection } from '@temporalio/client';
import { DefaultLogger, bundleWorkflowCode } from '@temporalio/worker';
import { clientOptionsOf } from '../../src/domain/temporal-target.ts';
import { reachTemporal } from '../../src/host/front/reach-temporal.ts';
import pg from 'pg';
import { promptOf } from '../cell.ts';
import { startRestartable } from '../child-process.ts';
import type { Program, Surroundings } from '../program.ts';
import { expectRows } from '../program.ts';
import { schema } from './activities.ts';
import type { plainGraph } from '../graph/plain-workflow.ts';
import type { plainParent } from './workflows.ts';

const database = 'bench_plain';

/** The straightforward program, with tables in a database of its own on the same server. */
export async function startPlain(surroundings: Surroundings, nodeArguments: string[]): Promise<Program> {
  const databaseUrl = await createDatabase(surroundings.databaseUrl);
  const folder = mkdtempSync(join(tmpdir(), 'gaffer-bench-plain-'));
  const codePath = join(folder, 'workflow-bundle.js');
  writeFileSync(codePath, await bundle());
  const settings = { ...surroundings, databaseUrl, codePath };
  const worker = await startRestartable('plain/worker-main.ts', settings, nodeArguments);
  const connection = await Connection.connect(clientOptionsOf(await reachTemporal(surroundings.temporal)));
  const client = new Client({ connection, namespace: surroundings.temporal.namespace });
  const pool = new pg.Pool({ connectionString: databaseUrl, max: 2 });
  return {
    name: 'plain',
    get workerPid() {
      return worker.current.pid;
    },
    restart: () => worker.killAndStart(),
    async run({ workers }, runId) {
      const prompts = Array.from({ length: workers }, (_, index) => promptOf(runId, index + 1));
      const options = { taskQueue: 'bench-plain', workflowId: runId, args: [prompts] as [string[]] };
      const answers = await client.workflow.execute<typeof plainParent>('plainParent', options);
      const done = answers.filter((answer) => answer.includes('done')).length;
      if (done !== workers) throw new Error(`${runId}: ${done} of ${workers} workers are done`);
    },
    async runGraph(count, runId) {
      const options = { taskQueue: 'bench-plain', workflowId: runId, args: [{ count, done: [] }] as [never] };
      const done = await client.workflow.execute<typeof plainGraph>('plainGraph', options);
      if (done !== count) throw new Error(`${runId}: ${done} of ${count} nodes are done`);
    },
    async check({ workers, turns }, runId) {
      const { rows } = await pool.query(
        `select (select count(*)::int from plain_issues where run = $1 and status = 'closed') as closed,
           (select count(*)::int from plain_comments c join plain_issues i on i.id = c.issue where i.run = $1) as comments`,
        [runId],
      );
      expectRows(runId, rows[0], { closed: workers, comments: workers * (turns - 2) });
    },
    async stop() {
      await pool.end();
      await connection.close();
      await worker.current.stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

async function bundle(): Promise<string> {
  const workflowsPath = fileURLToPath(new URL('workflows.ts', import.meta.url));
  const { code } = await bundleWorkflowCode({ workflowsPath, logger: new DefaultLogger('WARN') });
  return code;
}

async function createDatabase(serverUrl: string): Promise<string> {
  await onDatabase(serverUrl, `create database ${database}`);
  const url = new URL(serverUrl);
  url.pathname = `/${database}`;
  await onDatabase(url.href, schema);
  return url.href;
}

async function onDatabase(connectionString: string, text: string): Promise<void> {
  const connection = new pg.Client({ connectionString });
  await connection.connect();
  try {
    await connection.query(text);
  } finally {
    await connection.end();
  }
}
