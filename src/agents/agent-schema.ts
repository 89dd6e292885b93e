import { z } from 'zod';

const words = z.union([z.string(), z.array(z.string())]);

/** Front matter of a Markdown agent, and the keys of a YAML one. Other keys are allowed: the convention has more, and they are warned of. */
export const agentFileSchema = z.looseObject({
  name: z.string().min(1).max(100).nullish(),
  description: z.string().nullish(),
  model: z.string().nullish(),
  tools: words.nullish(),
  category: z.string().nullish(),
  tags: words.nullish(),
  max_turns: z.int().min(1).max(1000).nullish(),
  max_tokens: z.int().min(1).max(128_000).nullish(),
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
