import type { TurnInput } from '../../contracts/turn.ts';
import type { ContentBlock, Message } from '../../domain/conversation/conversation.ts';
import { toUsd } from '../../domain/money/money.ts';
import type { ToldUsage } from '../../domain/money/usage.ts';
import { gaffer, genAi, operations } from '../../domain/tracing/gen-ai.ts';
import type { SpanAttributes, Spans } from '../../domain/tracing/spans.ts';
import type { ModelAnswer, ModelRequest } from '../../models/model.ts';
import { billOf, type Expected } from '../../calls/bill.ts';

/** A call of a model, as far as its span says it. */
export interface ChatCall extends Expected {
  input: TurnInput;
  provider: string;
  runId: string;
  request: ModelRequest;
}

/** Makes a call within a span of its own, which says what the ledger says of it. `told`: what was counted of one that breaks off. */
export function withinChat<Answer extends ModelAnswer>(
  spans: Spans,
  call: ChatCall,
  told: (error: unknown) => ToldUsage,
  work: () => Promise<Answer>,
): Promise<Answer> {
  const { request } = call;
  const start = { name: `${operations.chat} ${request.model}`, kind: 'client', attributes: asked(call) } as const;
  return spans.within(start, async (span) => {
    if (spans.withContent) span.set(saidBefore(request));
    try {
      const answer = await work();
      span.set({ ...billed(answer.usage, call), [genAi.finishReasons]: [answer.stopReason] });
      if (spans.withContent) span.set(saidNow(answer));
      return answer;
    } catch (error) {
      span.set(billed(told(error), call));
      throw error;
    }
  });
}

function asked({ input, provider, runId, request }: ChatCall): SpanAttributes {
  const { agent, context, taskId, attempt, turn } = input;
  return {
    ...{ [genAi.operation]: operations.chat, [genAi.provider]: provider, [genAi.requestModel]: request.model },
    ...{ [genAi.maxTokens]: request.maxTokens, [genAi.isStreamed]: true, [genAi.agent]: agent },
    ...(request.output && { [genAi.outputType]: 'json' }),
    [genAi.conversation]: `${runId}/${context}`,
    ...{ [gaffer.run]: runId, [gaffer.task]: taskId, [gaffer.attempt]: attempt, [gaffer.turn]: turn },
  };
}

// The convention counts what came from a cache as input, too.
function billed(told: ToldUsage, call: Expected): SpanAttributes {
  const { usage, cost, tokens, isUncounted } = billOf(told, call);
  return {
    [genAi.inputTokens]: usage.inputTokens + usage.cacheReadTokens + usage.cacheWriteTokens,
    [genAi.outputTokens]: usage.outputTokens,
    ...(usage.cacheReadTokens > 0 && { [genAi.cacheRead]: usage.cacheReadTokens }),
    ...(usage.cacheWriteTokens > 0 && { [genAi.cacheWrite]: usage.cacheWriteTokens }),
    [gaffer.tokens]: tokens,
    ...(!isUncounted && { [gaffer.cost]: toUsd(cost) }),
  };
}

function saidBefore({ system, messages }: ModelRequest): SpanAttributes {
  return {
    [genAi.systemInstructions]: JSON.stringify([{ type: 'text', content: system }]),
    [genAi.inputMessages]: JSON.stringify(messages.map(toMessage)),
  };
}

function saidNow({ content }: ModelAnswer): SpanAttributes {
  return { [genAi.outputMessages]: JSON.stringify([toMessage({ role: 'assistant', content })]) };
}

function toMessage({ role, content }: Pick<Message, 'role' | 'content'>): object {
  return { role, parts: content.map(toPart) };
}

// The convention's own parts; what it has none for, and what is somebody's own, is named without what is in it.
function toPart(block: ContentBlock): object {
  if (block.type === 'text') return { type: 'text', content: block.text };
  if (block.type === 'tool_use') {
    return { type: 'tool_call', id: block.id, name: block.name, arguments: block.input };
  }
  if (block.type === 'tool_result') {
    return { type: 'tool_call_response', id: block.tool_use_id, response: block.content };
  }
  return { type: 'generic', generic_type: block.type };
}
