import { chooseModel } from '../../domain/money/model-table.ts';
import type { Plan } from '../../domain/plan/plan.ts';
import { planDefaults } from '../../domain/plan/plan.ts';
import type { WorkflowFile } from '../schema/schema.ts';

/** How a plan keeps its conversations. */
export function toPlanContext(file: NonNullable<WorkflowFile['context']>): Plan['context'] {
  const { maxMessages, pruneAtTokens, gist, briefing } = planDefaults.context;
  const { strategy, summary_model: model } = file;
  // A file that names a strategy wants its tasks to know of each other; one that does not has prompts that say all.
  const pass = file.pass ?? (strategy ? 'summary' : briefing.pass);
  return {
    maxMessages: file.max_messages ?? maxMessages,
    pruneAtTokens: file.prune_at_tokens ?? pruneAtTokens,
    gist: { tokens: file.summary_tokens ?? gist.tokens, ...(model !== undefined && chooseModel(model)) },
    ...(strategy && strategy !== 'isolated' && { strategy }),
    briefing: {
      pass,
      passTokens: file.pass_tokens ?? briefing.passTokens,
      noteTokens: file.note_tokens ?? briefing.noteTokens,
    },
  };
}
