import { z } from 'zod';
import { isolations } from '../domain/coding/isolation.ts';

const hostPattern = /^(\*\.)?[a-z0-9]([a-z0-9.-]*[a-z0-9])?(:\d{1,5})?$/i;

const words = z.union([z.string(), z.array(z.string())]);

/** Front matter of a Markdown agent, and the keys of a YAML one. Other keys are allowed: the convention has more, and they are warned of. */
export const agentFileSchema = z.looseObject({
  name: z.string().min(1).max(100).nullish(),
  description: z.string().nullish(),
  model: z.string().nullish(),
  tools: words.nullish(),
  disallowed_tools: words.nullish(),
  permission_mode: z.string().nullish(),
  readonly: z.boolean().nullish(),
  category: z.string().nullish(),
  tags: words.nullish(),
  max_turns: z.int().min(1).max(1000).nullish(),
  max_tokens: z.int().min(1).max(128_000).nullish(),
  mcp_servers: z.unknown().optional(),
  runner: z.string().nullish(),
  command: z.array(z.string().min(1).max(4000)).min(1).max(100).nullish(),
  hosts: z
    .array(z.string().regex(hostPattern, 'a host is a name, such as api.example.com or *.example.com'))
    .max(50)
    .nullish(),
  isolate: z.enum(isolations).nullish(),
  base: z.string().nullish(),
  platforms: words.nullish(),
  prompt: z.string().nullish(),
  instructions: z.string().nullish(),
  system: z.string().nullish(),
});

/** A checked agent file, before defaults. */
export type AgentFile = z.output<typeof agentFileSchema>;

/** Keys that an agent file may have. */
export const agentKeys = Object.keys(agentFileSchema.shape);

/** Keys of the convention that change nothing here. */
export const silentKeys = ['color'];

/** Keys that assistants have and that are not used here; where a file is read line by line, they end the text before them. */
export const unusedKeys = (
  'hooks skills memory background effort isolation initialPrompt version author license metadata ' +
  'temperature mode target handoffs globs whenToUse argument-hint'
).split(' ');

const otherNames: Readonly<Record<string, string>> = {
  allowedtools: 'tools',
  deniedtools: 'disallowed_tools',
  excludedtools: 'disallowed_tools',
  excludetools: 'disallowed_tools',
};

const ownNames: ReadonlyMap<string, string> = new Map([
  ...[...agentKeys, ...silentKeys].map((key) => [plainKey(key), key] as const),
  ...Object.entries(otherNames),
]);

/** Our name of a key that is written in another way: `disallowedTools`, `allowed-tools`, `Name`. */
export function ownKey(key: string): string {
  return ownNames.get(plainKey(key)) ?? key;
}

/** A key in small letters alone: without what joins its words, and without what nobody sees. */
export function plainKey(key: string): string {
  return key
    .normalize('NFKC')
    .toLowerCase()
    .replace(/[-_\s\p{Cf}]/gu, '');
}

const moduleSchema = z.looseObject({
  module: z.string(),
  config: z.record(z.string(), z.unknown()).nullish(),
});

/** A mount plan: what a profile is made of, as modules with configuration. */
export const mountPlanSchema = z.looseObject({
  session: z.looseObject({ orchestrator: moduleSchema.nullish(), context: moduleSchema.nullish() }).nullish(),
  providers: z.array(moduleSchema).nullish(),
  tools: z.array(moduleSchema).nullish(),
  hooks: z.array(moduleSchema).nullish(),
});

/** A checked mount plan. */
export type MountPlan = z.output<typeof mountPlanSchema>;
