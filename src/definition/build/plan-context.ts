import { chooseModel } from '../../domain/money/model-table.ts';
import type { Plan } from '../../domain/plan/plan.ts';
import { planDefaults } from '../../domain/plan/plan.ts';
import type { WorkflowFile } from '../schema/schema.ts';

/** How a plan keeps its conversations. */
export function toPlanContext(file: NonNullable<WorkflowFile['context']>): Plan['context'] {
  const { maxMessages, pruneAtTokens, gist } = planDefaults.context;
  const { strategy = 'isolated', summary_model: model } = file;
  return {
    maxMessages: file.max_messages ?? maxMessages,
    pruneAtTokens: file.prune_at_tokens ?? pruneAtTokens,
    gist: { tokens: file.summary_tokens ?? gist.tokens, ...(model !== undefined && chooseModel(model)) },
    ...(strategy !== 'isolated' && { strategy }),
  };
}
