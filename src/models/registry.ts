import { anthropicProvider } from './anthropic.ts';
import { openaiProvider } from './openai/openai.ts';
import type { ModelProvider } from './provider.ts';

/** Every built-in provider; what its models cost stands in domain/money/model-table.ts. */
export const modelProviders: readonly ModelProvider[] = [anthropicProvider, openaiProvider];
