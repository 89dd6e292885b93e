import type { AgentRegistry } from '../../agents/registry.ts';
import { providerNames } from '../../domain/money/model-table.ts';
import type { ModelTiers } from '../../domain/complexity.ts';
import { builtInList, type ToolTraits } from '../../domain/tool-names.ts';
import { nameIndex } from '../draft/read-expressions.ts';
import type { CheckSchema } from './check-output-schema.ts';
import { checkRestores } from './check-coding.ts';
import { checkCrew } from './check-crew.ts';
import { checkReferences } from './check-references.ts';
import { checkTaskModels } from './check-task-models.ts';
import { checkTasks } from './check-tasks.ts';
import type { TaskPlace } from './check-workspaces.ts';
import { checkWorkspaces } from './check-workspaces.ts';
import type { Workspace } from '../../domain/plan/plan.ts';
import { checkMembers } from './check-members.ts';
import type { Diagnostic } from '../source/diagnostic.ts';
import type { Draft } from '../draft/draft.ts';
import type { ResolvedInputs } from '../draft/resolve-inputs.ts';
import type { ChosenAgents } from '../draft/agents.ts';
import { chooseAgents } from '../draft/agents.ts';
import type { PlanGraph } from '../draft/graph.ts';
import { buildGraph } from '../draft/graph.ts';
import { PlanTexts } from '../draft/texts.ts';
import type { ModelRules } from '../draft/unpriced.ts';
import type { SourceDocument } from '../source/source-document.ts';
import type { TakenNames } from '../draft/task-names.ts';
import { nameTasks } from '../draft/task-names.ts';

/** A draft with its names, texts, edges and agents, and everything that is wrong with them. */
export interface CheckedDraft {
  names: { id: string; context: string }[];
  texts: PlanTexts;
  graph: PlanGraph;
  chosen: ChosenAgents;
  /** Where each task works; null: in the run's workspace. */
  workspaces: (Workspace | null)[];
  diagnostics: Diagnostic[];
}

/** What a draft is checked against. */
export interface Known {
  agents: AgentRegistry;
  /** Names of the models' providers that there are; left out: all that the model table has. */
  providers?: readonly string[] | undefined;
  /** What agents' models are held to; left out: nothing, as they were checked before. */
  models?: ModelRules;
  /** What `auto` chooses from; left out: there is nothing to choose. */
  tiers?: ModelTiers | undefined;
  /** Tools that there are; left out: the built-in ones. */
  tools?: readonly ToolTraits[] | undefined;
  inputs: ResolvedInputs;
  place: TaskPlace;
  /** What a run has already. */
  taken?: TakenNames;
  checkSchema?: CheckSchema | undefined;
}

/** Checks the tasks of a draft, whichever of them are readable. */
export function checkDraft(document: SourceDocument, draft: Draft, known: Known): CheckedDraft {
  const taken = known.taken ?? { ids: [], contexts: [] };
  const { names, diagnostics } = nameTasks(document, draft, taken);
  const ids = names.map(({ id }) => id);
  const words = { inputs: nameIndex(known.inputs.names), tasks: nameIndex([...ids, ...taken.ids]) };
  const texts = new PlanTexts(document, draft, words, known.inputs);
  const graph = buildGraph(document, draft, { names, existing: taken.ids });
  const { providers = providerNames } = known;
  const chosen = chooseAgents(document, draft, {
    ...{ agents: known.agents, providers, models: known.models ?? null, tiers: known.tiers },
  });
  const { workspaces, diagnostics: misplaced } = checkWorkspaces(document, draft, known.place);
  const context = { draft, graph, ids };
  diagnostics.push(
    ...checkTasks(document, {
      ...context,
      texts,
      workspaces,
      checkSchema: known.checkSchema,
      tools: known.tools ?? builtInList,
    }),
    ...misplaced,
    ...checkRestores(document, draft, chosen.agents),
    ...checkTaskModels(document, draft, { agents: chosen.agents, providers, models: known.models, tiers: known.tiers }),
    ...checkCrew(document, ids, known.agents),
    ...texts.diagnostics,
    ...graph.diagnostics,
    ...chosen.diagnostics,
    ...checkReferences(document, texts.expressions, context),
    ...checkMembers(document, texts.expressions, draft),
  );
  return { names, texts, graph, chosen, workspaces, diagnostics };
}
