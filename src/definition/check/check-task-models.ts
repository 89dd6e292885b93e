import { chooseModel, modelNameOf, providerOf } from '../../domain/money/model-table.ts';
import type { ModelTiers } from '../../domain/complexity.ts';
import { withEachTier } from '../../domain/money/model-tiers.ts';
import { withOverrides } from '../../domain/plan/agent-at-work.ts';
import type { Agent } from '../../domain/plan/plan.ts';
import { agentOf, unknownProvider } from '../draft/agents.ts';
import type { Draft } from '../draft/draft.ts';
import type { ModelRules } from '../draft/unpriced.ts';
import { unpriced } from '../draft/unpriced.ts';
import type { Diagnostic } from '../source/diagnostic.ts';
import type { SourceDocument } from '../source/source-document.ts';

/** Models that tasks name themselves, held to the same as those of agents; each is told of once. */
export function checkTaskModels(
  document: SourceDocument,
  draft: Draft,
  known: {
    agents: Readonly<Record<string, Agent>>;
    providers: readonly string[];
    models: ModelRules | undefined;
    tiers: ModelTiers | undefined;
  },
): Diagnostic[] {
  const told = new Set<string>();
  return draft.tasks.flatMap((task) => {
    const { model } = task.keys;
    const agent = known.agents[agentOf(task, draft) ?? ''];
    if (typeof model !== 'string' || model.trim() === '' || !agent) return [];
    const path = [...task.path, 'model'];
    return withEachTier(withOverrides(agent, chooseModel(model)), known.tiers).flatMap((worker) => {
      if (told.size === told.add(modelNameOf(worker)).size) return [];
      if (!known.providers.includes(providerOf(worker)))
        return [unknownProvider(document, path, worker, known.providers)];
      const named = { agent: worker, path, fromFile: null, works: [task.path] };
      return (known.models && unpriced(document, named, known.models)) ?? [];
    });
  });
}
