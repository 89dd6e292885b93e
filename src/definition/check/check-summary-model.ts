import { chooseModel, providerOf } from '../../domain/money/model-table.ts';
import { summariserOf } from '../../domain/plan/summariser.ts';
import { unknownProvider } from '../draft/agents.ts';
import type { WorkflowFile } from '../schema/schema.ts';
import type { ModelRules } from '../draft/unpriced.ts';
import { unpriced } from '../draft/unpriced.ts';
import type { Diagnostic } from '../source/diagnostic.ts';
import type { SourceDocument } from '../source/source-document.ts';

/** The model that sums up conversations, held to the same as those of agents. */
export function checkSummaryModel(
  document: SourceDocument,
  context: WorkflowFile['context'],
  { providers, models }: { providers: readonly string[] | undefined; models: ModelRules },
): Diagnostic[] {
  const name = context?.summary_model;
  if (name === undefined) return [];
  const agent = summariserOf({ context: { maxMessages: 0, gist: { tokens: 0, ...chooseModel(name) } } })!;
  const path = ['context', 'summary_model'];
  if (providers && !providers.includes(providerOf(agent))) return [unknownProvider(document, path, agent, providers)];
  const found = unpriced(document, { agent, path, fromFile: null, works: [] }, models);
  return found ? [found] : [];
}
