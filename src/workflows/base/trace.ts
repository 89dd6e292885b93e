/*
 * What workflow code knows of the trace that it is part of.
 *
 * W1 Nothing in here waits, counts or draws: a promise more would change the order of steps of runs that are alive, and a run may go from a
 *    worker that traces to one that does not.
 * W2 Ids of spans are made of names (domain/tracing/span-ids.ts), so that a step hangs below the right one whoever walks through this again.
 * W3 A worker that does not trace passes on what it was given, and tells nothing.
 */
import { defaultPayloadConverter, type Headers } from '@temporalio/common';
import { ContinueAsNew, proxySinks, workflowInfo } from '@temporalio/workflow';
import type { AgentTaskInput, AgentTaskProgress } from '../../contracts/agent-task.ts';
import { errorType, gaffer, genAi, operations } from '../../domain/tracing/gen-ai.ts';
import { attemptName, toSpanId, toTraceId } from '../../domain/tracing/span-ids.ts';
import type { FinishedSpan, SpanAttributes, SpanSinks } from '../../domain/tracing/spans.ts';
import { readCarrier, toCarrier, traceHeader, type TraceParent } from '../../domain/tracing/trace-parent.ts';
import { describeFailure } from './failures.ts';

declare global {
  /** The worker that loaded this code collects spans (workers/workflow-code.ts). Not from the history: a run may change between workers. */
  var gafferTraces: boolean | undefined;
}

interface Here {
  /** Of whoever started this workflow; its `spanId` is null where this begins the trace. */
  parent: Omit<TraceParent, 'spanId'> & { spanId: string | null };
  /** Of this workflow, through all of its executions. */
  spanId: string;
  began: number;
}

let here: Here | null = null;

/** Takes over the trace of whoever started this workflow, or begins one. */
export function enterTrace(headers: Headers): void {
  const { firstExecutionRunId, startTime } = workflowInfo();
  const given = carrierIn(headers);
  if (!given && !globalThis.gafferTraces) return;
  const { began = startTime.getTime(), ...parent } = given ?? {};
  here = {
    parent: 'traceId' in parent ? parent : { traceId: toTraceId(firstExecutionRunId), spanId: null, isSampled: true },
    spanId: toSpanId(firstExecutionRunId),
    began,
  };
}

function carrierIn(headers: Headers): ReturnType<typeof readCarrier> {
  const payload = headers[traceHeader];
  if (!payload) return null;
  try {
    return readCarrier(defaultPayloadConverter.fromPayload(payload));
  } catch {
    // Whatever it is, it is no trace of ours; nothing of a run hangs on it.
    return null;
  }
}

/** Headers of a step, which hangs below the attempt that asks for it, or below the workflow; so does another workflow. */
export function tracedStep(headers: Headers, args: readonly unknown[] = []): Headers {
  if (!here) return headers;
  return withParent(headers, globalThis.gafferTraces ? (attemptOf(args[0]) ?? here.spanId) : here.parent.spanId);
}

/** Headers of the next execution of this workflow, which goes on with its span. */
export function tracedNext(headers: Headers): Headers {
  if (!here) return headers;
  const { spanId, ...parent } = here.parent;
  // One without a parent is known by the id of its first execution again.
  if (spanId === null) return headers;
  return { ...headers, [traceHeader]: toPayload({ ...toCarrier({ ...parent, spanId }), began: here.began }) };
}

function withParent(headers: Headers, spanId: string | null): Headers {
  if (!here || spanId === null) return headers;
  return { ...headers, [traceHeader]: toPayload(toCarrier({ ...here.parent, spanId })) };
}

function toPayload(value: object): NonNullable<Headers[string]> {
  return defaultPayloadConverter.toPayload(value);
}

function attemptOf(input: unknown): string | null {
  if (typeof input !== 'object' || input === null) return null;
  const { runKey, taskId, attempt, agent } = input as Record<string, unknown>;
  const isOfAgent = typeof agent === 'string' && typeof attempt === 'number';
  return isOfAgent && typeof runKey === 'string' && typeof taskId === 'string'
    ? toSpanId(attemptName(runKey, taskId, attempt))
    : null;
}

/** Tells the span of this workflow when it has ended. */
export function tellWorkflow(end: Promise<unknown>, span: { name: string; attributes: SpanAttributes }): void {
  if (!here) return;
  const { spanId, parent, began } = here;
  tellWhenOver(end, { ...span, spanId, parentId: parent.spanId, from: began });
}

/** Tells the span of an attempt, in which an agent works on a task, when it has ended. `from`: when it began. */
export function tellAttempt(end: Promise<AgentTaskProgress>, input: AgentTaskInput, from = Date.now()): void {
  if (!here) return;
  const { runKey, runId, taskId, attempt, agent, context, model } = input;
  const { spanId: parentId } = here;
  const attributes = {
    ...{ [genAi.operation]: operations.agent, [genAi.agent]: agent, [genAi.conversation]: `${runId}/${context}` },
    ...{ [genAi.requestModel]: model, [gaffer.run]: runId, [gaffer.task]: taskId, [gaffer.attempt]: attempt },
  };
  const ids = { spanId: toSpanId(attemptName(runKey, taskId, attempt)), parentId };
  tellWhenOver(end, { name: `${operations.agent} ${agent}`, attributes, ...ids, from });
}

/** Thrown where something goes on elsewhere, and so is not over. */
export class MovesOn extends Error {}

type Told = Omit<FinishedSpan, 'traceId' | 'to' | 'errorType' | 'state'>;

function tellWhenOver(end: Promise<unknown>, span: Told): void {
  if (!globalThis.gafferTraces || !here?.parent.isSampled) return;
  end.then(
    (result) => tell(span, endOf(result)),
    (error: unknown) => {
      if (error instanceof ContinueAsNew || error instanceof MovesOn) return;
      const { type, details } = describeFailure(error);
      tell(span, endOf(details[0]), type);
    },
  );
}

function tell(span: Told, end: SpanAttributes, failure?: string): void {
  const { traceId, state } = here!.parent;
  const attributes = { ...span.attributes, ...end, ...(failure !== undefined && { [errorType]: failure }) };
  proxySinks<SpanSinks>().gafferSpans.tell({
    ...{ ...span, attributes, traceId, to: Date.now() },
    ...(state !== undefined && { state }),
    ...(failure !== undefined && { errorType: failure }),
  });
}

/** What results of runs and of tasks have in common, without being either for sure. */
function endOf(result: unknown): SpanAttributes {
  if (typeof result !== 'object' || result === null) return {};
  const { status, summary, tokens, costUsd } = result as Record<string, unknown>;
  const { totalTokens = tokens, costUsd: totalUsd = costUsd } = (summary ?? {}) as Record<string, unknown>;
  return {
    ...(typeof status === 'string' && { [gaffer.status]: status }),
    ...(typeof totalTokens === 'number' && { [gaffer.tokens]: totalTokens }),
    ...(typeof totalUsd === 'number' && { [gaffer.cost]: totalUsd }),
  };
}
