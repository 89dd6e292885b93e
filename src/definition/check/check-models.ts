import type { JsonObject } from '../../domain/json.ts';
import type { ModelFacts, TokenRates } from '../../domain/model-facts.ts';
import { chooseModel, modelNameOf, tableFacts } from '../../domain/money/model-table.ts';
import type { ModelTiers } from '../../domain/complexity.ts';
import type { TierNames } from '../../domain/money/model-tiers.ts';
import { autoModel, isAuto, toTiers, withEachTier } from '../../domain/money/model-tiers.ts';
import { agentAtWork } from '../../domain/plan/agent-at-work.ts';
import type { Agent, Plan } from '../../domain/plan/plan.ts';
import { summariserOf } from '../../domain/plan/summariser.ts';
import { planDefaults } from '../../domain/plan/plan.ts';
import { checkModels, factsIn, toModelBook, toPrice } from '../draft/model-book.ts';
import type { ModelsFile } from '../schema/schema.ts';
import { tiersSchema } from '../schema/schema-parts.ts';
import { modelsSchema } from '../schema/schema.ts';
import type { Diagnostic } from '../source/diagnostic.ts';
import { quoted } from '../source/diagnostic.ts';
import type { SourceDocument } from '../source/source-document.ts';

const keys = { input: 'input', output: 'output', cacheRead: 'cache_read', cacheWrite: 'cache_write' } as const;

/**
 * Prices of a file that are lower than what the table knows: with them, whoever wrote the file would lift the limit of whoever runs it.
 * Also models that the file names twice.
 */
function checkModelsOfFile(document: SourceDocument, file: ModelsFile): Diagnostic[] {
  const found: Diagnostic[] = [];
  const names = new Map<string, string>();
  for (const [name, { price }] of Object.entries(file)) {
    const choice = chooseModel(name);
    const twin = names.get(modelNameOf(choice));
    names.set(modelNameOf(choice), name);
    if (twin !== undefined) {
      const message = `${quoted(name)} is the same model as ${quoted(twin)}`;
      found.push(document.diagnostic(['models', name], { code: 'same-model', message, hint: 'keep one', on: 'key' }));
    }
    const known = tableFacts(choice.model)?.price;
    if (!price || !known) continue;
    const said = toPrice(price);
    const lower = (Object.keys(keys) as (keyof TokenRates)[]).find((rate) => said[rate] < known[rate]);
    if (lower === undefined) continue;
    const message = `${quoted(name)} costs $${known[lower] / 1000} per million tokens of ${keys[lower]}, not $${said[lower] / 1000}: a file cannot make it cheaper`;
    const hint = 'where you pay less than the list says, say so in GAFFER_MODELS';
    const path = ['models', name, 'price', ...(keys[lower] in price ? [keys[lower]] : [])];
    found.push(document.diagnostic(path, { code: 'cheaper-model', message, hint }));
  }
  return found;
}

/** What is known of models. */
export interface KnownModels {
  factsOf: (agent: Agent) => ModelFacts | null;
  /** What `auto` chooses from. */
  tiers: ModelTiers;
}

/**
 * What is known of models: by the file, by what was given besides, which wins, and by the table; and what is wrong with that. Tiers are those
 * of the file, else those that were given, else the usual ones.
 */
export function modelsOf(
  document: SourceDocument,
  { models: given = {}, tiers = {} }: { models?: JsonObject; tiers?: TierNames },
): KnownModels & { diagnostics: Diagnostic[] } {
  // What is wrong with its shape is said with everything else of the file.
  const file = modelsSchema.safeParse(document.valueAt(['models'])).data ?? {};
  const ofFile = tiersSchema.safeParse(document.valueAt(['tiers'])).data ?? {};
  const { models, diagnostics } = checkModels(given);
  const book = toModelBook(file, models);
  return {
    factsOf: (agent) => factsIn(book, agent),
    tiers: toTiers({ ...tiers, ...ofFile }),
    diagnostics: [...diagnostics, ...checkModelsOfFile(document, file)],
  };
}

/** Tasks with answers as long as the models that they name give them, and what the plan keeps of those models, and of what `auto` chooses from. */
export function fitTasks(
  { agents, tasks, models, context }: Pick<Plan, 'agents' | 'tasks' | 'models'> & Partial<Pick<Plan, 'context'>>,
  { factsOf, tiers }: KnownModels,
): Pick<Plan, 'tasks' | 'models' | 'tiers'> {
  const all = { ...models };
  const summariser = summariserOf({ context });
  if (summariser) all[modelNameOf(summariser)] = factsOf(summariser) ?? nothing;
  const fitted = tasks.map((task) => {
    if (!task.overrides) return task;
    const agent = agentAtWork({ agents }, task.agent, task)!;
    const most = keepFacts(all, withEachTier(agent, tiers), factsOf);
    return agent.maxTokens > most ? { ...task, overrides: { ...task.overrides, maxTokens: most } } : task;
  });
  return { tasks: fitted, models: all, ...(leavesOpen({ agents, tasks }) && { tiers }) };
}

/** Keeps what is known of models. @returns the longest answer that all of them give, in tokens */
function keepFacts(
  models: Record<string, ModelFacts>,
  asking: readonly Agent[],
  factsOf: (agent: Agent) => ModelFacts | null,
): number {
  const all = asking.map((agent) => (models[modelNameOf(agent)] = factsOf(agent) ?? nothing));
  return Math.min(...all.map(({ maxOutput }) => maxOutput ?? Infinity));
}

// Plans of which every model is named keep their hash.
function leavesOpen({ agents, tasks }: Pick<Plan, 'agents' | 'tasks'>): boolean {
  const named = tasks.flatMap(({ overrides }) => overrides?.model ?? []);
  return Object.values(agents).some(isAuto) || named.includes(autoModel);
}

const nothing: ModelFacts = { price: null, window: null, maxOutput: null };

/** Agents with answers as long as their models give them, a word on those that were asked for longer ones, and what the plan keeps of the models. */
export function fitAgents(
  document: SourceDocument,
  agents: Readonly<Record<string, Agent>>,
  { factsOf, tiers }: KnownModels,
): Pick<Plan, 'agents' | 'models'> & { diagnostics: Diagnostic[] } {
  const fitted: Record<string, Agent> = {};
  const models: Record<string, ModelFacts> = {};
  const diagnostics: Diagnostic[] = [];
  for (const [name, agent] of Object.entries(agents)) {
    const most = keepFacts(models, withEachTier(agent, tiers), factsOf);
    fitted[name] = agent.maxTokens > most ? { ...agent, maxTokens: most } : agent;
    if (agent.maxTokens <= most || agent.maxTokens === planDefaults.agent.maxTokens) continue;
    const message = `the agent ${quoted(name)} asks for answers of ${agent.maxTokens} tokens, and its model ${quoted(modelNameOf(agent))} gives ${most} at most: it gets those`;
    diagnostics.push(document.diagnostic([], { code: 'long-answers', message, severity: 'warning' }));
  }
  return { agents: fitted, models, diagnostics };
}
