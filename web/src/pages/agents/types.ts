import type { AgentEntry, AgentTotals } from '../../../../src/client/reading/catalog.ts';
import type { AgentRun, AgentUse } from '../../../../src/domain/evaluation/agent-use.ts';
import type { AgentStats } from '../../../../src/domain/evaluation/agent-stats.ts';
import type { Agent } from '../../../../src/domain/plan/plan.ts';

/** A line of `/api/agents?stats=true`. */
export type AgentLine = AgentEntry & { did?: AgentTotals };

/** `/api/agents/NAME?stats=true`. */
export type WholeAgent = Agent & Pick<AgentEntry, 'category' | 'tags'> & { file: string; stats?: AgentStats };

/** `/api/agents/NAME/use`. */
export interface Use {
  models: AgentUse[];
  runs: AgentRun[];
}

/** Where an agent is shown. */
export function pathOf({ name }: { name: string }): string {
  return `/agents/${encodeURIComponent(name)}`;
}
