import { sleep } from '@temporalio/workflow';
import type { OrchestrateInput } from '../../src/contracts/orchestrate-input.ts';
import type { RunResult } from '../../src/domain/run/run-result.ts';
import { orchestrate as asItIs } from '../../src/workflows/orchestrate.ts';

export { agentTask } from '../../src/workflows/agent-task.ts';

/** What a careless change looks like: a step more, without `patched`. */
export async function orchestrate(input: OrchestrateInput): Promise<RunResult> {
  await sleep(1);
  return asItIs(input);
}
