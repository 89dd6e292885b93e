import type { Config } from '../../config/config.ts';
import { UsageError } from '../../domain/errors.ts';
import { modelNameOf, providerOf } from '../../domain/money/model-table.ts';
import { keyVariable } from '../../domain/money/provider-variables.ts';
import { modelsAtWork } from '../../domain/run/models-at-work.ts';
import type { Plan } from '../../domain/plan/plan.ts';
import { safeLine } from '../../domain/safe-text.ts';
import { isGiven } from './model.ts';

/** @throws UsageError naming each provider of an agent's model that there is no key for */
export function checkKeys(
  plan: Plan,
  { accounts, providers, gateway }: Pick<Config, 'accounts' | 'providers' | 'gateway'>,
): void {
  // Its worker hears from that one which keys there are.
  if (isGiven(gateway)) return;
  const variableOf = (name: string): string => providers.find((each) => each.name === name)?.key ?? keyVariable(name);
  const lacking = new Map<string, string>();
  for (const agent of modelsAtWork(plan)) {
    const provider = providerOf(agent);
    if (Object.hasOwn(accounts, provider) || lacking.has(provider)) continue;
    lacking.set(
      provider,
      `the agent "${safeLine(agent.name)}" uses the model ${safeLine(modelNameOf(agent))}, and there is no key for the provider "${safeLine(provider)}": set ${variableOf(provider)}.`,
    );
  }
  if (lacking.size === 0) return;
  throw new UsageError(`${[...lacking.values()].join('\n')} Keys are there for: ${Object.keys(accounts).join(', ')}.`);
}
