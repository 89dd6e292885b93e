import { ParentClosePolicy, startChild } from '@temporalio/workflow';
import { WorkflowExecutionAlreadyStartedError } from '@temporalio/common';
import type { OrchestrateInput } from '../../contracts/orchestrate-input.ts';
import type { RunResult } from '../../domain/run/run-result.ts';
import { workflowTaskTimeout } from '../../domain/run/standstill.ts';
import { toSummary } from '../base/cosmetics.ts';

type Orchestrate = (input: OrchestrateInput) => Promise<RunResult>;

/** Starts the run that evaluates a run which has ended, where there is one. It goes on by itself: whatever becomes of it changes nothing about this one. */
export async function startEvaluation({ runId, evaluation }: RunResult): Promise<void> {
  if (!evaluation) return;
  try {
    await startChild<Orchestrate>('orchestrate', {
      workflowId: evaluation.run,
      args: [{ plan: evaluation.plan }],
      parentClosePolicy: ParentClosePolicy.ABANDON,
      workflowTaskTimeout,
      staticSummary: toSummary(`evaluation of ${runId}`),
    });
  } catch (error) {
    // Somebody has a run of that name: then nothing evaluates this one by itself.
    if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error;
  }
}
