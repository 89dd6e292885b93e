import { tmpdir } from 'node:os';
import { connect } from '../../src/client/index.ts';
import type { Plan, PlanTask } from '../../src/domain/plan/plan.ts';
import { planDefaults } from '../../src/domain/plan/plan.ts';
import { openStore } from '../../src/store/open-store.ts';
import type { Cell } from '../cell.ts';
import { maxTokens, model, promptOf, system } from '../cell.ts';
import { startRestartable } from '../child-process.ts';
import { toGraphPlan } from '../graph/ours.ts';
import type { Program, Surroundings } from '../program.ts';
import { expectRows } from '../program.ts';
import { taskQueue } from './settings.ts';

/** The product: a plan of parallel tasks, through the product's own worker and client. One worker for all ways to run tasks. */
export async function startOurs(surroundings: Surroundings, nodeArguments: string[]): Promise<Program[]> {
  const { temporal, databaseUrl } = surroundings;
  const worker = await startRestartable('ours/worker-main.ts', surroundings, nodeArguments);
  const store = await openStore(databaseUrl);
  const client = await connect({ temporal, databaseUrl, taskQueue });
  const stop = once(async () => {
    await client.close();
    await store.close();
    await worker.current.stop();
  });
  const runWhole = async (plan: Plan, runId: string): Promise<void> => {
    const handle = await client.start({ plan, id: runId });
    const { status, reason } = await handle.result();
    if (status !== 'succeeded') throw new Error(`${runId} ended as ${status}: ${reason}`);
  };
  return (['child', 'inline', 'auto'] as const).map((tasks) => ({
    name: tasks,
    get workerPid() {
      return worker.current.pid;
    },
    restart: () => worker.killAndStart(),
    run: (cell, runId) => runWhole(toPlan(cell, runId, tasks), runId),
    runPlan: (plan, runId) => runWhole({ ...plan, limits: { ...plan.limits, tasks } }, runId),
    async beginPlan(plan, runId) {
      const handle = await client.start({ plan: { ...plan, limits: { ...plan.limits, tasks } }, id: runId });
      return async () => {
        await handle.cancel();
        const { status } = await handle.result();
        if (status !== 'cancelled') throw new Error(`${runId} ended as ${status}, and was cancelled`);
      };
    },
    async runGraph(nodes, runId) {
      const handle = await client.start({ plan: toGraphPlan(nodes, runId, tasks), id: runId });
      const { status, reason, summary } = await handle.result();
      if (status !== 'succeeded' || summary.successfulTasks !== nodes) {
        throw new Error(`${runId} ended as ${status} with ${summary.successfulTasks} nodes: ${reason}`);
      }
    },
    async check({ workers, turns }, runId) {
      const { rows } = await store.sql.query(
        `select (select count(*) from issues where board = $1 and status = 'closed') as closed,
           (select count(*) from issue_comments where board = $1 and kind = 'comment') as comments`,
        [runId],
      );
      expectRows(runId, rows[0], { closed: workers, comments: workers * (turns - 2) });
    },
    async failedAttempts(runId) {
      const { rows } = await store.sql.query<{ count: number }>(
        `select count(*) from events e join runs r on r.no = e.run_no where r.run_id = $1 and e.data ->> 'type' = 'task:error'`,
        [runId],
      );
      return rows[0]!.count;
    },
    async answeredAsks(runId) {
      const { rows } = await store.sql.query<{ run_key: string; at: Date; call: string }>(
        `select r.run_key, i.answered_at as at, i.asked_by as call from inbox i join runs r on r.no = i.run_no
         where r.run_id = $1 and i.state = 'answered' order by i.no`,
        [runId],
      );
      const asks = rows.map(({ at, call }) => ({ at: at.getTime(), nextCall: nextCallOf(call) }));
      return { runKey: rows[0]?.run_key ?? '', asks };
    },
    stop,
  }));
}

function once(work: () => Promise<void>): () => Promise<void> {
  let done: Promise<void> | undefined;
  return () => (done ??= work());
}

// The key of a tool's call names its turn, its id and its epoch.
function nextCallOf(call: string): string {
  const [attempt, turn, , epoch] = call.split('/');
  return `${attempt}/${Number(turn) + 1}/${epoch}`;
}

function toPlan({ workers, turns }: Cell, runId: string, tasks: Plan['limits']['tasks']): Plan {
  const ids = Array.from({ length: workers }, (_, index) => index + 1);
  return {
    version: 1,
    name: 'bench',
    description: 'Workers side by side, one tool call a turn',
    manager: null,
    defaultAgent: null,
    workspace: tmpdir(),
    inputs: {},
    limits: { ...planDefaults.limits, maxParallel: workers, usd: 100, tasks },
    // Never trimmed, as the plain program trims nothing either.
    context: { maxMessages: 1000 },
    ...planDefaults.run,
    policy: [],
    phases: [{ name: 'Work', executionMode: 'parallel', ...planDefaults.phase }],
    tasks: ids.map((id) => toTask(runId, id)),
    agents: {
      worker: {
        ...{ name: 'worker', description: 'works', model, system, maxTokens },
        ...{ tools: ['issue'], maxTurns: turns + 1 },
      },
    },
  };
}

function toTask(runId: string, worker: number): PlanTask {
  const id = `worker-${worker}`;
  return {
    ...planDefaults.task,
    filesScope: [],
    ...{ id, phase: 0, context: id, agent: 'worker', prompt: promptOf(runId, worker) },
    ...{ dependsOn: [], afterPhase: null, retry: { ...planDefaults.retry }, timeoutMs: null },
  };
}
