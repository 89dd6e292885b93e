import type { JsonObject } from '../../domain/json.ts';
import { gaffer, genAi, operations, toolErrors } from '../../domain/tracing/gen-ai.ts';
import type { Spans, SpanStart } from '../../domain/tracing/spans.ts';
import type { ToolCall, ToolOutput } from '../../tools/tool.ts';

/** A call of a tool. */
export interface ToolUse {
  name: string;
  input: JsonObject;
  /** Of the model that asked for it; what a plan asks for has none of its own. */
  id: string;
}

/** Who calls it. */
type Caller = Pick<ToolCall, 'runId' | 'taskId' | 'attempt' | 'agent'>;

/** Runs a tool within a span of its own; it gets the call that it is to be run with. */
export function withinTool<Call extends Caller & Pick<ToolCall, 'objection'>>(
  spans: Spans,
  use: ToolUse,
  call: Call,
  work: (call: Call) => Promise<ToolOutput>,
): Promise<ToolOutput> {
  return spans.within(startOf(use, call), async (span) => {
    if (spans.withContent) span.set({ [genAi.toolArguments]: JSON.stringify(use.input) });
    let isRefused = false;
    const objection: ToolCall['objection'] = (touched, place) => {
      const why = call.objection(touched, place);
      isRefused ||= why !== null;
      return why;
    };
    const output = await work({ ...call, objection });
    if (output.isError) span.fail(isRefused ? toolErrors.refused : toolErrors.failed);
    if (spans.withContent) span.set({ [genAi.toolResult]: output.content });
    return output;
  });
}

/** Tells of a call that did not run, as a rule or a person forbade it. */
export function tellRefusal(spans: Spans, use: ToolUse, caller: Caller): Promise<void> {
  return spans.within(startOf(use, caller), async (span) => span.fail(toolErrors.refused));
}

function startOf({ name, id }: ToolUse, { runId, taskId, attempt, agent }: Caller): SpanStart {
  const attributes = {
    ...{ [genAi.operation]: operations.tool, [genAi.tool]: name, [genAi.toolCall]: id, [genAi.toolType]: 'function' },
    ...{ [genAi.agent]: agent, [gaffer.run]: runId, [gaffer.task]: taskId, [gaffer.attempt]: attempt },
  };
  return { name: `${operations.tool} ${name}`, attributes };
}
