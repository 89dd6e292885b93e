import type { ClientInterceptors } from '@temporalio/client';
import { defaultPayloadConverter } from '@temporalio/common';
import { gaffer } from '../../domain/tracing/gen-ai.ts';
import { traceHeader } from '../../domain/tracing/trace-parent.ts';
import type { Tracing } from '../../host/tracing/tracing.ts';

/** What stands before calls of Temporal, and what puts the trace that a start belongs to into it. */
export function withTracedStarts(given: ClientInterceptors, tracing: Tracing): ClientInterceptors {
  const before = given.workflow ?? [];
  // A program that gives interceptors in the SDK's old form has its own way with all of them.
  if (!Array.isArray(before)) return given;
  const traced: (typeof before)[number] = {
    startWithDetails(input, next) {
      const attributes = { [gaffer.run]: input.options.workflowId };
      const start = { name: `StartWorkflow:${input.workflowType}`, kind: 'client', attributes } as const;
      return tracing.within(start, () => {
        const payload = defaultPayloadConverter.toPayload(tracing.carrier());
        return next({ ...input, headers: { ...input.headers, [traceHeader]: payload } });
      });
    },
  };
  return { ...given, workflow: [...before, traced] };
}
