import type { Config } from '../../config/config.ts';
import { UsageError } from '../../domain/errors.ts';
import { modelNameOf, providerOf } from '../../domain/money/model-table.ts';
import { agentsAtWork } from '../../domain/plan/agent-at-work.ts';
import type { Plan } from '../../domain/plan/plan.ts';
import { safeLine } from '../../domain/safe-text.ts';

/** @throws UsageError when there is no key for the provider of an agent's model */
export async function checkKeys(plan: Plan, { accounts }: Pick<Config, 'accounts'>): Promise<void> {
  const { keyVariable } = await import('../../config/config.ts');
  for (const agent of agentsAtWork(plan)) {
    const provider = providerOf(agent);
    if (Object.hasOwn(accounts, provider)) continue;
    const model = safeLine(modelNameOf(agent));
    throw new UsageError(
      `the agent "${safeLine(agent.name)}" uses the model ${model}, and there is no key for the provider "${safeLine(provider)}": set ${keyVariable(provider)}. Keys are there for: ${Object.keys(accounts).join(', ')}.`,
    );
  }
}
