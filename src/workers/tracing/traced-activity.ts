import { defaultPayloadConverter } from '@temporalio/common';
import type { ActivityInterceptorsFactory } from '@temporalio/worker';
import { gaffer } from '../../domain/tracing/gen-ai.ts';
import type { SpanAttributes } from '../../domain/tracing/spans.ts';
import { readCarrier, traceHeader } from '../../domain/tracing/trace-parent.ts';
import type { Tracing } from '../../host/tracing/tracing.ts';

/** Tells every step of a workflow as a span below the one that its header names. */
export function traceActivities(tracing: Tracing): ActivityInterceptorsFactory {
  return ({ info }) => ({
    inbound: {
      execute(input, next) {
        const attributes = { ...idsOf(info), ...subjectOf(input.args[0]) };
        const start = { name: `RunActivity:${info.activityType}`, attributes };
        return tracing.below(parentIn(input.headers), () => tracing.within(start, () => next(input)));
      },
    },
  });
}

type Headers = Parameters<typeof defaultPayloadConverter.fromPayload>[0];

function parentIn(headers: Readonly<Record<string, Headers>>): ReturnType<typeof readCarrier> {
  const payload = headers[traceHeader];
  if (!payload) return null;
  try {
    return readCarrier(defaultPayloadConverter.fromPayload(payload));
  } catch {
    // It is no trace, whatever somebody put there; the step hangs below nothing.
    return null;
  }
}

// As Temporal's own interceptors call them.
function idsOf(info: {
  activityId: string;
  workflowExecution?: { workflowId: string; runId: string };
  attempt: number;
}): SpanAttributes {
  const { activityId, workflowExecution: { workflowId, runId } = {}, attempt } = info;
  return {
    temporalActivityId: activityId,
    ...(workflowId !== undefined && { temporalWorkflowId: workflowId }),
    ...(runId !== undefined && { run_id: runId }),
    ...(attempt > 1 && { 'temporal.attempt': attempt }),
  };
}

function subjectOf(input: unknown): SpanAttributes {
  if (typeof input !== 'object' || input === null) return {};
  const { runId, taskId, attempt } = input as Record<string, unknown>;
  return {
    ...(typeof runId === 'string' && { [gaffer.run]: runId }),
    ...(typeof taskId === 'string' && { [gaffer.task]: taskId }),
    ...(typeof attempt === 'number' && { [gaffer.attempt]: attempt }),
  };
}
