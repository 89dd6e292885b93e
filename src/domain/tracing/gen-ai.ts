/*
 * Every name that spans have from OpenTelemetry's conventions for generative AI, and nowhere else. They are in development, and are renamed:
 * this is `open-telemetry/semantic-conventions-genai` at schema https://opentelemetry.io/schemas/gen-ai/1.42.0 with what its changelog had in
 * autumn 2026 (#440: `cache_creation` became `cache_write`). The repository has no tagged release.
 */

/** The schema that the names below are of. */
export const genAiSchema = 'https://opentelemetry.io/schemas/gen-ai/1.42.0';

/** Variable that lets spans say what was said. */
export const contentVariable = 'OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT';

/** Operations, which spans' names begin with. */
export const operations = {
  chat: 'chat',
  tool: 'execute_tool',
  agent: 'invoke_agent',
  workflow: 'invoke_workflow',
} as const;

/** Attributes. */
export const genAi = {
  operation: 'gen_ai.operation.name',
  provider: 'gen_ai.provider.name',
  agent: 'gen_ai.agent.name',
  workflow: 'gen_ai.workflow.name',
  conversation: 'gen_ai.conversation.id',
  requestModel: 'gen_ai.request.model',
  maxTokens: 'gen_ai.request.max_tokens',
  isStreamed: 'gen_ai.request.stream',
  outputType: 'gen_ai.output.type',
  finishReasons: 'gen_ai.response.finish_reasons',
  /** Cached ones included. */
  inputTokens: 'gen_ai.usage.input_tokens',
  outputTokens: 'gen_ai.usage.output_tokens',
  cacheRead: 'gen_ai.usage.cache_read.input_tokens',
  cacheWrite: 'gen_ai.usage.cache_write.input_tokens',
  tool: 'gen_ai.tool.name',
  toolCall: 'gen_ai.tool.call.id',
  toolType: 'gen_ai.tool.type',
  /** Content, which is asked for by {@link contentVariable}. */
  systemInstructions: 'gen_ai.system_instructions',
  inputMessages: 'gen_ai.input.messages',
  outputMessages: 'gen_ai.output.messages',
  toolArguments: 'gen_ai.tool.call.arguments',
  toolResult: 'gen_ai.tool.call.result',
} as const;

/** What the stable conventions call an error, here and of every other span. */
export const errorType = 'error.type';

/** What became of a tool that gave no good result: it said so itself, or a rule, a person or the workspace's bounds forbade it. */
export const toolErrors = { failed: 'tool_error', refused: 'refused' } as const;

/** What Gaffer says besides, which no convention has a name for. */
export const gaffer = {
  run: 'gaffer.run.id',
  task: 'gaffer.task.id',
  attempt: 'gaffer.task.attempt',
  turn: 'gaffer.turn',
  status: 'gaffer.run.status',
  /** US dollars, as the ledger counts them. */
  cost: 'gaffer.cost.usd',
  /** All tokens, cached ones too. */
  tokens: 'gaffer.tokens',
} as const;
