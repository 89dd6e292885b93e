import type { Complexity, ModelTiers } from '../complexity.ts';
import { complexities } from '../complexity.ts';
import type { ModelChoice } from './model-table.ts';
import { chooseModel, modelNameOf } from './model-table.ts';

/** Models of tiers by their names, as far as somebody names them. */
export type TierNames = Partial<Record<Complexity, string | undefined>>;

/** What an agent or a task names as its model to have one chosen. */
export const autoModel = 'auto';

/** The tiers of whoever names none. */
export const defaultTiers: Readonly<Record<Complexity, string>> = {
  simple: 'haiku',
  moderate: 'sonnet',
  complex: 'opus',
};

/** Tiers by the models' names; what is left out is as {@link defaultTiers} has it. */
export function toTiers(names: TierNames): ModelTiers {
  const choose = (tier: Complexity): ModelChoice => chooseModel(names[tier] ?? defaultTiers[tier]);
  return { simple: choose('simple'), moderate: choose('moderate'), complex: choose('complex') };
}

/** Whether a model is left to be chosen. */
export function isAuto({ model, provider }: ModelChoice): boolean {
  return model === autoModel && provider === undefined;
}

/** The different models of tiers, from that of simple work to that of complex work. */
export function ladderOf(tiers: ModelTiers): ModelChoice[] {
  const byName = new Map(complexities.map((tier) => [modelNameOf(tiers[tier]), tiers[tier]]));
  return [...byName.values()];
}

/** Whoever asks a model, once for each that may be chosen; with a model of its own, as it is. */
export function withEachTier<Asking extends ModelChoice>(asking: Asking, tiers: ModelTiers | undefined): Asking[] {
  return isAuto(asking) && tiers ? ladderOf(tiers).map((choice) => withModel(asking, choice)) : [asking];
}

/** Whoever asks a model, with this one instead of its own. */
export function withModel<Asking extends ModelChoice>(asking: Asking, choice: ModelChoice): Asking {
  const { provider: _, ...rest } = asking;
  return { ...rest, ...choice } as Asking;
}
