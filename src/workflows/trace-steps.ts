import type { WorkflowInterceptors } from '@temporalio/workflow';
import { workflowInfo } from '@temporalio/workflow';
import { gaffer, genAi, operations } from '../domain/tracing/gen-ai.ts';
import { enterTrace, tellWorkflow, tracedNext, tracedStep } from './base/trace.ts';

/** Loaded with every workflow bundle (src/workers/bundle-workflows.ts): carries the trace of a run through its steps. All of it is synchronous. */
export function interceptors(): WorkflowInterceptors {
  return {
    inbound: [
      {
        execute(input, next) {
          enterTrace(input.headers);
          const end = next(input);
          tellWorkflow(end, spanOf());
          return end;
        },
      },
    ],
    outbound: [
      {
        scheduleActivity: (input, next) => next({ ...input, headers: tracedStep(input.headers, input.args) }),
        scheduleLocalActivity: (input, next) => next({ ...input, headers: tracedStep(input.headers, input.args) }),
        startChildWorkflowExecution: (input, next) => next({ ...input, headers: tracedStep(input.headers) }),
        continueAsNew: (input, next) => next({ ...input, headers: tracedNext(input.headers) }),
      },
    ],
  };
}

// A run is a workflow in the convention's sense, too; what makes an attempt in a history of its own, or is somebody's own, is Temporal's alone.
function spanOf() {
  const { workflowType, workflowId, memo } = workflowInfo();
  const ids = { [gaffer.run]: workflowId };
  if (workflowType !== 'orchestrate') return { name: `RunWorkflow:${workflowType}`, attributes: ids };
  const named = memo?.['name'];
  const name = typeof named === 'string' ? named : null;
  return {
    name: name === null ? operations.workflow : `${operations.workflow} ${name}`,
    attributes: { ...ids, [genAi.operation]: operations.workflow, ...(name !== null && { [genAi.workflow]: name }) },
  };
}
