import type { OwnProvider } from '../domain/money/own-provider.ts';
import { anthropicProvider, createMessagesClient } from './anthropic.ts';
import { createOpenAIClient, openaiProvider } from './openai/openai.ts';
import type { ModelProvider } from './provider.ts';

/** Every built-in provider; what its models cost stands in domain/money/model-table.ts. */
export const modelProviders: readonly ModelProvider[] = [anthropicProvider, openaiProvider];

/** A provider that the user names, by one of the wires that are here. */
export function toModelProvider({ name, wire, key }: OwnProvider): ModelProvider {
  const places = { key: key ?? `\`key\` of ${name} in gaffer.yaml`, address: `\`base_url\` of ${name} in gaffer.yaml` };
  return {
    name,
    createClient: (account) =>
      wire === 'messages'
        ? createMessagesClient(name, account, places)
        : createOpenAIClient({ provider: name, wire, places }, account),
  };
}
