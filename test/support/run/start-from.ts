import { connectTemporal } from '../../../src/client/connection/temporal-connection.ts';
import type { Run } from '../../../src/client/index.ts';
import { startWorkflow } from '../../../src/client/start/start-workflow.ts';
import type { Lineage } from '../../../src/contracts/orchestrate-input.ts';
import type { Plan } from '../../../src/domain/plan/plan.ts';
import type { RunEnv } from './run-env.ts';

/** Starts a run with any lineage, also one that no face would make. */
export async function startFrom(
  { settings, store, client }: RunEnv,
  run: { plan: Plan; runId: string; lineage: Lineage },
): Promise<Run> {
  const temporal = await connectTemporal(settings.temporal);
  try {
    await startWorkflow(temporal, store.runs, {
      ...run,
      taskQueue: settings.taskQueue,
      board: undefined,
      launch: null,
    });
  } finally {
    await temporal.close();
  }
  return client.find(run.runId);
}
